//! Stacks: created, listed, tagged, renamed, removed.

use serde_json::{Value, json};
use testkit::session::{HOOKS, OUTPUTS, STACK, Session, hook, told};
use testkit::since;

/// The full names of stacks in a list.
fn names(list: &Value) -> Vec<&str> {
    let stacks = list.as_array().expect("a list");
    stacks
        .iter()
        .filter_map(|stack| stack["name"].as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn made_selected_and_listed() {
    let session = Session::with(OUTPUTS).await;
    session
        .pulumi(&["stack", "init", "acme/web/prod"])
        .await
        .succeeds();
    let said = session
        .pulumi(&["stack", "init", "acme/web/prod"])
        .await
        .fails();
    assert!(said.contains("already exists"), "{said}");
    session
        .pulumi(&["stack", "select", "acme/web/dev"])
        .await
        .succeeds();
    let said = session
        .pulumi(&["stack", "select", "acme/web/other"])
        .await
        .fails();
    assert!(said.contains("no stack named"), "{said}");
    session.up().await.succeeds();
    let list = session.pulumi(&["stack", "ls", "--json"]).await.json();
    assert_eq!(names(&list), ["dev", "prod"]);
    assert_eq!(
        (&list[0]["current"], &list[0]["resourceCount"]),
        (&json!(true), &json!(1))
    );
    assert!(list[0]["lastUpdate"].is_string(), "{list}");
    assert_eq!(list[1].get("lastUpdate"), None);
    let none = session
        .pulumi(&["stack", "ls", "--json", "--organization", "local"])
        .await
        .json();
    assert_eq!(names(&none), [""; 0]);
    let shown = session.pulumi(&["stack"]).await.succeeds();
    assert!(
        shown.contains("Current stack is dev") && shown.contains("said"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tagged() {
    let session = Session::with(OUTPUTS).await;
    session
        .pulumi(&["stack", "tag", "set", "team", "a b/ü"])
        .await
        .succeeds();
    let tags = session
        .pulumi(&["stack", "tag", "ls", "--json"])
        .await
        .json();
    assert_eq!(
        (&tags["team"], &tags["pulumi:project"]),
        (&json!("a b/ü"), &json!("web"))
    );
    assert_eq!(
        session
            .pulumi(&["stack", "tag", "get", "team"])
            .await
            .succeeds()
            .trim(),
        "a b/ü"
    );
    session.up().await.succeeds();
    let tags = session.get(STACK).await["tags"].clone();
    assert_eq!(tags["team"], "a b/ü", "an update keeps it");
    assert_eq!(tags["pulumi:description"], "A test", "and adds its own");
    session
        .pulumi(&["stack", "tag", "rm", "team"])
        .await
        .succeeds();
    assert_eq!(session.get(STACK).await["tags"].get("team"), None);
    let list = session
        .pulumi(&["stack", "ls", "--json", "--tag", "pulumi:project=web"])
        .await
        .json();
    assert_eq!(names(&list), ["dev"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn renamed_without_doing_anything_anew() {
    let program = [
        HOOKS,
        &hook("one", "One", ""),
        "config:\n  pw: {type: string, secret: true}\noutputs: {pw: '${pw}'}\n",
    ];
    let session = Session::with(&program.concat()).await;
    session
        .pulumi(&["config", "set", "--secret", "pw", "hunter2"])
        .await
        .succeeds();
    session.up().await.succeeds();
    let before = session.told().await;
    assert_eq!(before[0], "web-dev");
    session
        .pulumi(&["stack", "rename", "acme/web/prod"])
        .await
        .succeeds();
    session
        .pulumi(&["up", "--yes", "--expect-no-changes"])
        .await
        .succeeds();
    let state = session.get("/api/stacks/acme/web/prod/export").await;
    assert_eq!(told(&state)[0], "web-prod");
    assert_eq!(told(&state)[1..], before[1..]);
    assert!(!state.to_string().contains("urn:pulumi:dev::"), "{state}");
    let shown = session
        .pulumi(&["stack", "output", "pw", "--show-secrets"])
        .await
        .succeeds();
    assert_eq!(shown.trim(), "hunter2");
    assert_eq!(session.ask("GET", STACK, Value::Null).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn removed() {
    let session = Session::with(OUTPUTS).await;
    session.up().await.succeeds();
    let said = session.pulumi(&["stack", "rm", "--yes"]).await.fails();
    assert!(said.contains("still has resources"), "{said}");
    session.pulumi(&["destroy", "--yes"]).await.succeeds();
    session.pulumi(&["stack", "rm", "--yes"]).await.succeeds();
    assert_eq!(session.ask("GET", STACK, Value::Null).await.0, 404);
    session
        .pulumi(&["stack", "init", "acme/web/dev"])
        .await
        .succeeds();
    session.up().await.succeeds();
    session
        .pulumi(&["stack", "rm", "--yes", "--force"])
        .await
        .succeeds();
    assert_eq!(session.ask("GET", STACK, Value::Null).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_project_from_a_template() {
    let session = Session::start().await;
    let template = session.path("template");
    std::fs::create_dir(&template).expect("it is made");
    let text = "name: ${PROJECT}\nruntime: yaml\ndescription: ${DESCRIPTION}\noutputs: {a: 1}\n";
    std::fs::write(template.join("Pulumi.yaml"), text).expect("it is written");
    let template = template.to_string_lossy();
    let arguments = [
        "new",
        &template,
        "--yes",
        "--name",
        "fresh",
        "--stack",
        "acme/fresh/dev",
    ];
    session.pulumi(&arguments).await.succeeds();
    session.up().await.succeeds();
    assert_eq!(
        session.get("/api/stacks/acme/fresh/dev").await["version"],
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn references_are_known_from_both_ends() {
    let session = Session::with(OUTPUTS).await;
    session.up().await.succeeds();
    session.program(
        "name: app\nruntime: yaml\nresources:\n  web: {type: 'pulumi:pulumi:StackReference', properties: {name: acme/web/dev}}\n\
         outputs: {said: '${web.outputs[\"said\"]} again'}\n",
    );
    session
        .pulumi(&["stack", "init", "acme/app/dev"])
        .await
        .succeeds();
    session.up().await.succeeds();
    assert_eq!(
        session
            .pulumi(&["stack", "output", "said"])
            .await
            .succeeds()
            .trim(),
        "hello again"
    );
    let ends = async |path: &str| session.get(path).await["referencedStacks"].clone();
    let end = |project: &str| json!([{"organization": "acme", "routingProject": project, "name": "dev", "version": 1}]);
    assert_eq!(
        ends("/api/stacks/acme/app/dev/upstreamreferences").await,
        end("web")
    );
    assert_eq!(
        ends("/api/stacks/acme/web/dev/downstreamreferences").await,
        end("app")
    );
    session.pulumi(&["destroy", "--yes"]).await.succeeds();
    assert_eq!(
        ends("/api/stacks/acme/web/dev/downstreamreferences").await,
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn moved_here_from_a_folder() {
    if since::STACK_MIGRATE.is_missing() {
        return;
    }
    let mut session = Session::start().await;
    session.program(OUTPUTS);
    std::fs::create_dir(session.path("state")).unwrap();
    let folder = format!("file://{}", session.path("state").display());
    session.set("PULUMI_CONFIG_PASSPHRASE", "words");
    session.pulumi(&["login", &folder]).await.succeeds();
    session.pulumi(&["stack", "init", "dev"]).await.succeeds();
    let secret = ["config", "set", "--secret", "greeting", "hush"];
    session.pulumi(&secret).await.succeeds();
    session.up().await.succeeds();

    let url = session.url().to_owned();
    session.pulumi(&["login", &url]).await.succeeds();
    let migrate = [
        "stack",
        "migrate",
        &folder,
        "dev",
        "--target",
        "acme/web/dev",
        "--yes",
    ];
    session.pulumi(&migrate).await.succeeds();
    let select = ["stack", "select", "acme/web/dev"];
    session.pulumi(&select).await.succeeds();
    session.up().await.succeeds();
    let told = session
        .pulumi(&["config", "get", "greeting"])
        .await
        .succeeds();
    assert_eq!(told.trim(), "hush");
    let state = session.get(&format!("{STACK}/export")).await;
    let provider = &state["deployment"]["secrets_providers"];
    assert_eq!(
        (&provider["type"], &provider["state"]["url"]),
        (&json!("service"), &json!(url))
    );
}
