//! What a person reads when something is wrong: one sentence that names the property or variable, and what to do.

use crate::cli::{TOKEN, Workspace};
use crate::{SEED, SEED_STACKS};

/// The CLI's diagnostics, which is what a person reads.
fn diagnostics(said: &str) -> String {
    assert!(
        !said.contains(TOKEN) && !said.contains("goroutine") && !said.contains("panicked"),
        "{said}"
    );
    let after = said
        .split_once("Diagnostics:")
        .unwrap_or_else(|| panic!("there are none: {said}"))
        .1;
    after
        .split("Resources:")
        .next()
        .expect("there is a first")
        .trim_matches('\n')
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token() {
    let mut workspace = Workspace::new(SEED, &SEED_STACKS).await;
    workspace.set("PULUMI_ACCESS_TOKEN", "");
    insta::assert_snapshot!(diagnostics(&workspace.pulumi(&["preview"]).await.fails()));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_token() {
    let mut workspace = Workspace::new(SEED, &SEED_STACKS).await;
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
    let stacks: Vec<_> = SEED_STACKS
        .iter()
        .copied()
        .filter(|stack| !stack.ends_with("/a"))
        .collect();
    let workspace = Workspace::new(SEED, &stacks).await;
    insta::assert_snapshot!(diagnostics(
        &workspace
            .pulumi(&["up", "--yes", "--skip-preview", "--parallel=1"])
            .await
            .fails()
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cloud() {
    let mut workspace = Workspace::new(SEED, &SEED_STACKS).await;
    // Nothing listens on the port of a listener that has gone.
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
    let program = SEED.replace("stack: b,", "stack: b, filters: [update_suceeded],");
    let workspace = Workspace::new(&program, &SEED_STACKS).await;
    insta::assert_snapshot!(diagnostics(&workspace.pulumi(&["preview"]).await.fails()));
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_project_and_a_wrong_reference() {
    let program = SEED.replace(
        "project: '${project}', stack: c, downstreamRefs: []",
        "stack: c, downstreamRefs: [d]",
    );
    let workspace = Workspace::new(&program, &SEED_STACKS).await;
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
