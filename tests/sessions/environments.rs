//! Stacks whose configuration is from environments.

use insta::assert_snapshot;
use serde_json::json;
use std::path::Path;
use testkit::session::Session;

const PROGRAM: &str = "\
name: web
runtime: yaml
config:
  user: {type: string}
  pw: {type: string, secret: true}
outputs:
  user: ${user}
  pw: ${pw}
";

/// The environment that most tests use.
const BASE: &str = "\
values:
  # Who may come in.
  people: [ann, bob]
  pulumiConfig:
    web:user: ${people[0]}
    web:pw:
      fn::secret: hunter2
";

/// A session with the environment `acme/web/base`, and a stack with this configuration.
async fn with(configuration: &str) -> Session {
    let session = Session::with(PROGRAM).await;
    std::fs::write(session.path("program/base.yaml"), BASE).unwrap();
    session
        .pulumi(&["env", "init", "acme/web/base", "--file", "base.yaml"])
        .await
        .succeeds();
    std::fs::write(session.path("program/Pulumi.dev.yaml"), configuration).unwrap();
    session
}

/// Whether any file of the folder contains this text.
fn contains(folder: &Path, text: &str) -> bool {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.flatten().any(|entry| {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

async fn outputs(session: &Session) -> serde_json::Value {
    session.up().await.succeeds();
    session
        .pulumi(&["stack", "output", "--json", "--show-secrets"])
        .await
        .json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_takes_its_configuration_from_environments() {
    let session = with("environment: [web/base]\n").await;
    let said = session.pulumi(&["preview"]).await.succeeds();
    assert!(!said.contains("hunter2"), "{said}");
    assert_eq!(
        outputs(&session).await,
        json!({"user": "ann", "pw": "hunter2"})
    );
    assert!(
        !contains(&session.path("data"), "hunter2"),
        "no file has the secret"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn values_in_the_configuration_come_over_the_environments() {
    let configuration = "\
environment:
  imports: [web/base]
  values:
    name: carl
    pulumiConfig:
      web:user: ${name}
";
    let session = with(configuration).await;
    assert_eq!(
        outputs(&session).await,
        json!({"user": "carl", "pw": "hunter2"})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_pulumi_cloud_evaluates_is_said() {
    let configuration = "\
environment:
  values:
    aws:
      fn::open::aws-login: {}
";
    let session = with(configuration).await;
    let said = session.up().await.fails();
    let line = said.lines().find(|line| line.contains("a local cloud"));
    assert_snapshot!(line.unwrap_or(&said), @"<yaml>:3:9: a local cloud does not evaluate `fn::open::aws-login`: write the value itself");
}

/// The official provider compares what it reads with what it has written.
#[tokio::test(flavor = "multi_thread")]
async fn a_definition_is_read_as_it_was_written() {
    let session = with("").await;
    let arguments = [
        "env",
        "get",
        "acme/web/base",
        "--definition",
        "--show-secrets",
    ];
    let read = session.pulumi(&arguments).await.succeeds();
    assert!(
        read.contains("# Who may come in.") && read.contains("hunter2"),
        "{read}"
    );
    let decrypted = session
        .get("/api/esc/environments/acme/web/base/decrypt")
        .await;
    assert_eq!(decrypted, BASE);
}
