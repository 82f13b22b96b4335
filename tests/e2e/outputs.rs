//! States from before the lists of a webhook were always in its outputs.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::workspace::{Workspace, lines};

const PROGRAM: &str = "\
name: seed
runtime: yaml
resources:
  events: {type: 'auto-deploy:Webhook', properties: {organizationName: acme, displayName: events, payloadUrl: 'https://example.com/in'}}
  edge:
    type: auto-deploy:Webhook
    properties: {organizationName: acme, projectName: app, stackName: a, displayName: edge, format: pulumi_deployments, payloadUrl: app/b}
";

/// The webhooks of a state: their names, and their empty lists among the outputs.
fn empty_lists(state: &Value) -> Vec<String> {
    let resources = state["deployment"]["resources"].as_array().expect("a list");
    let webhooks = resources
        .iter()
        .filter(|it| it["type"] == "auto-deploy:index:Webhook");
    let mut found = Vec::new();
    for webhook in webhooks {
        let outputs = webhook["outputs"].as_object().expect("it has some");
        let empty = outputs.iter().filter(|(_, value)| **value == json!([]));
        let name = webhook["inputs"]["displayName"].as_str().expect("a text");
        found.extend(empty.map(|(output, _)| format!("{name}: {output}")));
    }
    found.sort();
    found
}

async fn state(workspace: &Workspace) -> Value {
    let said = workspace.pulumi(&["stack", "export"]).await.succeeds();
    serde_json::from_str(&said).expect("it is JSON")
}

/// Removes the empty lists from the outputs in the state, where an earlier plugin did not put them.
async fn go_back(workspace: &Workspace) {
    let mut state = state(workspace).await;
    let resources = state["deployment"]["resources"].as_array_mut();
    for resource in resources.expect("a list") {
        if let Some(outputs) = resource["outputs"].as_object_mut() {
            outputs.retain(|_, value| *value != json!([]));
        }
    }
    let file = workspace.path("state.json");
    std::fs::write(&file, state.to_string()).expect("it is written");
    let file = file.display().to_string();
    let import = ["stack", "import", "--file", &file];
    workspace.pulumi(&import).await.succeeds();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_without_lists_gets_them_without_a_change() {
    let workspace = Workspace::new(PROGRAM, &["acme/app/a", "acme/app/b"]).await;
    workspace.up().await.succeeds();
    let made = state(&workspace).await;
    let wanted = ["edge: groups", "events: filters"];
    assert_eq!(empty_lists(&made), wanted);
    go_back(&workspace).await;
    assert_eq!(empty_lists(&state(&workspace).await), [""; 0]);
    workspace.requests();

    let up = ["up", "--yes", "--skip-preview", "--expect-no-changes"];
    let said = workspace.pulumi(&up).await.succeeds();
    assert_eq!(lines(&said, &["~", "+", "-"]), [""; 0], "{said}");
    assert_eq!(workspace.requests(), [""; 0], "the cloud is not asked");
    assert_eq!(empty_lists(&state(&workspace).await), [""; 0]);

    let refresh = ["refresh", "--yes", "--diff", "--expect-no-changes"];
    let said = workspace.pulumi(&refresh).await.succeeds();
    assert_eq!(lines(&said, &["~", "+", "-"]), [""; 0], "{said}");
    let refreshed = state(&workspace).await;
    assert_eq!(empty_lists(&refreshed), wanted, "a refresh fills them in");
    assert_eq!(resources(&refreshed), resources(&made));

    go_back(&workspace).await;
    workspace.write(&PROGRAM.replace("displayName: edge", "displayName: edges"));
    workspace.up().await.succeeds();
    let written = state(&workspace).await;
    assert_eq!(
        empty_lists(&written),
        ["edges: groups"],
        "and so does a write"
    );
}

/// The inputs and outputs of each resource of a state.
fn resources(state: &Value) -> BTreeMap<&str, [&Value; 2]> {
    let resources = state["deployment"]["resources"].as_array().expect("a list");
    let urns = resources
        .iter()
        .map(|it| it["urn"].as_str().expect("a text"));
    let parts = resources.iter().map(|it| [&it["inputs"], &it["outputs"]]);
    urns.zip(parts).collect()
}
