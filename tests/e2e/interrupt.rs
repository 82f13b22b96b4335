//! Ctrl-C while the cloud is slow.

use local_cloud::{Fault, Method, Trouble};
use rustix::process::Signal;
use serde_json::Value;
use std::process::Stdio;
use std::time::{Duration, Instant};
use testkit::patience::until;
use testkit::process::send;
use testkit::workspace::Workspace;

/// How long the cloud takes for each slow request.
const SLOW: Duration = Duration::from_secs(30);

/// One webhook that is created at once, and others, single and of a component, that take long.
const PROGRAM: &str = "\
name: seed
runtime: yaml
resources:
  quick:
    type: auto-deploy:Webhook
    properties: {organizationName: acme, projectName: app, stackName: a, displayName: x, payloadUrl: 'https://example.com', active: true, secret: s3cret}
  slow:
    type: auto-deploy:Webhook
    properties: {organizationName: acme, projectName: app, stackName: b, displayName: x, payloadUrl: 'https://example.com', active: true}
    options: {dependsOn: ['${quick}']}
  edges:
    type: auto-deploy:AutoDeployer
    properties: {organization: acme, project: app, stack: b, downstreamRefs: [app/a]}
    options: {dependsOn: ['${quick}']}
";

/// The names of the webhooks in the state, in order.
async fn webhooks(workspace: &Workspace) -> Vec<String> {
    let state = workspace.pulumi(&["stack", "export"]).await.succeeds();
    let state: Value = serde_json::from_str(&state).expect("it is JSON");
    let resources = state["deployment"]["resources"].as_array().expect("a list");
    let webhooks = resources
        .iter()
        .filter(|resource| resource["type"] == "auto-deploy:index:Webhook");
    let name = |webhook: &Value| {
        webhook["urn"]
            .as_str()
            .and_then(|urn| urn.rsplit("::").next().map(str::to_owned))
    };
    let mut names: Vec<_> = webhooks.filter_map(name).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_at_once_and_keeps_what_was_made() {
    let workspace = Workspace::new(PROGRAM, &["acme/app/a", "acme/app/b"]).await;
    let faults = workspace.cloud.app().faults();
    let slow = Fault::on(
        Method::POST,
        "/api/stacks/acme/app/b/hooks",
        Trouble::Delay(SLOW),
    );
    faults.add(slow.times(2));
    let mut command = workspace.command(&["up", "--yes", "--skip-preview"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the CLI starts");
    until(async || (faults.n_waiting() == 0).then_some(())).await;
    let begin = Instant::now();
    send(Signal::INT, &child);
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().expect("it ends"));
    let ran = workspace.ran(output.await.expect("no panic"));
    let took = begin.elapsed();
    let said = ran.fails();
    // Far less than any request takes; how much less depends on the machine.
    assert!(took < SLOW / 2, "{took:?}: {said}");
    assert!(
        !said.contains("panicked") && !said.contains("exited prematurely"),
        "{said}"
    );
    // Requests that the cloud had not answered yet are remembered, and the next update continues with them.
    let all = ["edges->acme/app/a", "quick", "slow"];
    assert_eq!(webhooks(&workspace).await, all, "{said}");
    assert!(said.contains("did not confirm that it created"), "{said}");

    workspace.up().await.succeeds();
    assert_eq!(
        webhooks(&workspace).await,
        ["edges->acme/app/a", "quick", "slow"]
    );
    for (stack, n) in [("acme/app/a", 1), ("acme/app/b", 2)] {
        assert_eq!(workspace.edges(stack).await.len(), n, "{stack}");
    }
}
