//! `auto-deploy run`.

use crate::support::{Cloud, filters};
use local_cloud::{Fault, Method, Trouble};
use rustix::process::Signal;
use serde_json::json;
use std::time::Duration;
use testkit::patience::until;
use testkit::process::send;

const STACKS: [&str; 4] = ["network/prod", "database/prod", "cluster/prod", "app/prod"];

/// network → database, cluster → app.
const EDGES: [(&str, &str); 4] = [
    ("network/prod", "database/prod"),
    ("network/prod", "cluster/prod"),
    ("database/prod", "app/prod"),
    ("cluster/prod", "app/prod"),
];

/// The diamond with StackReferences alone.
async fn by_references() -> Cloud {
    let cloud = Cloud::with_stacks(&STACKS).await;
    cloud.refers("database/prod", &["network/prod"]).await;
    cloud.refers("cluster/prod", &["network/prod"]).await;
    cloud
        .refers("app/prod", &["database/prod", "cluster/prod"])
        .await;
    // An import counts as an update long ago.
    cloud
}

/// The diamond with working webhooks.
async fn by_webhooks() -> Cloud {
    let cloud = Cloud::with_stacks(&STACKS).await;
    for (from, to) in EDGES {
        cloud.hook(from, to, json!({})).await;
    }
    cloud
}

