//! A graph moves between `AutoDeployer`s and a `DependencyGraph`, and no webhook is changed.

use serde_json::Value;
use testkit::since;
use testkit::workspace::{Workspace, lines};

const DEPLOYERS: &str = "\
name: seed
runtime: yaml
resources:
  network: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: network, stack: prod, downstreamRefs: ['${database.ref}', '${cluster.ref}'], checks: off}}
  database: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: database, stack: prod, downstreamRefs: [app/prod], checks: off}}
  cluster: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: cluster, stack: prod, downstreamRefs: [app/prod], checks: off}}
";

const GRAPH: &str = "\
name: seed
runtime: yaml
resources:
  graph:
    type: auto-deploy:DependencyGraph
    properties:
      organization: acme
      dependencies:
        database/prod: [network/prod]
        cluster/prod: [network/prod]
        app/prod: [database/prod, cluster/prod]
      checks: off
";

const STACKS: [&str; 4] = [
    "acme/network/prod",
    "acme/database/prod",
    "acme/cluster/prod",
    "acme/app/prod",
];

/// The webhooks of all stacks on the cloud.
async fn webhooks(workspace: &Workspace) -> Vec<Value> {
    let mut found = Vec::new();
    for stack in STACKS {
        let path = format!("/api/stacks/{stack}/hooks");
        let (status, hooks) = workspace.ask("GET", &path, Value::Null).await;
        assert_eq!(status, 200, "{stack}");
        found.extend(hooks.as_array().expect("a list").clone());
    }
    workspace.requests();
    found
}

/// Writes the same graph in the other form, and runs an update.
async fn moves_to(workspace: &Workspace, program: &str) {
    let before = webhooks(workspace).await;
    workspace.write(program);
    let previewed = workspace.pulumi(&["preview", "--diff"]).await.succeeds();
    let changed = lines(
        &previewed,
        &[
            "+ auto-deploy:index:Webhook",
            "- auto-deploy:index:Webhook",
            "+-",
            "-+",
        ],
    );
    assert_eq!(changed, [""; 0], "{previewed}");
    workspace.up().await.succeeds();
    assert_eq!(
        workspace.requests(),
        [""; 0],
        "the cloud is not asked for anything"
    );
    assert_eq!(webhooks(workspace).await, before);
    let again = ["up", "--yes", "--skip-preview", "--expect-no-changes"];
    workspace.pulumi(&again).await.succeeds();
}

#[tokio::test(flavor = "multi_thread")]
async fn there_and_back_again() {
    if since::COMPONENT_ALIASES.is_missing() {
        return;
    }
    let workspace = Workspace::new(DEPLOYERS, &STACKS).await;
    workspace.up().await.succeeds();
    assert_eq!(webhooks(&workspace).await.len(), 4);
    moves_to(&workspace, GRAPH).await;
    moves_to(&workspace, DEPLOYERS).await;
    moves_to(&workspace, GRAPH).await;
    let renamed = GRAPH.replace("  graph:", "  renamed:");
    let renamed = format!("{renamed}    options: {{aliases: [{{name: graph}}]}}\n");
    moves_to(&workspace, &renamed).await;
    workspace
        .pulumi(&["destroy", "--yes", "--skip-preview"])
        .await
        .succeeds();
    assert_eq!(
        webhooks(&workspace).await,
        [Value::Null; 0],
        "none is left behind"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auto_deployer_of_another_name_leaves_one_webhook_for_each_edge() {
    let odd = DEPLOYERS
        .replace("  network: {", "  odd: {")
        .replace("  cluster: {", "  strange: {")
        .replace("${cluster.ref}", "cluster/prod");
    let workspace = Workspace::new(&odd, &STACKS).await;
    workspace.up().await.succeeds();
    workspace.write(GRAPH);
    workspace.up().await.succeeds();
    assert_eq!(webhooks(&workspace).await.len(), 4);
}
