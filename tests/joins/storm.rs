//! Many events at once, and a user who runs the conductor's program.

use crate::graphs::{graph, parsed};
use crate::stage::{Stage, runs};
use testkit::by_hand::ByHand;

/// network → cluster, database → app.
async fn diamond() -> Stage {
    let mut stage = Stage::set(&["network", "cluster", "database", "app"]).await;
    let edges = parsed("cluster: network, database: network, app: cluster database");
    stage.wire(&graph("joined", &edges)).await;
    stage
}

/// Ten events while the first is still being handled: one more run answers them all, and sees what was lost.
#[tokio::test(flavor = "multi_thread")]
async fn ten_events_at_once_are_two_looks_at_most() {
    let mut stage = diamond().await;
    stage.deploy("network").await;
    stage.settled().await;
    stage.count_from_now().await;
    stage.hears(&["cluster"], false).await;
    stage.deploy("cluster").await;
    assert_eq!(
        stage.settled().await,
        runs(&[("cluster", 1)]),
        "its event is lost"
    );
    stage.hears(&["cluster"], true).await;
    for _ in 0..10 {
        stage.delivers_again("database").await;
    }
    let mut ran = stage.settled().await;
    let looks = ran.remove("wiring").unwrap_or(0);
    assert!((1..=2).contains(&looks), "{looks}");
    assert_eq!(ran, runs(&[("cluster", 1), ("app", 1)]));
}

/// The deployment of an event finds the stack locked by a user's update, and fails; the next event makes up for it.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_meets_a_person_waits_for_the_next() {
    let stage = diamond().await;
    let held = ByHand::begin(&stage.api(), "acme/wiring/prod", "update").await;
    stage.deploy("network").await;
    let above = [("network", 1), ("cluster", 1), ("database", 1)];
    assert_eq!(stage.settled().await, runs(&above), "app waits");
    let log = stage.log("wiring").await;
    assert!(
        log.contains("Another update is currently in progress"),
        "{log}"
    );
    held.end(&stage.api(), "succeeded").await;
    assert_eq!(stage.settled().await, runs(&above), "nothing tells of it");
    stage.delivers_again("cluster").await;
    let mut ran = stage.settled().await;
    assert_eq!(ran.remove("wiring"), Some(1));
    assert_eq!(ran, runs(&[&above[..], &[("app", 1)]].concat()));
}
