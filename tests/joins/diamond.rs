//! A diamond whose bottom is joined by a `Join` and two wake-up webhooks.

use crate::stage::{Stage, runs};

/// network → database, cluster by webhooks; app by a Join.
const WIRING: &str = "  network:
    type: auto-deploy:AutoDeployer
    properties: {project: network, stack: prod, downstreamRefs: [database/prod, cluster/prod]}
  app:
    type: auto-deploy:Join
    properties: {project: app, stack: prod, upstreamRefs: [database/prod, cluster/prod]}
  wake-up-database:
    type: auto-deploy:Webhook
    properties: {displayName: wake-up, projectName: database, stackName: prod, format: pulumi_deployments, payloadUrl: wiring/prod}
  wake-up-cluster:
    type: auto-deploy:Webhook
    properties: {displayName: wake-up, projectName: cluster, stackName: prod, format: pulumi_deployments, payloadUrl: wiring/prod}
";

const STACKS: [&str; 4] = ["network", "database", "cluster", "app"];

#[tokio::test(flavor = "multi_thread")]
async fn the_bottom_runs_once_after_both() {
    let mut stage = Stage::set(&STACKS).await;
    stage.wire(WIRING).await;
    stage.deploy("network").await;
    let mut ran = stage.settled().await;
    let wiring = ran.remove("wiring").unwrap_or(0);
    assert!((1..=2).contains(&wiring), "{wiring}");
    let once = [("network", 1), ("database", 1), ("cluster", 1), ("app", 1)];
    assert_eq!(ran, runs(&once), "{}", stage.log("wiring").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_blocks_the_bottom_until_a_person_has_fixed_it() {
    let mut stage = Stage::set(&STACKS).await;
    stage.wire(WIRING).await;
    stage.breaks("database");
    stage.deploy("network").await;
    let mut ran = stage.settled().await;
    ran.remove("wiring");
    assert_eq!(ran, runs(&[("network", 1), ("cluster", 1)]));
    let said = stage.log("wiring").await;
    assert!(
        said.contains("app/prod is not started: blocked by database/prod (failed)"),
        "{said}"
    );
    stage.mends("database");
    stage.by_hand("database").await;
    let mut ran = stage.settled().await;
    ran.remove("wiring");
    assert_eq!(ran, runs(&[("network", 1), ("cluster", 1), ("app", 1)]));
}
