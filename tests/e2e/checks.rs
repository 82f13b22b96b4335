//! The warnings before anything is created: for each problem that a program can have, what the preview says, the same for
//! the update, and silence once it is fixed.

use crate::named_alike;
use serde_json::{Value, json};
use testkit::workspace::{Ran, Workspace};

const HOOKS_OF_A: &str = "/api/stacks/acme/app/a/hooks";

/// A graph of stacks of the project `app`, with these further inputs.
fn program(dependencies: &str, inputs: &str) -> String {
    format!(
        "name: seed\nruntime: yaml\nresources:\n  graph:\n    type: auto-deploy:DependencyGraph\n    properties: \
         {{organization: acme, dependencies: {{{dependencies}}}{inputs}}}\n"
    )
}

/// A workspace with these stacks, all of which can be deployed.
async fn workspace(program: &str, stacks: &[&str]) -> Workspace {
    let stacks: Vec<_> = stacks
        .iter()
        .map(|stack| format!("acme/app/{stack}"))
        .collect();
    let names: Vec<_> = stacks.iter().map(String::as_str).collect();
    let workspace = Workspace::new(program, &names).await;
    for stack in &stacks {
        settle(&workspace, stack, json!({})).await;
    }
    workspace.requests();
    workspace
}

/// Gives a stack deployment settings, with `more` in addition.
async fn settle(workspace: &Workspace, stack: &str, more: Value) {
    let mut settings = json!({"sourceContext": {"git": {"repoUrl": "https://example.com/x.git", "branch": "main"}}});
    let Value::Object(more) = more else {
        panic!("settings are an object")
    };
    settings.as_object_mut().expect("an object").extend(more);
    let path = format!("/api/stacks/{stack}/deployments/settings");
    assert_eq!(
        workspace.ask("PUT", &path, settings).await.0,
        200,
        "{stack}"
    );
}

/// Adds a webhook to a stack of the project `app`, as a person would.
async fn hook(workspace: &Workspace, upstream: &str, name: &str, downstream: &str) {
    let hook = json!({
        "organizationName": "acme", "name": name, "displayName": name, "payloadUrl": format!("app/{downstream}"),
        "active": true, "format": "pulumi_deployments", "filters": ["update_succeeded"],
    });
    let path = format!("/api/stacks/acme/app/{upstream}/hooks");
    assert_eq!(workspace.ask("POST", &path, hook).await.0, 201, "{name}");
}

