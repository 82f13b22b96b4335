//! `auto-deploy reconcile`.

use crate::support::{Cloud, filters};
use local_cloud::{Fault, Method, Trouble};
use serde_json::{Value, json};

const STACKS: [&str; 4] = ["network/prod", "database/prod", "cluster/prod", "app/prod"];

/// The diamond with StackReferences alone, or with webhooks as well; each was updated by hand an hour ago, and the network
/// two minutes ago, which started nothing.
async fn changed(with_webhooks: bool) -> Cloud {
    let cloud = Cloud::with_stacks(&STACKS).await;
    cloud.ago(4000);
    cloud.refers("database/prod", &["network/prod"]).await;
    cloud.refers("cluster/prod", &["network/prod"]).await;
    let above = ["database/prod", "cluster/prod"];
    cloud.refers("app/prod", &above).await;
    for (stack, ago) in STACKS.iter().zip([3600, 3580, 3560, 3540]) {
        cloud
            .by_hand(stack, "update", "succeeded", (ago, ago - 10))
            .await;
    }
    cloud
        .by_hand("network/prod", "update", "succeeded", (120, 110))
        .await;
    if with_webhooks {
        cloud.ago(100);
        cloud.hook("network/prod", "database/prod", json!({})).await;
    }
    cloud.ago(0);
    cloud
}

#[tokio::test(flavor = "multi_thread")]
async fn one_look_starts_what_may_start_and_says_why_the_rest_does_not() {
    let cloud = changed(false).await;
    let _filters = filters(&cloud);
    let said = cloud.run(&["reconcile", "--dry-run"]).await.expect(0);
    insta::assert_snapshot!(said.transcript(), @r"
    app/prod: waiting (cluster/prod is due, database/prod is due)  [CLOUD]/acme/app/prod
    cluster/prod: would be started (network/prod was updated after it)  [CLOUD]/acme/cluster/prod
    database/prod: would be started (network/prod was updated after it)  [CLOUD]/acme/database/prod
    ----- notes -----
    2 stacks would be started, 1 waiting, 0 stuck; `auto-deploy why STACK` explains one.
    ----- exit status: 0 -----
    ");
    assert_eq!(cloud.deployments().await, [""; 0], "nothing was started");
    cloud.run(&["reconcile"]).await.expect(0);
    let deployments = cloud.settled(2).await;
    assert_eq!(
        deployments,
        ["cluster/prod succeeded", "database/prod succeeded"]
    );
    cloud.run(&["reconcile"]).await.expect(0);
    let deployments = cloud.settled(3).await;
    assert_eq!(deployments[2], "app/prod succeeded");
    let said = cloud.run(&["reconcile"]).await.expect(0);
    assert_eq!(said.out, "");
    assert_eq!(cloud.settled(3).await.len(), 3, "it is at rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_watch_everything_comes_to_rest() {
    let cloud = changed(false).await;
    let said = cloud
        .run(&["reconcile", "--watch", "--json", "--pause", "50"])
        .await
        .expect(0)
        .json();
    let started: Vec<&Value> = said["started"].as_array().unwrap().iter().collect();
    let names: Vec<&str> = started
        .iter()
        .map(|started| started["stack"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["acme/cluster/prod", "acme/database/prod", "acme/app/prod"]
    );
    assert_eq!(said["stacks"], Value::Array(Vec::new()));
    assert_eq!(cloud.settled(3).await.len(), 3, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_given_time_and_starts_are_bounded() {
    let cloud = changed(true).await;
    let said = cloud
        .run(&["reconcile", "--dry-run", "--grace", "900", "--json"])
        .await
        .expect(0)
        .json();
    let next = |said: &Value| {
        let rows = said["stacks"].as_array().unwrap().clone();
        let word = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
        rows.iter()
            .map(|row| (word(row, "stack"), word(row, "next")))
            .collect::<Vec<_>>()
    };
    let expected = |rows: [(&str, &str); 3]| {
        rows.map(|(stack, next)| (format!("acme/{stack}"), next.to_owned()))
    };
    assert_eq!(
        next(&said),
        expected([
            ("app/prod", "waiting"),
            ("cluster/prod", "start"),
            ("database/prod", "left to its webhook"),
        ])
    );
    let said = cloud
        .run(&["reconcile", "--dry-run", "--max-starts", "1", "--json"])
        .await
        .expect(0)
        .json();
    assert_eq!(
        next(&said),
        expected([
            ("app/prod", "waiting"),
            ("cluster/prod", "start"),
            ("database/prod", "held back"),
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stuck_is_exit_status_1() {
    let cloud = changed(false).await;
    cloud.fails("database/prod", true).await;
    let said = cloud
        .run(&["reconcile", "--watch", "--pause", "50"])
        .await
        .expect(1);
    assert!(
        said.out
            .contains("database/prod: failed (its last run failed)"),
        "{}",
        said.out
    );
    assert!(
        said.out
            .contains("app/prod: blocked (database/prod failed)"),
        "{}",
        said.out
    );
    // The failure is not repeated.
    cloud.run(&["reconcile"]).await.expect(1);
    assert_eq!(cloud.settled(2).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_read_starts_nothing() {
    let cloud = changed(false).await;
    let path = "/api/stacks/acme/database/prod/hooks";
    let refused = Fault::on(Method::GET, path, Trouble::status(403)).times(9);
    cloud.server.app().faults().add(refused);
    let said = cloud.run(&["reconcile"]).await.expect(2);
    assert!(said.notes.contains("--incomplete"), "{}", said.notes);
    assert_eq!(cloud.deployments().await, [""; 0]);
    cloud.run(&["reconcile", "--incomplete"]).await.expect(0);
    cloud.settled(2).await;
}
