//! `auto-deploy discover`.
//!
//! The programs that it writes are kept in `tests/languages/discovered`. The test target `discovered` runs them.

use crate::support::{Cloud, files};
use serde_json::json;
use std::path::PathBuf;
use testkit::tools::repository;

const LANGUAGES: [&str; 6] = ["yaml", "typescript", "python", "go", "csharp", "java"];

/// Stacks that refer to each other: the database and the queue to the network, the app to the database.
async fn referring() -> Cloud {
    let stacks = [
        "network/prod",
        "database/prod",
        "queue/prod",
        "app/prod",
        "docs/prod",
    ];
    let cloud = Cloud::with_stacks(&stacks).await;
    cloud.refers("database/prod", &["network/prod"]).await;
    cloud.refers("queue/prod", &["network/prod"]).await;
    cloud.refers("app/prod", &["database/prod"]).await;
    cloud
}

/// Where the written programs are kept.
fn discovered() -> PathBuf {
    repository("tests/languages/discovered")
}

fn kept(language: &str, form: &str) -> PathBuf {
    discovered().join(format!("{form}-{language}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_written_in_each_language() {
    let cloud = referring().await;
    let folder = tempfile::tempdir().unwrap();
    for form in ["deployers", "graph"] {
        for language in LANGUAGES {
            let out = folder.path().join(format!("{form}-{language}"));
            let path = out.to_str().unwrap();
            let options = ["--language", language, "--as", form, "--out", path];
            cloud
                .run(&[&["discover"], &options[..]].concat())
                .await
                .expect(0);
            let (written, kept) = (files(&out), files(&kept(language, form)));
            assert_eq!(written, kept, "{form} {language}");
        }
    }
}

/// The same program with one more line, and in Java an import for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_graph_says_its_strategy() {
    let cloud = referring().await;
    let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    for (language, expected) in [
        ("yaml", &["      strategy: joined"][..]),
        (
            "typescript",
            &["    strategy: autodeploy.GraphStrategy.Joined,"],
        ),
        (
            "python",
            &["    strategy=auto_deploy.GraphStrategy.JOINED,"],
        ),
        (
            "go",
            &["\t\t\tStrategy:     autodeploy.GraphStrategyJoined,"],
        ),
        (
            "csharp",
            &["        Strategy = AutoDeploy.GraphStrategy.Joined,"],
        ),
        (
            "java",
            &[
                "import com.pulumi.autodeploy.enums.GraphStrategy;",
                "            .strategy(GraphStrategy.Joined)",
            ],
        ),
    ] {
        let options = ["discover", "--language", language, "--as", "graph"];
        let plain = lines(&cloud.run(&options).await.expect(0).out);
        let joined = [&options[..], &["--strategy", "joined"]].concat();
        let joined = lines(&cloud.run(&joined).await.expect(0).out);
        let new: Vec<&String> = joined.iter().filter(|line| !plain.contains(line)).collect();
        assert_eq!(new, expected, "{language}");
        assert_eq!(joined.len(), plain.len() + expected.len(), "{language}");
    }
    let said = cloud
        .run(&["discover", "--language", "go", "--strategy", "joined"])
        .await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: --strategy is for one DependencyGraph: add `--as graph`, or leave it out
    ----- exit status: 2 -----
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_goes_to_standard_output_and_advice_elsewhere() {
    let cloud = referring().await;
    let said = cloud
        .run(&["discover", "--language", "yaml"])
        .await
        .expect(0);
    let kept = std::fs::read_to_string(kept("yaml", "deployers").join("Pulumi.yaml")).unwrap();
    assert_eq!((said.out, said.notes), (kept, String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_there_are_are_to_be_imported() {
    let cloud = referring().await;
    cloud
        .hook("network/prod", "database/prod", json!({"name": "4b0d0671"}))
        .await;
    let folder = tempfile::tempdir().unwrap();
    for form in ["deployers", "graph"] {
        let out = folder.path().join(form);
        let path = out.to_str().unwrap();
        let options = ["--language", "yaml", "--as", form, "--out", path];
        let discover = [&["discover"], &options[..]].concat();
        let said = cloud.run(&discover).await.expect(0);
        assert!(
            said.notes.contains("pulumi import --file import.json"),
            "{}",
            said.notes
        );
        let kept = discovered().join(format!("import-{form}.json"));
        let [written, kept] =
            [out.join("import.json"), kept].map(|file| std::fs::read_to_string(file).unwrap());
        assert_eq!(written, kept, "{form}");
        let again = cloud.run(&discover).await.expect(2);
        assert!(again.notes.contains("is not empty"), "{}", again.notes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_refers_there_is_no_program() {
    let cloud = Cloud::with_stacks(&["network/prod"]).await;
    let said = cloud.run(&["discover", "--language", "go"]).await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    No stack of `acme` holds a StackReference to another, as far as the access token can see.
    ----- exit status: 1 -----
    ");
    cloud.refers("network/prod", &["network/prod"]).await;
    let said = cloud.run(&["discover", "--language", "go"]).await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: the stacks refer to each other in a cycle, so webhooks would start them forever: network/prod → network/prod; remove one of these references first
    ----- exit status: 2 -----
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_of_a_clone_is_taken_by_its_path() {
    let cloud = referring().await;
    let folder = tempfile::tempdir().unwrap();
    let sdk = folder.path().join("a clone/sdk");
    for manifest in [
        "nodejs/package.json",
        "python/pyproject.toml",
        "go.mod",
        "dotnet/Pulumi.AutoDeploy.csproj",
        "java/pom.xml",
    ] {
        let path = sdk.join(manifest);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    let root = folder.path().canonicalize().unwrap().display().to_string();
    let mut shown = String::new();
    for (language, manifest) in [
        ("yaml", "Pulumi.yaml"),
        ("typescript", "package.json"),
        ("python", "requirements.txt"),
        ("go", "go.mod"),
        ("csharp", "wiring.csproj"),
        ("java", "pom.xml"),
    ] {
        let out = folder.path().join(language);
        let [out, sdk] = [&out, &sdk].map(|path| path.to_str().unwrap());
        let options = ["--language", language, "--out", out, "--sdk", sdk];
        let said = cloud
            .run(&[&["discover"], &options[..]].concat())
            .await
            .expect(0);
        let text = std::fs::read_to_string(format!("{out}/{manifest}")).unwrap();
        let lines = text.lines().filter(|line| line.contains(&root));
        let lines: Vec<&str> = lines.map(str::trim).collect();
        let lines = lines.join(" ");
        shown.extend([language, ": ", &lines, "\n", &said.notes, "\n"]);
    }
    insta::assert_snapshot!(shown.replace(&root, "ROOT"), @r#"
    yaml: 
    Next:

      cd ROOT/yaml &&
      pulumi install &&
      pulumi stack init acme/wiring/prod &&
      pulumi up

    typescript: "@pulumi/auto-deploy": "file:ROOT/a clone/sdk/nodejs",
    Next:

      npm install --no-package-lock --prefix 'ROOT/a clone/sdk/nodejs' &&
      cd ROOT/typescript &&
      pulumi install &&
      pulumi stack init acme/wiring/prod &&
      pulumi up

    python: pulumi-auto-deploy @ file://ROOT/a%20clone/sdk/python
    Next:

      cd ROOT/python &&
      pulumi install &&
      pulumi stack init acme/wiring/prod &&
      pulumi up

    go: replace github.com/pulumi/pulumi-auto-deploy/sdk => "ROOT/a clone/sdk"
    Next:

      cd ROOT/go &&
      pulumi install &&
      pulumi stack init acme/wiring/prod &&
      pulumi up

    csharp: <ProjectReference Include="ROOT/a clone/sdk/dotnet/Pulumi.AutoDeploy.csproj" />
    Next:

      cd ROOT/csharp &&
      pulumi install &&
      pulumi stack init acme/wiring/prod &&
      pulumi up

    java: 
    Next:

      mvn --quiet --file 'ROOT/a clone/sdk/java/pom.xml' install &&
      cd ROOT/java &&
      pulumi install &&
      pulumi stack init acme/wiring/prod &&
      pulumi up
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_an_sdk_is_none() {
    let cloud = referring().await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("wiring");
    let [out, sdk] = [&out, folder.path()].map(|path| path.to_str().unwrap());
    let options = ["--language", "go", "--out", out, "--sdk", sdk];
    let said = cloud
        .run(&[&["discover"], &options[..]].concat())
        .await
        .expect(2);
    let sdk = folder.path().canonicalize().unwrap().display().to_string();
    let notes = said.notes.replace(&sdk, "FOLDER");
    insta::assert_snapshot!(notes, @"error: `--sdk`: there is no go.mod in FOLDER; name the folder `sdk` of a clone of the package's repository");
}
