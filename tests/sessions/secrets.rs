//! Configuration with secrets.

use serde_json::json;
use std::path::Path;
use testkit::session::{STACK, Session};

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

async fn with_config() -> Session {
    let session = Session::with(PROGRAM).await;
    session
        .pulumi(&["config", "set", "user", "ann"])
        .await
        .succeeds();
    session
        .pulumi(&["config", "set", "--secret", "pw", "hunter2"])
        .await
        .succeeds();
    session
}

/// Whether any file of the folder contains this text.
fn contains(folder: &Path, text: &str) -> bool {
    let entries = std::fs::read_dir(folder).expect("it can be read");
    entries.flatten().any(|entry| {
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn shown_only_when_asked_for() {
    let session = with_config().await;
    let config = session.pulumi(&["config", "--json"]).await.json();
    assert_eq!(
        (&config["web:user"]["value"], config["web:pw"].get("value")),
        (&json!("ann"), None)
    );
    let config = session
        .pulumi(&["config", "--json", "--show-secrets"])
        .await
        .json();
    assert_eq!(config["web:pw"]["value"], "hunter2");
    assert_eq!(
        session
            .pulumi(&["config", "get", "pw"])
            .await
            .succeeds()
            .trim(),
        "hunter2"
    );
    let said = session.up().await.succeeds();
    assert!(
        !said.contains("hunter2") && said.contains("[secret]"),
        "{said}"
    );
    let outputs = session.pulumi(&["stack", "output", "--json"]).await.json();
    assert_eq!(outputs, json!({"user": "ann", "pw": "[secret]"}));
    let outputs = session
        .pulumi(&["stack", "output", "--json", "--show-secrets"])
        .await
        .json();
    assert_eq!(outputs, json!({"user": "ann", "pw": "hunter2"}));
    let log = format!("POST {STACK}/decrypt/log-batch-decryption 204");
    assert!(
        session.requests().contains(&log),
        "what was decrypted is told"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_nowhere_in_the_clear() {
    let session = with_config().await;
    session.up().await.succeeds();
    for folder in ["data", "program"] {
        assert!(!contains(&session.path(folder), "hunter2"), "{folder}");
    }
    assert!(
        contains(&session.path("data"), "ann"),
        "what is no secret can be found"
    );
    let state = session.pulumi(&["stack", "export"]).await.succeeds();
    assert!(!state.contains("hunter2"));
    let state = session
        .pulumi(&["stack", "export", "--show-secrets"])
        .await
        .succeeds();
    assert!(state.contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn read_after_the_cloud_has_moved_to_another_port() {
    let mut session = with_config().await;
    session.up().await.succeeds();
    let before = session.url().to_owned();
    session.restart().await;
    assert_ne!(session.url(), before);
    session.pulumi(&["login", session.url()]).await.succeeds();
    session
        .pulumi(&["stack", "select", "acme/web/dev"])
        .await
        .succeeds();
    let outputs = session
        .pulumi(&["stack", "output", "--json", "--show-secrets"])
        .await
        .json();
    assert_eq!(outputs["pw"], "hunter2");
    session
        .pulumi(&["up", "--yes", "--expect-no-changes"])
        .await
        .succeeds();
}

#[tokio::test(flavor = "multi_thread")]
async fn taken_back_from_the_last_update() {
    let session = with_config().await;
    session.up().await.succeeds();
    session
        .pulumi(&["config", "set", "user", "bob"])
        .await
        .succeeds();
    session
        .pulumi(&["config", "refresh", "--force"])
        .await
        .succeeds();
    assert_eq!(
        session
            .pulumi(&["config", "get", "user"])
            .await
            .succeeds()
            .trim(),
        "ann"
    );
    assert_eq!(
        session
            .pulumi(&["config", "get", "pw"])
            .await
            .succeeds()
            .trim(),
        "hunter2"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_secrets_provider() {
    let mut session = with_config().await;
    session.up().await.succeeds();
    // The CLI reads the new passphrase from standard input, which is empty.
    session.set("PULUMI_CONFIG_PASSPHRASE", "");
    session
        .pulumi(&["stack", "change-secrets-provider", "passphrase"])
        .await
        .succeeds();
    session.up().await.succeeds();
    let state = session.get(&format!("{STACK}/export")).await;
    assert_eq!(
        state["deployment"]["secrets_providers"]["type"],
        "passphrase"
    );
    let outputs = session
        .pulumi(&["stack", "output", "--json", "--show-secrets"])
        .await
        .json();
    assert_eq!(outputs["pw"], "hunter2");
    session
        .pulumi(&["stack", "change-secrets-provider", "default"])
        .await
        .succeeds();
    session.unset("PULUMI_CONFIG_PASSPHRASE");
    let outputs = session
        .pulumi(&["stack", "output", "--json", "--show-secrets"])
        .await
        .json();
    assert_eq!(outputs["pw"], "hunter2");
}
