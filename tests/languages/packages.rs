//! `pulumi package …` with the path of the plugin.

use crate::sdks::{LANGUAGES, files};
use serde_json::Value;
use testkit::language::Language;
use testkit::since;
use testkit::tools::{read, repository};
use testkit::workspace::Workspace;

const PLUGIN: &str = env!("CARGO_BIN_EXE_pulumi-resource-auto-deploy");

async fn workspace() -> Workspace {
    Workspace::new("name: wiring\nruntime: yaml\n", &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn get_schema_gives_the_schema_with_the_version() {
    if since::PACKAGE_BY_PATH.is_missing() {
        return;
    }
    let workspace = workspace().await;
    let said = workspace.pulumi(&["package", "get-schema", PLUGIN]).await;
    let given: Value = serde_json::from_str(&said.succeeds()).expect("it is JSON");
    let ours = read("schema.json");
    let ours: Value = serde_json::from_str(&ours).expect("it is JSON");
    assert_eq!(given["version"], env!("CARGO_PKG_VERSION"));
    for part in ["resources", "types", "config", "provider", "language"] {
        let count = |of: &Value| of[part].as_object().map(serde_json::Map::len);
        assert_eq!(count(&given), count(&ours), "{part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn info_shows_what_a_resource_takes() {
    if since::PACKAGE_BY_PATH.is_missing() {
        return;
    }
    let workspace = workspace().await;
    let said = workspace.pulumi(&["package", "info", PLUGIN]).await;
    let said = said.succeeds();
    assert!(
        said.contains("Name: auto-deploy") && said.contains(" - AutoDeployer: "),
        "{said}"
    );
    let resource = ["package", "info", PLUGIN, "--resource", "AutoDeployer"];
    let said = workspace.pulumi(&resource).await.succeeds();
    assert!(said.contains(" - project (string*): "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn add_makes_the_package_known_to_a_program() {
    if since::PACKAGE_BY_PATH.is_missing() {
        return;
    }
    let workspace = workspace().await;
    let beside = workspace.path("program/pulumi-resource-auto-deploy");
    std::os::unix::fs::symlink(PLUGIN, beside).expect("it is linked");
    workspace
        .pulumi(&["package", "add", "./pulumi-resource-auto-deploy"])
        .await
        .succeeds();
    let program = std::fs::read_to_string(workspace.path("program/Pulumi.yaml"));
    let program = program.expect("it is there");
    assert!(program.contains("auto-deploy"), "{program}");
    workspace.write(&(program + "resources: {a: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: app, stack: a}}}\n"));
    workspace.pulumi(&["preview"]).await.succeeds();
}

/// What docs/installation-configuration.md says about language hosts that are older than the command.
#[tokio::test(flavor = "multi_thread")]
async fn add_makes_an_sdk_or_the_host_is_too_old_for_it() {
    if since::PACKAGE_BY_PATH.is_missing() {
        return;
    }
    for (runtime, file, content) in [
        ("nodejs", "package.json", "{\"name\": \"wiring\"}"),
        ("python", "requirements.txt", ""),
        ("go", "go.mod", "module wiring\n"),
    ] {
        let workspace = workspace().await;
        workspace.write(&format!("name: wiring\nruntime: {runtime}\n"));
        std::fs::write(workspace.path("program").join(file), content).expect("it is written");
        let added = workspace.pulumi(&["package", "add", PLUGIN]).await;
        let has_sdk = workspace.path("program/sdks/auto-deploy").is_dir();
        let is_old = added.said.contains("GeneratePackage");
        assert!(has_sdk != is_old, "{runtime}: {}", added.said);
    }
}

/// Not compared: files beside the code that `sdk-gen` completes, and comments in C#, whose host shows the examples of
/// functions in every language.
#[tokio::test(flavor = "multi_thread")]
async fn gen_sdk_makes_the_code_that_is_checked_in() {
    let workspace = workspace().await;
    let mut made = Vec::new();
    for language in LANGUAGES {
        let out = workspace.path("sdks").display().to_string();
        let command = [
            "package",
            "gen-sdk",
            PLUGIN,
            "--language",
            language,
            "--out",
            &out,
        ];
        let ran = workspace.pulumi(&command).await;
        if !ran.succeeded {
            // The hosts that `tools/` builds are the newest available as modules, and older than this command.
            let offers = ["GeneratePackage", "no language plugin"];
            assert!(
                offers.iter().any(|text| ran.said.contains(text)),
                "{}",
                ran.said
            );
            continue;
        }
        let ours = files(&repository("sdk").join(language));
        for (name, code) in files(&workspace.path("sdks").join(language)) {
            let is_code = ["ts", "py", "go", "cs", "java"]
                .iter()
                .any(|end| name.ends_with(&format!(".{end}")));
            let compared = |code: &[u8]| {
                let code = String::from_utf8_lossy(code);
                let is_comment = |line: &&str| line.trim_start().starts_with("///");
                let lines = code
                    .lines()
                    .filter(|line| crate::sdks::ending(&name) != "cs" || !is_comment(line));
                lines.collect::<Vec<_>>().join("\n")
            };
            assert!(
                !is_code
                    || ours
                        .get(&name)
                        .is_some_and(|ours| compared(ours) == compared(&code)),
                "{language}: {name}"
            );
        }
        made.push(language);
    }
    assert!(made.contains(&"java"), "{made:?}");
}

/// `pulumi install` on an example, with all that the language's tool would download in place. The tools of TypeScript,
/// Python and Go ask their registries in any case, which a test does not.
async fn installs(language: Language) {
    if !language.is_there() {
        return;
    }
    let mut workspace = Workspace::empty(&[]).await;
    let example = format!("examples/auto-deploy-{}", language.name());
    language
        .install(&mut workspace, &repository(&example))
        .await;
    let mut installed = workspace.pulumi(&["install"]).await;
    // The Java host writes the first output of both streams of its tool without synchronization, which occasionally fails.
    // That is not the example's fault.
    if installed
        .said
        .contains("transport: SendHeader called multiple times")
    {
        installed = workspace.pulumi(&["install"]).await;
    }
    installed.succeeds();
    workspace.pulumi(&["preview"]).await.succeeds();
}

#[tokio::test(flavor = "multi_thread")]
async fn install_prepares_an_example_in_csharp() {
    installs(Language::Csharp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn install_prepares_an_example_in_java() {
    installs(Language::Java).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn install_prepares_an_example_in_yaml() {
    installs(Language::Yaml).await;
}