/// Whether each stack was deployed once, app last.
#[track_caller]
fn assert_in_order(deployments: &[String]) {
    let mut sorted = deployments.to_owned();
    sorted.sort();
    let all =
        ["app", "cluster", "database", "network"].map(|name| format!("{name}/prod succeeded"));
    assert_eq!(sorted, all);
    assert_eq!(deployments[0], "network/prod succeeded");
    assert_eq!(deployments[3], "app/prod succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_diamond_of_references_runs_each_stack_once() {
    let cloud = by_references().await;
    let said = cloud.run(&["run", "network/prod", "--all"]).await.expect(0);
    assert_in_order(&cloud.settled(4).await);
    let _filters = filters(&cloud);
    let last: Vec<_> = said.out.lines().rev().take(3).collect();
    insta::assert_snapshot!(last.join("\n"), @r"
    4 stacks succeeded.

    app/prod: succeeded in [TOOK]  [CLOUD]/acme/app/prod/deployments/1
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_diamond_of_webhooks_runs_each_stack_once() {
    let cloud = by_webhooks().await;
    let said = cloud.run(&["run", "network/prod"]).await.expect(0);
    let deployments = cloud.settled(4).await;
    let ran: Vec<String> = deployments
        .into_iter()
        .filter(|deployment| !deployment.ends_with("cancelled"))
        .collect();
    assert_in_order(&ran);
    assert!(!cloud.is_paused("app/prod").await, "the pause has ended");
    assert!(said.out.ends_with("4 stacks succeeded.\n"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_pause_a_repeated_run_is_told() {
    let cloud = by_webhooks().await;
    let said = cloud
        .run(&["run", "network/prod", "--no-hold"])
        .await
        .expect(0);
    assert_eq!(cloud.settled(5).await.len(), 5);
    assert!(
        said.out
            .ends_with("app/prod ran 2 times: a webhook started it as well.\n"),
        "{}",
        said.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_runs_below_a_failure_and_a_second_run_goes_on_from_there() {
    for cloud in [by_references().await, by_webhooks().await] {
        cloud.fails("database/prod", true).await;
        let said = cloud.run(&["run", "network/prod", "--all"]).await.expect(1);
        let deployments = cloud.settled(3).await;
        let ran = |deployments: &[String], stack: &str| {
            let ran = deployments.iter().filter(|deployment| {
                deployment.starts_with(stack) && !deployment.ends_with("cancelled")
            });
            ran.count()
        };
        assert_eq!(ran(&deployments, "app"), 0, "{deployments:?}");
        assert!(!cloud.is_paused("app/prod").await);
        let end: Vec<_> = said
            .out
            .lines()
            .skip_while(|line| !line.is_empty())
            .collect();
        insta::allow_duplicates! {
            let _filters = filters(&cloud);
            insta::assert_snapshot!(end.join("\n"), @r"

            2 stacks succeeded.
            Failed: database/prod  [CLOUD]/acme/database/prod/deployments/1
              the update was simulated, and failed
            Skipped, and not up to date: app/prod.
            Fix the cause, then run this again: it continues where it stopped.
            ");
        }

        cloud.fails("database/prod", false).await;
        let said = cloud.run(&["run", "network/prod"]).await.expect(0);
        let deployments = cloud.settled(5).await;
        let counts =
            ["network", "cluster", "database", "app"].map(|stack| ran(&deployments, stack));
        assert_eq!(counts, [1, 1, 2, 1], "{deployments:?}");
        assert_eq!(
            said.notes,
            "Continuing: 2 stacks are up to date and left out; `--all` runs everything.\n"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_deployed_has_failed_and_says_why() {
    let cloud = by_references().await;
    cloud
        .ask(
            Method::DELETE,
            "/api/stacks/acme/database/prod/deployments/settings",
            None,
        )
        .await;
    let said = cloud.run(&["run", "network/prod", "--all"]).await.expect(1);
    let line = said.out.lines().find(|line| line.starts_with("database"));
    let _filters = filters(&cloud);
    insta::assert_snapshot!(line.unwrap(), @"database/prod: failed (could not start an update of the stack `acme/database/prod`: [CLOUD] (named by PULUMI_API) answered 400 Bad Request (Bad Request: stack `acme/database/prod` has no deployment settings: nothing can be deployed))");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_whose_answer_is_lost_is_not_repeated() {
    let cloud = by_references().await;
    let path = "/api/stacks/acme/network/prod/deployments";
    cloud
        .server
        .app()
        .faults()
        .add(Fault::on(Method::POST, path, Trouble::AnswerLost));
    cloud.run(&["run", "network/prod", "--all"]).await.expect(0);
    assert_in_order(&cloud.settled(4).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_has_another_name_and_parts_run_too() {
    let cloud = by_webhooks().await;
    let said = cloud.run(&["run", "network/prod", "--preview"]).await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: `run --preview` is now `auto-deploy preview network/prod`: it shows what a change would do below as well
    ----- exit status: 2 -----
    ");
    assert_eq!(cloud.deployments().await, [""; 0]);
    cloud.run(&["run", "network/prod"]).await.expect(0);
    let said = cloud
        .run(&["run", "database/prod", "--downstream-only", "--json"])
        .await
        .expect(0)
        .json();
    let stacks = said["stacks"].as_array().unwrap();
    assert_eq!(stacks.len(), 1);
    assert_eq!(stacks[0]["stack"], "acme/app/prod");
    assert_eq!(stacks[0]["state"], "succeeded");
    assert_eq!(stacks[0]["deployments"][0]["status"], "succeeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_ends_the_pause() {
    let cloud = by_webhooks().await;
    let path = "/api/stacks/acme/network/prod/deployments";
    let late = Trouble::Delay(Duration::from_mins(1));
    cloud
        .server
        .app()
        .faults()
        .add(Fault::on(Method::POST, path, late));
    let mut child = cloud
        .command(&["run", "network/prod", "--org", "acme"])
        .spawn()
        .unwrap();
    until(async || cloud.is_paused("app/prod").await.then_some(())).await;
    send(Signal::INT, &child);
    let ended = tokio::task::spawn_blocking(move || child.wait().unwrap());
    assert_eq!(ended.await.unwrap().code(), Some(130));
    assert!(!cloud.is_paused("app/prod").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_wait_for_ever_is_refused() {
    let cloud = by_webhooks().await;
    let _filters = filters(&cloud);
    cloud
        .ask(
            Method::POST,
            "/api/stacks/acme/app/prod/deployments/pause",
            Some(json!({})),
        )
        .await;
    let said = cloud.run(&["run", "network/prod"]).await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: the deployments of `app/prod` are paused, and not by a run: resume them ([CLOUD]/acme/app/prod), or run this again with `--resume`
    ----- exit status: 2 -----
    ");
    cloud
        .run(&["run", "network/prod", "--resume"])
        .await
        .expect(0);
    let said = cloud.run(&["run", "gone/prod"]).await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: there is no stack `acme/gone/prod`, or the access token may not see it; `auto-deploy graph --org acme` lists those that there are
    ----- exit status: 2 -----
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cycle_has_no_order() {
    let cloud = Cloud::with_stacks(&["a/prod", "b/prod"]).await;
    cloud.hook("a/prod", "b/prod", json!({})).await;
    cloud.hook("b/prod", "a/prod", json!({})).await;
    let said = cloud.run(&["run", "a/prod"]).await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: these stacks wait for each other, so there is no order to run them in: a/prod → b/prod → a/prod; remove one of these edges first
    ----- exit status: 2 -----
    ");
}
