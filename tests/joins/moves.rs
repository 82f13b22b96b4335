//! What a graph with the strategy `joined` was before, and renamed graphs.

use crate::graphs::{graph, parsed};
use crate::stage::{Runs, Stage, runs};

/// The diamond of `a`, `b`, `c` and `d`, as a deployer for each upstream stack.
fn deployers() -> String {
    let one = |(name, downstream): (&str, &str)| {
        format!(
            "  {name}: {{type: 'auto-deploy:AutoDeployer', properties: {{project: {name}, stack: prod, downstreamRefs: [{downstream}]}}}}\n"
        )
    };
    [("a", "b/prod, c/prod"), ("b", "d/prod"), ("c", "d/prod")]
        .map(one)
        .concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn deployers_become_a_joined_graph_and_no_edge_is_without_a_start() {
    let mut stage = Stage::set(&["a", "b", "c", "d"]).await;
    stage.wire(&deployers()).await;
    let joined = graph("joined", &parsed("b: a, c: a, d: b c"));
    for (program, n_of_d) in [(joined.clone(), 1), (deployers(), 2), (joined, 1)] {
        stage.rewire(&program);
        let moved = stage.by_hand("wiring");
        assert!(stage.watched(&["a", "b", "c"], moved).await > 0);
        assert_eq!(stage.settled().await, Runs::new(), "moving starts nothing");
        stage.deploy("a").await;
        let mut ran = stage.settled().await;
        ran.remove("wiring");
        // With webhooks the last one runs after each of the two, unless the second finds it still waiting.
        let last = ran.remove("d").unwrap_or(0);
        assert!((1..=n_of_d).contains(&last), "{last}: {program}");
        assert_eq!(ran, runs(&[("a", 1), ("b", 1), ("c", 1)]));
        stage.count_from_now().await;
    }
}

/// A join that is created again takes the present versions as handled, and would forget what it still had to start.
#[tokio::test(flavor = "multi_thread")]
async fn a_graph_that_is_renamed_with_an_alias_keeps_what_its_joins_remember() {
    let dependencies = parsed("b: a, c: a, d: b c");
    for (options, n_of_d) in [("    options: {aliases: [{name: graph}]}\n", 1), ("", 0)] {
        let mut stage = Stage::set(&["a", "b", "c", "d"]).await;
        stage.wire(&graph("joined", &dependencies)).await;
        stage.hears(&["b", "c"], false).await;
        stage.deploy("a").await;
        let lost = stage.settled().await;
        assert_eq!(
            lost,
            runs(&[("a", 1), ("b", 1), ("c", 1)]),
            "nobody woke the wiring"
        );
        stage.count_from_now().await;
        let renamed = graph("joined", &dependencies).replace("  graph:", "  chain:");
        stage.rewire(&(renamed + options));
        stage.by_hand("wiring").await;
        let ran = stage.settled().await;
        assert_eq!(
            ran.get("d").copied().unwrap_or(0),
            n_of_d,
            "{options}: {ran:?}"
        );
    }
}
