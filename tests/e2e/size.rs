//! The size of states: the engine writes the whole state twice for each resource.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use testkit::workspace::Workspace;

/// A graph of `AutoDeployer`s: each stack with its dependents.
type Graph = Vec<(String, Vec<String>)>;

/// Layers of stacks, in which all stacks of the next layer depend on each stack.
fn layers(sizes: &[usize]) -> Graph {
    let name = |layer: usize, place: usize| format!("s{layer}x{place}");
    let of_layer = |layer: usize| {
        let n_below = sizes.get(layer + 1).copied().unwrap_or(0);
        let below: Vec<String> = (0..n_below).map(|place| name(layer + 1, place)).collect();
        (0..sizes[layer]).map(move |place| (name(layer, place), below.clone()))
    };
    (0..sizes.len()).flat_map(of_layer).collect()
}

fn program(graph: &Graph) -> String {
    let mut text = "name: wiring\nruntime: yaml\nresources:\n".to_owned();
    for (name, below) in graph {
        let below: Vec<String> = below.iter().map(|name| format!("{name}/prod")).collect();
        let _ = write!(
            text,
            "  {name}:\n    type: auto-deploy:AutoDeployer\n    properties:\n      project: {name}\n      stack: prod\n      \
             downstreamRefs: [{}]\n      checks: 'off'\n",
            below.join(", ")
        );
    }
    text
}

/// The bytes of the state, and the average of a resource of each of our types.
async fn sizes(graph: &Graph) -> (usize, BTreeMap<String, usize>) {
    let stacks: Vec<String> = graph
        .iter()
        .map(|(name, _)| format!("acme/{name}/prod"))
        .collect();
    let stacks: Vec<&str> = stacks.iter().map(String::as_str).collect();
    let workspace = Workspace::new(&program(graph), &stacks).await;
    workspace.up().await.succeeds();
    let state = workspace.pulumi(&["stack", "export"]).await.succeeds();
    let state: Value = serde_json::from_str(&state).expect("a state");
    let resources = state["deployment"]["resources"].as_array().expect("a list");
    let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for resource in resources {
        let kind = resource["type"].as_str().expect("a text");
        if let Some(kind) = kind.strip_prefix("auto-deploy:index:") {
            found
                .entry(kind.to_owned())
                .or_default()
                .push(resource.to_string().len());
        }
    }
    let average =
        |(kind, sizes): (String, Vec<usize>)| (kind, sizes.iter().sum::<usize>() / sizes.len());
    (
        state.to_string().len(),
        found.into_iter().map(average).collect(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_has_what_it_needs_and_no_more() {
    for (shape, whole, webhook, deployer) in [
        (layers(&[4, 4, 4]), 50_500, 1_180, 850),
        (layers(&[1, 20]), 42_000, 1_180, 850),
        (layers(&[1; 10]), 20_500, 1_180, 850),
    ] {
        let (bytes, kinds) = sizes(&shape).await;
        let n = shape.len();
        assert!(bytes <= whole, "{n} stacks: {bytes} bytes");
        assert!(kinds["Webhook"] <= webhook, "{n} stacks: {kinds:?}");
        assert!(kinds["AutoDeployer"] <= deployer, "{n} stacks: {kinds:?}");
    }
}
