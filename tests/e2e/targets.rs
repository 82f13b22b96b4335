//! Updates of selected targets: what they skip is unknown, and not absent.

use serde_json::{Value, json};
use testkit::workspace::{Workspace, lines};

/// A component of each kind whose webhooks are counted, on one stack and on two in the end.
fn program(refs: &str, dependencies: &str) -> String {
    format!(
        "\
name: seed
runtime: yaml
resources:
  net: {{type: 'auto-deploy:AutoDeployer', properties: {{organization: acme, project: app, stack: a, downstreamRefs: [{refs}], checks: off}}}}
  graph: {{type: 'auto-deploy:DependencyGraph', properties: {{organization: acme, dependencies: {{{dependencies}}}, checks: off}}}}
outputs: {{net: '${{net.downstreamWebhooks}}', graph: '${{graph.webhooks}}'}}
"
    )
}

/// How many webhooks each component has in the state.
async fn counted(workspace: &Workspace) -> Vec<(String, Option<usize>)> {
    let state = workspace.pulumi(&["stack", "export"]).await.succeeds();
    let state: Value = serde_json::from_str(&state).expect("it is JSON");
    let resources = state["deployment"]["resources"].as_array().expect("a list");
    let of = |kind: &str, output: &str| {
        let found = resources.iter().find(|it| it["type"] == kind);
        let names = found.and_then(|it| it["outputs"][output].as_array());
        (output.to_owned(), names.map(Vec::len))
    };
    vec![
        of("auto-deploy:index:AutoDeployer", "downstreamWebhooks"),
        of("auto-deploy:index:DependencyGraph", "webhooks"),
    ]
}

fn both(n: usize) -> Vec<(String, Option<usize>)> {
    ["downstreamWebhooks", "webhooks"]
        .map(|output| (output.to_owned(), Some(n)))
        .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_webhook_beside_the_targets_is_unknown() {
    let stacks = ["acme/app/a", "acme/app/b", "acme/app/c", "acme/app/d"];
    let one = program("app/b", "app/d: [app/b]");
    let two = program("app/b, app/c", "app/d: [app/b, app/c]");
    let workspace = Workspace::new(&one, &stacks).await;
    workspace.up().await.succeeds();
    assert_eq!(counted(&workspace).await, both(1));
    workspace.write(&two);
    for selection in [
        &[
            "--target",
            "**AutoDeployer::net",
            "--target",
            "**DependencyGraph::graph",
        ][..],
        &[
            "--exclude",
            "**Webhook::net->acme/app/c",
            "--exclude",
            "**Webhook::graph->acme/app/c->app/d",
        ],
    ] {
        let up = ["up", "--yes", "--skip-preview"];
        let said = workspace.pulumi(&[&up[..], selection].concat()).await;
        let said = said.succeeds();
        assert_eq!(lines(&said, &["error", "warning"]), [""; 0], "{said}");
        assert_eq!(counted(&workspace).await, both(1), "{selection:?}: {said}");
        assert!(!said.contains("null") && !said.contains("<nil>"), "{said}");
    }
    workspace.up().await.succeeds();
    assert_eq!(counted(&workspace).await, both(2));
    let outputs = workspace
        .pulumi(&["stack", "output", "--json"])
        .await
        .succeeds();
    let outputs: Value = serde_json::from_str(&outputs).expect("it is JSON");
    let n = |name: &str| outputs[name].as_array().map(Vec::len);
    assert_eq!([n("net"), n("graph")], [Some(2); 2], "{outputs}");
    assert_ne!(outputs["net"], json!(null));
}
