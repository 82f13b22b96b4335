//! `startOn: outputs`: an update that changes no output in use starts nothing.

use crate::graphs::{graph, parsed};
use crate::stage::{Runs, Stage, runs};
use local_cloud::Capability;

/// The outputs of network: a plain one and a secret one.
fn network(vpc: &str, key: &str) -> String {
    format!("outputs:\n  vpc: {vpc}\n  key:\n    fn::secret: {key}\n")
}

/// The program of a stack that reads the outputs of another one.
fn reads(upstream: &str) -> String {
    format!(
        "resources:\n  upstream:\n    type: pulumi:pulumi:StackReference\n    properties: {{name: acme/{upstream}/prod}}\n\
         outputs:\n  said: the same\n"
    )
}

/// What runs after an update of network, without the conductor.
async fn after_an_update(stage: &mut Stage) -> Runs {
    stage.count_from_now().await;
    stage.deploy("network").await;
    let mut ran = stage.settled().await;
    assert!(ran.remove("wiring").is_some_and(|n| n >= 1));
    ran
}

/// network → app → tail, which read each other, and network → cron, which reads nothing.
async fn chain(lacking: Option<Capability>) {
    let mut stage = Stage::set_without(lacking, &["network", "app", "tail", "cron"]).await;
    stage.writes("network", &network("vpc-1", "k1"));
    stage.writes("app", &reads("network"));
    stage.writes("tail", &reads("app"));
    for name in ["network", "app", "tail"] {
        stage.deploy(name).await;
        stage.settled().await;
    }
    stage.count_from_now().await;
    let graph = graph("joined", &parsed("app: network, tail: app, cron: network"));
    stage
        .wire(&format!("{graph}      startOn: outputs\n"))
        .await;

    let ran = after_an_update(&mut stage).await;
    let log = stage.log("wiring").await;
    assert_eq!(ran, runs(&[("network", 1), ("cron", 1)]), "{log}");
    let unchanged = "app/prod is not started: unchanged: no output that it reads has changed";
    assert!(log.contains(unchanged), "{log}");

    stage.writes("network", &network("vpc-2", "k1"));
    let ran = after_an_update(&mut stage).await;
    let log = stage.log("wiring").await;
    let once = [("network", 1), ("app", 1), ("cron", 1)];
    assert_eq!(ran, runs(&once), "{log}");

    stage.writes("network", &network("vpc-2", "k2"));
    let ran = after_an_update(&mut stage).await;
    let log = stage.log("wiring").await;
    assert_eq!(ran, runs(&once), "{log}");
    assert!(!log.contains("k2"), "{log}");

    let ran = after_an_update(&mut stage).await;
    assert_eq!(ran, runs(&[("network", 1), ("cron", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_held_starts_a_stack() {
    chain(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_where_outputs_are_in_states_alone() {
    chain(Some(Capability::StackOutputs)).await;
}
