//! Events that are lost, duplicated or late: the joins compare versions, so this changes when a stack runs, and not how
//! often.

use crate::stage::{Stage, runs};
use testkit::patience::until;

/// network → database, cluster → app.
const STACKS: [&str; 4] = ["network", "database", "cluster", "app"];

/// Their graph. `{MORE}` are further properties.
const GRAPH: &str = "  graph:
    type: auto-deploy:DependencyGraph
    properties:
      strategy: joined
      dependencies:
        database/prod: [network/prod]
        cluster/prod: [network/prod]
        app/prod: [database/prod, cluster/prod]
{MORE}";

#[tokio::test(flavor = "multi_thread")]
async fn without_a_resync_the_next_event_brings_what_was_lost_and_a_repeated_one_nothing() {
    let mut stage = Stage::set(&STACKS).await;
    stage.wire(&GRAPH.replace("{MORE}", "")).await;
    stage.hears(&STACKS, false).await;
    for name in ["network", "database", "cluster"] {
        stage.by_hand(name).await;
    }
    assert_eq!(stage.settled().await, runs(&[]), "nobody was told");

    stage.hears(&["cluster"], true).await;
    stage.by_hand("cluster").await;
    let once = [("wiring", 1), ("app", 1)];
    assert_eq!(stage.settled().await, runs(&once));

    stage.count_from_now().await;
    stage.delivers_again("cluster").await;
    let ran = stage.settled().await;
    assert_eq!(ran, runs(&[("wiring", 1)]), "late, and doubled");
    let said = stage.log("wiring").await;
    let up_to_date = "app/prod is not started: up to date";
    assert!(said.contains(up_to_date), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resync_finds_what_no_event_told() {
    let mut stage = Stage::set(&STACKS).await;
    let cron = Stage::daily_cron_in(12);
    let resync = format!("      resync: '{cron}'\n");
    stage.wire(&GRAPH.replace("{MORE}", &resync)).await;
    let path = "/api/stacks/acme/wiring/prod/deployments/schedules";
    let kept = stage.api().get(path).await.succeeds();
    let kept = kept["schedules"].as_array().expect("a list").clone();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0]["scheduleCron"], cron.as_str());

    stage.hears(&STACKS, false).await;
    stage.by_hand("network").await;
    assert_eq!(stage.settled().await, runs(&[]), "nobody was told");
    for expected in [
        &[("wiring", 1), ("database", 1), ("cluster", 1)][..],
        &[("wiring", 1), ("app", 1)],
        &[("wiring", 1)],
    ] {
        stage.passes(24);
        let has_run = async || {
            let ran = stage.settled().await;
            ran.contains_key("wiring").then_some(())
        };
        until(has_run).await;
        let ran = stage.settled().await;
        assert_eq!(ran, runs(expected), "{}", stage.log("wiring").await);
        stage.count_from_now().await;
    }

    // An event is faster: the webhook gets its time, and its join starts nothing.
    stage.hears(&STACKS, true).await;
    stage.by_hand("network").await;
    let mut ran = stage.settled().await;
    let wiring = ran.remove("wiring").unwrap_or(0);
    assert!((1..=2).contains(&wiring), "{wiring}");
    assert_eq!(ran, runs(&[("database", 1), ("cluster", 1), ("app", 1)]));
}
