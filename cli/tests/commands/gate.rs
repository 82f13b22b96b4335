//! `auto-deploy run` when something outside of the run holds back one of its stacks.

use crate::support::{Cloud, filters};
use crate::troubles::end;
use serde_json::json;
use testkit::patience::until;

/// The command that every test runs.
const RUN: [&str; 4] = ["run", "base/prod", "--org", "acme"];

/// base → app, and other → app: the run is asked for the base.
async fn two_above() -> Cloud {
    let cloud = Cloud::with_stacks(&["base/prod", "other/prod", "app/prod"]).await;
    cloud.refers("app/prod", &["base/prod", "other/prod"]).await;
    for (n, stack) in ["base/prod", "other/prod", "app/prod"].iter().enumerate() {
        cloud.deploy(stack).await;
        cloud.settled(i64::try_from(n).unwrap() + 1).await;
    }
    cloud
}

/// How often the app was deployed by now.
async fn n_app(cloud: &Cloud) -> usize {
    let all = cloud.deployments().await;
    all.iter().filter(|it| it.starts_with("app/prod")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_waits_for_an_update_above_it_that_someone_else_runs() {
    let cloud = two_above().await;
    let by_hand = cloud.begin("other/prod", "update").await;
    let run = cloud
        .command(&[&RUN[..], &["--all"]].concat())
        .spawn()
        .unwrap();
    // The base has run, and the app has had enough time to be started by mistake.
    until(async || (cloud.deployments().await.len() == 4).then_some(())).await;
    cloud.server.app().request_log().take();
    let mut n_asked = 0;
    until(async || {
        let log = cloud.server.app().request_log().take();
        let asks = log
            .iter()
            .filter(|it| it.to_string().contains("other/prod/updates"));
        n_asked += asks.count();
        (n_asked > 2).then_some(())
    })
    .await;
    assert_eq!(n_app(&cloud).await, 1, "it waits");
    cloud.end(by_hand, "succeeded").await;
    let said = end(run).await.expect(0);
    assert!(
        said.out
            .contains("app/prod: waiting (because other/prod is running)"),
        "{}",
        said.out
    );
    assert!(said.out.contains("2 stacks succeeded."), "{}", said.out);
    assert_eq!(n_app(&cloud).await, 2);
    let stale = cloud.run(&["stale", "--json"]).await.expect(0);
    assert_eq!(stale.json(), json!([]), "it ran after both");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_for_someone_else_is_bounded() {
    let cloud = two_above().await;
    let by_hand = cloud.begin("other/prod", "update").await;
    let arguments = ["run", "base/prod", "--all", "--patience", "1"];
    let said = cloud.run(&arguments).await.expect(1);
    let _filters = filters(&cloud);
    let text: Vec<&str> = said
        .out
        .lines()
        .skip_while(|line| !line.is_empty())
        .skip(1)
        .collect();
    insta::assert_snapshot!(text.join("\n"), @r"
    1 stack succeeded.
    Failed: app/prod
      not started, because other/prod is running
    Fix the cause, then run this again: it continues where it stopped.
    ");
    cloud.end(by_hand, "succeeded").await;
    assert_eq!(n_app(&cloud).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_runs_below_a_failure_that_is_not_part_of_the_run() {
    let cloud = two_above().await;
    cloud.fails("other/prod", true).await;
    cloud.deploy("other/prod").await;
    cloud.settled(4).await;
    let said = cloud.run(&["run", "base/prod", "--all"]).await.expect(1);
    let _filters = filters(&cloud);
    let text: Vec<&str> = said
        .out
        .lines()
        .filter(|line| !line.starts_with("base"))
        .collect();
    insta::assert_snapshot!(text.join("\n"), @r"
    app/prod: skipped (because other/prod failed)

    1 stack succeeded.
    Skipped, and not up to date: app/prod.
    ");
    assert_eq!(n_app(&cloud).await, 1);
    // The user has asked for this stack.
    cloud.run(&["run", "app/prod"]).await.expect(0);
    assert_eq!(n_app(&cloud).await, 2);
}
