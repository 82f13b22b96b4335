//! The SDKs that are checked in.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use testkit::language::{installed, run};
use testkit::tools;
use testkit::tools::{read, repository};

pub(crate) const LANGUAGES: [&str; 5] = ["nodejs", "python", "go", "dotnet", "java"];

/// The folders that the languages' tools create inside an SDK.
const BUILT: [&str; 6] = [
    "node_modules",
    "bin",
    "obj",
    "build",
    "target",
    "__pycache__",
];

/// A file's extension.
pub(crate) fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// All files of a folder by their path, without the folders that are built.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("it is a folder") {
            let path = entry.expect("it is read").path();
            let name = path.file_name().expect("it has one").to_string_lossy();
            if path.is_file() {
                let inside = path.strip_prefix(folder).expect("it is inside");
                let content = fs::read(&path).expect("it is read");
                found.insert(inside.display().to_string(), content);
            } else if !BUILT.contains(&&*name) && !name.ends_with(".egg-info") {
                folders.push(path);
            }
        }
    }
    found
}

#[test]
fn are_what_the_schema_makes() {
    let made = tempfile::tempdir().expect("a folder");
    let generator = tools::bin().join("sdk-gen");
    assert!(
        generator.exists(),
        "`make tools` builds what makes the SDKs"
    );
    let (went_well, said) = run(Command::new(generator)
        .arg("-root")
        .arg(repository(""))
        .arg("-out")
        .arg(made.path()));
    assert!(went_well, "{said}");
    let mut differ = Vec::new();
    for language in LANGUAGES {
        let (ours, new) = (
            files(&repository("sdk").join(language)),
            files(&made.path().join(language)),
        );
        let names = ours.keys().chain(new.keys()).collect::<BTreeSet<_>>();
        let different = names
            .into_iter()
            .filter(|name| ours.get(*name) != new.get(*name));
        differ.extend(different.map(|name| format!("sdk/{language}/{name}")));
    }
    assert_eq!(
        differ, [""; 0],
        "`make sdks` makes them anew from schema.json"
    );
}

#[test]
fn carry_a_readme_the_license_and_the_version() {
    let license = read("LICENSE");
    let version = env!("CARGO_PKG_VERSION");
    let quoted = format!("\"version\": \"{version}\"");
    for (language, file, wanted) in [
        ("nodejs", "package.json", &*quoted),
        (
            "python",
            "pyproject.toml",
            &format!("version = \"{version}\""),
        ),
        ("python", "pulumi_auto_deploy/pulumi-plugin.json", &quoted),
        ("go", "autodeploy/pulumi-plugin.json", &quoted),
        (
            "go",
            "autodeploy/internal/pulumiUtilities.go",
            &format!("\"{version}\""),
        ),
        ("dotnet", "pulumi-plugin.json", &quoted),
        ("dotnet", "version.txt", version),
        (
            "dotnet",
            "Pulumi.AutoDeploy.csproj",
            &format!("<Version>{version}</Version>"),
        ),
        ("java", "pom.xml", &format!("<version>{version}</version>")),
        (
            "java",
            "src/main/resources/com/pulumi/auto-deploy/version.txt",
            version,
        ),
        (
            "java",
            "src/main/resources/com/pulumi/auto-deploy/plugin.json",
            &quoted,
        ),
    ] {
        let folder = repository("sdk").join(language);
        let read = |file: &str| {
            fs::read_to_string(folder.join(file))
                .unwrap_or_else(|error| panic!("{language} {file}: {error}"))
        };
        assert!(read(file).contains(wanted), "{language}: {file}");
        assert_eq!(read("LICENSE"), license, "{language}");
        assert!(read("README.md").contains("up to date"), "{language}");
    }
}

/// The contents of a zip or tar archive, listed with Python.
fn listed(module: &str, archive: &Path) -> String {
    let python = installed("python").join("bin/python");
    let (went_well, said) = run(Command::new(python).args(["-m", module, "-l"]).arg(archive));
    assert!(went_well, "{said}");
    said
}