/// The warnings that the CLI shows, in order.
fn warnings(said: &str) -> String {
    let lines = said.lines().map(str::trim);
    let mut lines: Vec<_> = lines.filter(|line| line.starts_with("warning: ")).collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// The warnings of a preview, which are also those of the update.
async fn told(workspace: &Workspace) -> String {
    workspace.requests();
    let previewed = warnings(&workspace.pulumi(&["preview"]).await.succeeds());
    let requests = workspace.requests();
    assert!(
        requests.iter().all(|request| request.starts_with("GET ")),
        "{requests:?}"
    );
    assert_eq!(warnings(&workspace.up().await.succeeds()), previewed);
    previewed
}

/// Neither a preview nor an update has any warning.
async fn silent(workspace: &Workspace) {
    assert_eq!(told(workspace).await, "");
}

/// Why a program with `checks: error` is refused.
fn refused(ran: Ran) -> String {
    let said = ran.fails();
    assert!(said.contains("resource 'graph' has a problem"), "{said}");
    let lines = said.lines().map(str::trim);
    let mut lines: Vec<_> = lines
        .filter(|line| line.contains("property checks"))
        .collect();
    lines.dedup();
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_does_not_exist() {
    let workspace = workspace(
        &program("app/b: [app/a], app/gone: [app/a]", ""),
        &["a", "b"],
    )
    .await;
    insta::assert_snapshot!(told(&workspace).await);
    workspace.write(&program("app/b: [app/a]", ""));
    silent(&workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_without_deployment_settings() {
    let workspace = workspace(&program("app/b: [app/a]", ""), &["a"]).await;
    let made = workspace
        .ask("POST", "/api/stacks/acme/app", json!({"stackName": "b"}))
        .await;
    assert_eq!(made.0, 200);
    insta::assert_snapshot!(told(&workspace).await);
    settle(&workspace, "acme/app/b", json!({})).await;
    silent(&workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deployments_that_are_paused() {
    let workspace = workspace(&program("app/b: [app/a]", ""), &["a", "b"]).await;
    let path = "/api/stacks/acme/app/b/deployments";
    let pause = async |word: &str| {
        let answer = workspace
            .ask("POST", &format!("{path}/{word}"), json!({}))
            .await;
        assert!(answer.0 < 300, "{answer:?}");
        workspace.requests();
    };
    pause("pause").await;
    insta::assert_snapshot!(told(&workspace).await);
    pause("resume").await;
    silent(&workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_starts_a_stack_besides() {
    let workspace = workspace(&program("app/b: [app/a]", ""), &["a"]).await;
    let made = workspace
        .ask("POST", "/api/stacks/acme/app", json!({"stackName": "b"}))
        .await;
    assert_eq!(made.0, 200);
    let pushes = |on: bool| json!({"gitHub": {"repository": "acme/app", "deployCommits": on}});
    settle(&workspace, "acme/app/b", pushes(true)).await;
    insta::assert_snapshot!(told(&workspace).await);
    settle(&workspace, "acme/app/b", pushes(false)).await;
    silent(&workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_webhook_for_the_same_edge() {
    let workspace = workspace(&program("app/b: [app/a]", ""), &["a", "b"]).await;
    hook(&workspace, "a", "by-hand", "b").await;
    insta::assert_snapshot!(told(&workspace).await);
    // Its own webhook exists now too, and is not mistaken for another's.
    assert_eq!(told(&workspace).await.lines().count(), 1);
    let path = format!("{HOOKS_OF_A}/by-hand");
    assert_eq!(workspace.ask("DELETE", &path, Value::Null).await.0, 204);
    silent(&workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_through_a_webhook_of_another_program() {
    let workspace = workspace(
        &program("app/b: [app/a], app/c: [app/b]", ""),
        &["a", "b", "c"],
    )
    .await;
    hook(&workspace, "c", "back", "a").await;
    insta::assert_snapshot!(told(&workspace).await);
    let path = "/api/stacks/acme/app/c/hooks/back";
    assert_eq!(workspace.ask("DELETE", path, Value::Null).await.0, 204);
    silent(&workspace).await;
    // An edge that is reversed makes no cycle with its own webhook, which is removed in the same update. Where the state is
    // in a folder, nothing proves that it is its own, so there it is always a warning.
    workspace.write(&program(
        "app/a: [app/b], app/c: [app/b]",
        ", checks: error",
    ));
    insta::assert_snapshot!(named_alike(&told(&workspace).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shortcut() {
    let dependencies = "app/b: [app/a], app/c: [app/b, app/a]";
    let workspace = workspace(&program(dependencies, ""), &["a", "b", "c"]).await;
    insta::assert_snapshot!(told(&workspace).await);
    workspace.write(&program(dependencies, ", shortcuts: drop"));
    silent(&workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_diamond() {
    let dependencies = "app/b: [app/a], app/c: [app/a], app/d: [app/b, app/c]";
    let workspace = workspace(&program(dependencies, ""), &["a", "b", "c", "d"]).await;
    insta::assert_snapshot!(told(&workspace).await);
    workspace.write(&program(dependencies, ", strategy: sequential"));
    silent(&workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_errors_if_the_program_says_so() {
    let strict = ", checks: error";
    let workspace = workspace(
        &program("app/b: [app/a], app/gone: [app/a]", strict),
        &["a", "b"],
    )
    .await;
    let previewed = refused(workspace.pulumi(&["preview"]).await);
    insta::assert_snapshot!(previewed);
    assert_eq!(refused(workspace.up().await), previewed);
    let requests = workspace.requests();
    assert!(
        requests.iter().all(|request| request.starts_with("GET ")),
        "{requests:?}"
    );
    workspace.write(&program("app/b: [app/a]", strict));
    silent(&workspace).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cloud_that_cannot_be_asked_is_one_warning() {
    let mut workspace = workspace(&program("app/b: [app/a]", ""), &["a", "b"]).await;
    workspace.set("PULUMI_ACCESS_TOKEN", "pul-wrong");
    let said = workspace.pulumi(&["preview"]).await.succeeds();
    insta::assert_snapshot!(warnings(&said));
    workspace.write(&program("app/b: [app/a]", ", checks: error"));
    let said = workspace.pulumi(&["preview"]).await.fails();
    assert!(said.contains("set `checks` to `warn` or `off`"), "{said}");
    workspace.write(&program("app/b: [app/a]", ", checks: off"));
    workspace.requests();
    let said = workspace.pulumi(&["preview"]).await.succeeds();
    assert_eq!(
        (warnings(&said).as_str(), workspace.requests()),
        ("", Vec::new())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_is_said_once_and_asked_once() {
    let deployer = |stack: &str, refs: &str| {
        format!(
            "  {stack}: {{type: 'auto-deploy:AutoDeployer', properties: {{organization: acme, project: app, stack: {stack}, \
             downstreamRefs: [{refs}]}}}}\n"
        )
    };
    let head = "name: seed\nruntime: yaml\nresources:\n".to_owned();
    let program = head + &deployer("a", "app/gone, app/c") + &deployer("b", "app/gone, app/c");
    let workspace = workspace(&program, &["a", "b", "c"]).await;
    let said = warnings(&workspace.pulumi(&["preview"]).await.succeeds());
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.contains("the stack `app/gone` does not exist"),
        "{said}"
    );
    let requests = workspace.requests();
    for stack in ["a", "b", "c", "gone"] {
        let path = format!("GET /api/stacks/acme/app/{stack}/");
        let asked = requests.iter().filter(|it| it.starts_with(&path));
        let (missing, found): (Vec<_>, Vec<_>) = asked.partition(|it| it.ends_with(" 404"));
        assert!(found.len() <= 3, "{stack}: {found:?}");
        // The other component asks again about stacks that did not exist: another resource may have created them meanwhile.
        assert!(missing.len() <= 4, "{stack}: {missing:?}");
    }
    assert!(
        requests.iter().all(|request| request.starts_with("GET ")),
        "{requests:?}"
    );
}
