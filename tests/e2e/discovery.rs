//! Downstream stacks that are discovered on the cloud instead of listed in the program.

use serde_json::json;
use testkit::workspace::{Workspace, lines};

/// The smallest program.
const DISCOVERS: &str = "\
name: seed
runtime: yaml
resources:
  network: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: network, stack: prod, discoverDownstream: true, checks: off}}
outputs: {found: '${network.discoveredRefs}'}
";

/// The same with the function.
const ASKS: &str = "\
name: seed
runtime: yaml
variables:
  found: {fn::invoke: {function: 'auto-deploy:getDownstreamStacks', arguments: {organization: acme, project: network, stack: prod}}}
  live: {fn::invoke: {function: 'auto-deploy:getDependencyGraph', arguments: {organization: acme}}}
resources:
  network: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: network, stack: prod, downstreamRefs: '${found.refs}', checks: off}}
outputs: {found: '${found.refs}', layers: '${live.layers}', missing: '${live.missing}'}
";

const STACKS: [&str; 3] = [
    "acme/network/prod",
    "acme/database/prod",
    "acme/cluster/prod",
];

/// Gives a stack StackReferences to others.
async fn refer(workspace: &Workspace, stack: &str, names: &[&str]) {
    let reference = |name: &&str| {
        let kind = "pulumi:pulumi:StackReference";
        let urn = format!("urn:pulumi:prod::x::{kind}::{name}");
        json!({"urn": urn, "type": kind, "custom": true, "id": name, "inputs": {"name": name}})
    };
    let resources: Vec<_> = names.iter().map(reference).collect();
    let state = json!({"version": 3, "deployment": {"resources": resources}});
    let path = format!("/api/stacks/{stack}/import");
    assert_eq!(workspace.ask("POST", &path, state).await.0, 200, "{stack}");
    workspace.requests();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auto_deployer_follows_the_references_that_there_are() {
    let workspace = Workspace::new(DISCOVERS, &STACKS).await;
    for stack in ["acme/database/prod", "acme/cluster/prod"] {
        refer(&workspace, stack, &["acme/network/prod"]).await;
    }
    let previewed = workspace.pulumi(&["preview"]).await.succeeds();
    assert_eq!(
        lines(&previewed, &["+ 4 to create"]).len(),
        1,
        "{previewed}"
    );
    assert_eq!(
        workspace.requests(),
        ["GET /api/stacks/acme/network/prod/downstreamreferences 200"]
    );
    workspace.up().await.succeeds();
    let edges = [
        "cluster/prod on update_succeeded",
        "database/prod on update_succeeded",
    ];
    assert_eq!(workspace.edges("acme/network/prod").await, edges);

    refer(&workspace, "acme/database/prod", &[]).await;
    workspace.up().await.succeeds();
    assert_eq!(workspace.edges("acme/network/prod").await, edges[..1]);

    // The same stacks, listed: the webhook is the same too.
    workspace
        .write(&DISCOVERS.replace("discoverDownstream: true", "downstreamRefs: [cluster/prod]"));
    workspace.requests();
    workspace
        .pulumi(&["up", "--yes", "--skip-preview"])
        .await
        .succeeds();
    assert_eq!(workspace.requests(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_for_is_an_error_in_plain_words() {
    let mut workspace = Workspace::new(DISCOVERS, &STACKS[1..]).await;
    workspace.set("PULUMI_ACCESS_TOKEN", "pul-wrong");
    let refused = workspace.pulumi(&["preview"]).await.fails();
    assert!(
        refused.contains(
            "does not accept the access token in PULUMI_ACCESS_TOKEN: set it to a valid one"
        ),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_answer_programs() {
    let workspace = Workspace::new(ASKS, &STACKS).await;
    refer(&workspace, "acme/database/prod", &["acme/network/prod"]).await;
    workspace.up().await.succeeds();
    let edges = ["database/prod on update_succeeded"];
    assert_eq!(workspace.edges("acme/network/prod").await, edges);
    workspace.up().await.succeeds();
    let told = workspace
        .pulumi(&["stack", "output", "--json"])
        .await
        .succeeds();
    let told: serde_json::Value = serde_json::from_str(&told).expect("it is JSON");
    assert_eq!(
        told,
        json!({"found": ["database/prod"], "layers": [["network/prod"], ["database/prod"]], "missing": []})
    );
}
