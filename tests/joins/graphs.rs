//! Graphs with the strategy `joined`: each stack once for one change.

use crate::stage::{Runs, Stage};

/// A graph in YAML: each stack with those that it depends on.
pub(crate) fn graph(strategy: &str, dependencies: &[(String, Vec<String>)]) -> String {
    let line = |(stack, upstream): &(String, Vec<String>)| {
        let upstream: Vec<String> = upstream.iter().map(|name| format!("{name}/prod")).collect();
        format!("        {stack}/prod: [{}]\n", upstream.join(", "))
    };
    let lines: String = dependencies.iter().map(line).collect();
    format!(
        "  graph:\n    type: auto-deploy:DependencyGraph\n    properties:\n      strategy: {strategy}\n      dependencies:\n{lines}"
    )
}

/// Edges by downstream stack, `app: a b`.
pub(crate) fn parsed(text: &str) -> Vec<(String, Vec<String>)> {
    let one = |line: &str| {
        let (stack, upstream) = line.split_once(": ").expect("it has a colon");
        (
            stack.to_owned(),
            upstream.split(' ').map(str::to_owned).collect(),
        )
    };
    text.split(", ").map(one).collect()
}

/// All stacks, those that others depend on first.
fn stacks(dependencies: &[(String, Vec<String>)]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (stack, upstream) in dependencies {
        for name in upstream.iter().chain([stack]) {
            if !found.contains(name) {
                found.push(name.clone());
            }
        }
    }
    found
}

/// Deploys these stacks at the same time with the graph declared with `joined`; returns the runs of all stacks, and
/// separately those of the conductor.
async fn cascade(dependencies: &[(String, Vec<String>)], roots: &[&str]) -> (Runs, usize) {
    let names = stacks(dependencies);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut stage = Stage::set(&names).await;
    stage.wire(&graph("joined", dependencies)).await;
    for root in roots {
        stage.deploy(root).await;
    }
    let mut ran = stage.settled().await;
    let wiring = ran.remove("wiring").unwrap_or(0);
    (ran, wiring)
}

fn once(dependencies: &[(String, Vec<String>)]) -> Runs {
    stacks(dependencies)
        .into_iter()
        .map(|name| (name, 1))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_diamonds_in_a_row() {
    let graph = parsed("b: a, c: a, d: b c, e: d, f: d, g: e f");
    let (ran, wiring) = cascade(&graph, &["a"]).await;
    assert_eq!(ran, once(&graph));
    assert!((2..=4).contains(&wiring), "{wiring}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_needs_no_run_of_the_wiring() {
    let graph = parsed("b: a, c: a, d: b");
    let (ran, wiring) = cascade(&graph, &["a"]).await;
    assert_eq!(ran, once(&graph));
    assert_eq!(wiring, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_of_four_each_after_all_of_the_layer_above() {
    let mut graph = Vec::new();
    for (above, layer) in [("a", "b"), ("b", "c")] {
        let all: Vec<String> = (1..=4).map(|n| format!("{above}{n}")).collect();
        graph.extend((1..=4).map(|n| (format!("{layer}{n}"), all.clone())));
    }
    let (ran, _) = cascade(&graph, &["a1", "a2", "a3", "a4"]).await;
    assert_eq!(ran, once(&graph));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fan_in_of_twenty_five() {
    let all: Vec<String> = (1..=25).map(|n| format!("m{n}")).collect();
    let mut graph: Vec<_> = all
        .iter()
        .map(|name| (name.clone(), vec!["top".to_owned()]))
        .collect();
    graph.push(("bottom".to_owned(), all));
    let (ran, _) = cascade(&graph, &["top"]).await;
    assert_eq!(ran, once(&graph));
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_between_strategies_leaves_no_edge_without_a_start() {
    let dependencies = parsed("b: a, c: a, d: b c");
    let mut stage = Stage::set(&["a", "b", "c", "d"]).await;
    stage.wire(&graph("parallel", &dependencies)).await;
    for strategy in ["joined", "sequential", "joined", "parallel"] {
        stage.rewire(&graph(strategy, &dependencies));
        let watched = stage
            .watched(&["a", "b", "c"], stage.by_hand("wiring"))
            .await;
        assert!(watched > 0, "{strategy}");
        assert_eq!(
            stage.settled().await,
            Runs::new(),
            "{strategy}: moving starts nothing"
        );
        stage.deploy("a").await;
        let mut ran = stage.settled().await;
        ran.remove("wiring");
        let last = ran.remove("d").unwrap_or(0);
        assert!(
            last == 1 || strategy == "parallel" && last <= 2,
            "{strategy}: {last}"
        );
        assert_eq!(ran, ["a", "b", "c"].map(|name| (name.to_owned(), 1)).into());
        stage.count_from_now().await;
    }
}
