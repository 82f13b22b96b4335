//! Users and logins.

use serde_json::Value;
use testkit::session::{OUTPUTS, STACK, Session};

#[tokio::test(flavor = "multi_thread")]
async fn in_and_out() {
    let mut session = Session::logged_out().await;
    let url = session.url().to_owned();
    session.pulumi(&["login", &url]).await.succeeds();
    session.unset("PULUMI_ACCESS_TOKEN");
    let who = session.pulumi(&["whoami", "--json"]).await.json();
    assert_eq!(who["user"], "local");
    assert_eq!(who["organizations"], serde_json::json!(["acme", "local"]));
    assert_eq!(
        session
            .pulumi(&["org", "get-default"])
            .await
            .succeeds()
            .trim(),
        "acme"
    );
    session
        .pulumi(&["org", "set-default", "local"])
        .await
        .succeeds();
    assert_eq!(
        session
            .pulumi(&["org", "get-default"])
            .await
            .succeeds()
            .trim(),
        "local"
    );
    session.pulumi(&["logout"]).await.succeeds();
    session.pulumi(&["login", &url]).await.fails();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_logging_in_first() {
    let mut session = Session::logged_out().await;
    let url = session.url().to_owned();
    session.set("PULUMI_BACKEND_URL", url);
    session.program(OUTPUTS);
    session
        .pulumi(&["stack", "init", "acme/web/dev"])
        .await
        .succeeds();
    session.up().await.succeeds();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_not_let_in() {
    let mut session = Session::logged_out().await;
    let url = session.url().to_owned();
    session.set("PULUMI_ACCESS_TOKEN", "pul-wrong");
    let said = session.pulumi(&["login", &url]).await.fails();
    assert!(
        // Older CLIs use other words.
        said.contains("Unauthorized: No credentials provided or are invalid.")
            || said.contains("invalid access token"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_is_not_there() {
    let session = Session::start().await;
    session.program(OUTPUTS);
    let said = session
        .pulumi(&["stack", "init", "nobody/web/dev"])
        .await
        .fails();
    assert!(
        said.contains("organization `nobody` does not exist"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_to_the_cloud() {
    let mut session = Session::with(OUTPUTS).await;
    let host = session.url().trim_start_matches("http://").to_owned();
    session.set("PULUMI_CONSOLE_DOMAIN", host);
    let said = session.up().await.succeeds();
    let url = session.url();
    assert!(
        said.contains(&format!("{url}/acme/web/dev/updates/1")),
        "{said}"
    );
    let preview = session
        .get(&format!("{STACK}/updates/latest/previews"))
        .await;
    let id = preview["updates"][0]["updateID"]
        .as_str()
        .unwrap_or_default();
    assert!(
        said.contains(&format!("{url}/acme/web/dev/previews/{id}")),
        "{said}"
    );
    assert_ne!(preview["updates"][0]["updateID"], Value::Null);
}
