//! States: exported, imported, edited.

use serde_json::Value;
use testkit::session::{HOOKS, OUTPUTS, STACK, Session, hook};

#[tokio::test(flavor = "multi_thread")]
async fn exported_and_imported_again() {
    let session = Session::with(OUTPUTS).await;
    let empty = session.pulumi(&["stack", "export"]).await.json();
    assert_eq!(empty["deployment"]["resources"], Value::Null);
    session.up().await.succeeds();
    let file = session.path("state.json");
    let file = file.to_string_lossy();
    session
        .pulumi(&["stack", "export", "--file", &file])
        .await
        .succeeds();
    session.pulumi(&["destroy", "--yes"]).await.succeeds();
    assert_eq!(session.told().await, [""; 0]);
    session
        .pulumi(&["stack", "import", "--file", &file])
        .await
        .succeeds();
    assert_eq!(session.told().await, ["web-dev"]);
    session
        .pulumi(&["up", "--yes", "--expect-no-changes"])
        .await
        .succeeds();
    let first = session
        .pulumi(&["stack", "export", "--version", "1"])
        .await
        .json();
    assert_eq!(
        first["deployment"]["resources"].as_array().map(Vec::len),
        Some(1)
    );
    let second = session
        .pulumi(&["stack", "export", "--version", "2"])
        .await
        .json();
    assert_eq!(second["deployment"]["resources"], Value::Null);
    session
        .pulumi(&["stack", "export", "--version", "9"])
        .await
        .fails();
    let kinds = session.get(&format!("{STACK}/updates")).await;
    let kinds: Vec<_> = kinds["updates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|update| update["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["update", "import", "destroy", "update"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn edited_by_hand() {
    let session =
        Session::with(&[HOOKS, &hook("one", "One", ""), &hook("two", "Two", "")].concat()).await;
    session.up().await.succeeds();
    let urn = "urn:pulumi:dev::web::auto-deploy:index:Webhook::one";
    session
        .pulumi(&["state", "delete", urn, "--yes"])
        .await
        .succeeds();
    assert!(!session.told().await.contains(&"one".to_owned()));
    let two = urn.replace("one", "two");
    session
        .pulumi(&["state", "rename", &two, "three", "--yes"])
        .await
        .succeeds();
    assert!(session.told().await.contains(&"three".to_owned()));
    session
        .pulumi(&["state", "protect", &two.replace("two", "three"), "--yes"])
        .await
        .succeeds();
    session.pulumi(&["destroy", "--yes"]).await.fails();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_imported() {
    let session = Session::with(&[HOOKS, &hook("one", "One", "")].concat()).await;
    let made = serde_json::json!({"organizationName": "acme", "name": "by-hand", "displayName": "By hand", "payloadUrl": "http://127.0.0.1:9/", "active": true});
    assert_eq!(
        session.ask("POST", "/api/orgs/acme/hooks", made).await.0,
        201
    );
    let arguments = [
        "import",
        "auto-deploy:index:Webhook",
        "hand",
        "acme/by-hand",
        "--yes",
        "--generate-code=false",
    ];
    session.pulumi(&arguments).await.succeeds();
    let state = session.get(&format!("{STACK}/export")).await;
    let resources = state["deployment"]["resources"].as_array().unwrap();
    let imported = resources
        .iter()
        .find(|resource| resource["id"] == "acme/by-hand");
    assert_eq!(
        imported.map(|resource| &resource["outputs"]["displayName"]),
        Some(&Value::from("By hand"))
    );
}
