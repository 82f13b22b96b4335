//! The SDKs that are checked in.

use crate::language::{repository, run};
use crate::tools;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

pub(crate) const LANGUAGES: [&str; 5] = ["nodejs", "python", "go", "dotnet", "java"];

/// What the languages' tools build inside an SDK.
const BUILT: [&str; 6] = [
    "node_modules",
    "bin",
    "obj",
    "build",
    "target",
    "__pycache__",
];

/// All files of a folder by their path, without what is built there.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("it is a folder") {
            let path = entry.expect("it is read").path();
            let name = path.file_name().expect("it has one").to_string_lossy();
            if path.is_file() {
                let inside = path.strip_prefix(folder).expect("it is inside");
                let content = std::fs::read(&path).expect("it is read");
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
        let names = ours
            .keys()
            .chain(new.keys())
            .collect::<std::collections::BTreeSet<_>>();
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
    let license = std::fs::read_to_string(repository("LICENSE")).expect("it is there");
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
            std::fs::read_to_string(folder.join(file))
                .unwrap_or_else(|error| panic!("{language} {file}: {error}"))
        };
        assert!(read(file).contains(wanted), "{language}: {file}");
        assert_eq!(read("LICENSE"), license, "{language}");
        assert!(read("README.md").contains("up to date"), "{language}");
    }
}