#[test]
fn are_built_whole_by_their_languages_tools() {
    let version = env!("CARGO_PKG_VERSION");
    let dist = installed("python").join("dist");
    let wheel = listed(
        "zipfile",
        &dist.join(format!("pulumi_auto_deploy-{version}-py3-none-any.whl")),
    );
    let sdist = listed(
        "tarfile",
        &dist.join(format!("pulumi_auto_deploy-{version}.tar.gz")),
    );
    for file in ["py.typed", "pulumi-plugin.json", "webhook.py"] {
        assert!(
            wheel.contains(&format!("pulumi_auto_deploy/{file}")),
            "{wheel}"
        );
        assert!(
            sdist.contains(&format!("pulumi_auto_deploy/{file}")),
            "{sdist}"
        );
    }
    assert!(
        wheel.contains("LICENSE") && sdist.contains("README.md"),
        "{wheel}{sdist}"
    );

    let package = installed("typescript").join("node_modules/@pulumi/auto-deploy");
    for file in [
        "bin/index.js",
        "bin/index.d.ts",
        "bin/package.json",
        "README.md",
        "LICENSE",
    ] {
        assert!(package.join(file).exists(), "{file}");
    }
    assert!(!package.join("index.ts").exists(), "sources stay at home");

    let jar = format!("repository/com/pulumi/auto-deploy/{version}/auto-deploy-{version}.jar");
    let jar = listed("zipfile", &installed("java").join(jar));
    for file in [
        "com/pulumi/autodeploy/Webhook.class",
        "com/pulumi/auto-deploy/plugin.json",
        "com/pulumi/auto-deploy/version.txt",
    ] {
        assert!(jar.contains(file), "{jar}");
    }
}

/// Every description in the schema, up to the first character that a language writes in its own way.
fn descriptions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member.as_str() {
                    Some(text) if key == "description" => {
                        let plain = text
                            .find(['\'', '`', '<', '"', '\n', '…'])
                            .unwrap_or(text.len());
                        found.push(text[..plain].trim().to_owned());
                    }
                    _ => descriptions(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| descriptions(item, found)),
        _ => {}
    }
}

#[test]
fn tell_what_everything_means() {
    let schema = read("schema.json");
    let schema: Value = serde_json::from_str(&schema).expect("it is JSON");
    let mut wanted = Vec::new();
    for part in ["resources", "types", "provider"] {
        descriptions(&schema[part], &mut wanted);
    }
    assert!(wanted.len() > 90, "{}", wanted.len());
    // Listed resources are for the command alone, not for programs.
    let mut only_listed = Vec::new();
    descriptions(
        &schema["resources"]["auto-deploy:index:Webhook"]["listInputs"],
        &mut only_listed,
    );
    // The generator for Java describes the members of a type, not the type itself.
    let mut types_themselves = Vec::new();
    for kind in schema["types"]
        .as_object()
        .expect("there are types")
        .values()
    {
        if kind["type"] == "object" {
            let description = json!({"description": kind["description"]});
            descriptions(&description, &mut types_themselves);
        }
    }
    for language in LANGUAGES {
        let sources = files(&repository("sdk").join(language));
        let all: Vec<_> = sources
            .into_values()
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .collect();
        let missing = wanted.iter().filter(|text| {
            let is_left_out =
                only_listed.contains(text) || language == "java" && types_themselves.contains(text);
            !is_left_out && !all.iter().any(|source| source.contains(*text))
        });
        assert_eq!(missing.collect::<Vec<_>>(), [""; 0], "{language}");
    }
}

#[test]
fn show_examples_in_their_own_language_alone() {
    for (language, fence) in LANGUAGES
        .iter()
        .zip(["typescript", "python", "go", "csharp", "java"])
    {
        let mut sources = files(&repository("sdk").join(language));
        sources.retain(|name, _| ending(name) != "md");
        for (name, source) in sources {
            let source = String::from_utf8_lossy(&source);
            assert!(!source.contains("{{%"), "{language}/{name}");
            let fences = source.split("```").skip(1).step_by(2);
            let others: Vec<_> = fences
                .filter_map(|block| block.lines().next())
                .filter(|other| !["sh", fence].contains(&other.trim()))
                .collect();
            assert_eq!(others, [""; 0], "{language}/{name}");
        }
    }
}

#[test]
fn keep_secrets_secret() {
    for (file, marks) in [
        (
            "nodejs/webhook.ts",
            [
                "additionalSecretOutputs: [\"secret\", \"secretCiphertext\"]",
                "pulumi.secret(args.secret)",
            ],
        ),
        (
            "python/pulumi_auto_deploy/webhook.py",
            [
                "additional_secret_outputs=[\"secret\", \"secretCiphertext\"]",
                "pulumi.Output.secret(secret)",
            ],
        ),
        (
            "go/autodeploy/webhook.go",
            [
                "\"secret\",\n\t\t\"secretCiphertext\"",
                "pulumi.ToSecret(args.Secret)",
            ],
        ),
        (
            "dotnet/Webhook.cs",
            [
                "\"secret\",\n                    \"secretCiphertext\"",
                "Output.CreateSecret",
            ],
        ),
        (
            "java/src/main/java/com/pulumi/autodeploy/Webhook.java",
            [
                "\"secret\",\n                \"secretCiphertext\"",
                "additionalSecretOutputs",
            ],
        ),
    ] {
        let source = fs::read_to_string(repository("sdk").join(file)).expect("it is there");
        for mark in marks {
            assert!(source.contains(mark), "{file}: {mark}");
        }
    }
}
