//! Error messages: one sentence that names the property or variable, and what to do.

use serde_json::Value;
use testkit::api::TOKEN;
use testkit::workspace::Workspace;

/// One edge, so that there is one failure.
const PROGRAM: &str = "\
name: seed
runtime: yaml
resources:
  a: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: app, stack: a, downstreamRefs: [app/b], checks: off}}
";

const STACKS: [&str; 2] = ["acme/app/a", "acme/app/b"];

/// The messages with which a component's request can end when the deployment ends.
const ENDED: [&str; 3] = [
    "the deployment was cancelled",
    "the deployment ended",
    "the client connection is closing",
];

/// The CLI's diagnostics, which users read.
fn diagnostics(said: &str) -> String {
    assert!(
        !said.contains(TOKEN) && !said.contains("goroutine") && !said.contains("panicked"),
        "{said}"
    );
    let after = said
        .split_once("Diagnostics:")
        .unwrap_or_else(|| panic!("there are none: {said}"))
        .1;
    let diagnostics = after.split("Resources:").next().expect("there is a first");
    // When a webhook fails, the engine ends the component's request in one of several ways, and reports it.
    let follows = |line: &str| {
        line.contains("error: update failed")
            || line.contains("error: preview failed")
            || line.contains("AutoDeployer resource 'a' has a problem")
                && ENDED.iter().any(|end| line.contains(end))
    };
    let lines: Vec<_> = diagnostics
        .lines()
        .filter(|line| !line.is_empty() && !follows(line))
        .collect();
    let is_heading = |line: &str| line.starts_with("  ") && !line.starts_with("   ");
    let with_content = lines.iter().enumerate().filter(|(place, line)| {
        !is_heading(line) || lines.get(place + 1).is_some_and(|next| !is_heading(next))
    });
    with_content
        .map(|(_, line)| *line)
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token() {
    let mut workspace = Workspace::new(PROGRAM, &STACKS).await;
    workspace.set("PULUMI_ACCESS_TOKEN", "");
    insta::assert_snapshot!(diagnostics(&workspace.pulumi(&["preview"]).await.fails()));
}

/// Each resource and function of the package, each with its own provider.
const EVERYTHING: [(&str, &str); 6] = [
    (
        "a webhook",
        "resources:\n  hook: {type: 'auto-deploy:Webhook', properties: {organizationName: acme, displayName: Hook, payloadUrl: 'https://x'}}\n",
    ),
    (
        "a webhook to read",
        "resources:\n  hook: {type: 'auto-deploy:Webhook', get: {id: acme/hook}}\n",
    ),
    (
        "an AutoDeployer",
        "resources:\n  a: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: app, stack: a, downstreamRefs: [app/b]}}\n",
    ),
    (
        "a DependencyGraph",
        "resources:\n  graph: {type: 'auto-deploy:DependencyGraph', properties: {organization: acme, dependencies: {app/b: [app/a]}}}\n",
    ),
    (
        "a function",
        "variables:\n  found: {fn::invoke: {function: 'auto-deploy:getDependencyGraph', arguments: {organization: acme}}}\noutputs: {found: '${found}'}\n",
    ),
    (
        "a provider",
        "resources:\n  mine: {type: 'pulumi:providers:auto-deploy'}\n  hook: {type: 'auto-deploy:Webhook', properties: {organizationName: acme, displayName: Hook, payloadUrl: 'https://x'}, options: {provider: '${mine}'}}\n",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_every_failure_names_its_resource() {
    let mut said = Vec::new();
    let mut workspace = Workspace::new(PROGRAM, &STACKS).await;
    workspace.set("PULUMI_ACCESS_TOKEN", "");
    for (what, body) in EVERYTHING {
        workspace.write(&format!("name: seed\nruntime: yaml\n{body}"));
        for command in [&["preview"][..], &["up", "--yes", "--skip-preview"]] {
            let lines = diagnostics(&workspace.pulumi(command).await.fails());
            said.push(format!("{what}, {}:\n{lines}", command[0]));
        }
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_every_failure_about_what_is_there_names_its_resource() {
    let mut workspace = Workspace::new(PROGRAM, &STACKS).await;
    workspace.up().await.succeeds();
    let webhooks = "/api/stacks/acme/app/a/hooks";
    let before = workspace.ask("GET", webhooks, Value::Null).await;
    workspace.set("PULUMI_ACCESS_TOKEN", "");
    let mut said = Vec::new();
    for command in [
        &["refresh", "--yes", "--skip-preview"][..],
        &["refresh", "--preview-only"],
        &["destroy", "--yes", "--skip-preview"],
        &[
            "import",
            "auto-deploy:index:Webhook",
            "other",
            "acme/app/a/other",
            "--yes",
            "--skip-preview",
        ],
    ] {
        let lines = diagnostics(&workspace.pulumi(command).await.fails());
        said.push(format!("{}:\n{lines}", command[..2].join(" ")));
    }
    assert_eq!(workspace.ask("GET", webhooks, Value::Null).await, before);
    insta::assert_snapshot!(said.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_token() {
    let mut workspace = Workspace::new(PROGRAM, &STACKS).await;
    workspace.set("PULUMI_ACCESS_TOKEN", "pul-wrong");
    insta::assert_snapshot!(diagnostics(
        &workspace
            .pulumi(&["up", "--yes", "--skip-preview", "--parallel=1"])
            .await
            .fails()
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_such_stack() {
    let workspace = Workspace::new(PROGRAM, &STACKS[1..]).await;
    insta::assert_snapshot!(diagnostics(
        &workspace
            .pulumi(&["up", "--yes", "--skip-preview", "--parallel=1"])
            .await
            .fails()
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cloud() {
    let mut workspace = Workspace::new(PROGRAM, &STACKS).await;
    // Nothing listens on the port of a listener that has been closed.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port is free")
        .local_addr()
        .expect("it is bound");
    workspace.set("PULUMI_API", format!("http://{gone}"));
    let said = workspace
        .pulumi(&["up", "--yes", "--skip-preview", "--parallel=1"])
        .await
        .fails();
    insta::assert_snapshot!(diagnostics(&said).replace(&gone.to_string(), "ADDRESS"));
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_filter() {
    let program = PROGRAM.replace("stack: a,", "stack: a, filters: [update_suceeded],");
    let workspace = Workspace::new(&program, &STACKS).await;
    insta::assert_snapshot!(diagnostics(&workspace.pulumi(&["preview"]).await.fails()));
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_project() {
    let workspace = Workspace::new(&PROGRAM.replace("project: app, ", ""), &STACKS).await;
    insta::assert_snapshot!(diagnostics(&workspace.pulumi(&["preview"]).await.fails()));
}

#[tokio::test(flavor = "multi_thread")]
async fn references_that_name_no_stack() {
    let workspace = Workspace::new(&PROGRAM.replace("[app/b]", "[b, other/app/b]"), &STACKS).await;
    insta::assert_snapshot!(diagnostics(&workspace.pulumi(&["preview"]).await.fails()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_with_everything_wrong() {
    let program = "\
name: seed
runtime: yaml
resources:
  hook:
    type: auto-deploy:Webhook
    properties: {organizationName: acme, stackName: a, displayName: '', format: pulumi_deployments, payloadUrl: 'https://x', groups: [stack], secret: {fn::secret: ''}}
";
    let workspace = Workspace::new(program, &[]).await;
    insta::assert_snapshot!(diagnostics(&workspace.pulumi(&["preview"]).await.fails()));
}
