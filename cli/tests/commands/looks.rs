//! `auto-deploy status`, `stale` and `deliveries`.

use crate::support::{Cloud, filters};
use local_cloud::Method;
use serde_json::json;
use testkit::patience::{self, PATIENCE, until};
use tokio::time::timeout;

/// network → database → app, and network → cluster → app; updated once, ten minutes ago.
async fn updated() -> Cloud {
    let stacks = ["network/prod", "database/prod", "cluster/prod", "app/prod"];
    let cloud = Cloud::with_stacks(&stacks).await;
    for (from, to) in [
        ("network/prod", "database/prod"),
        ("network/prod", "cluster/prod"),
        ("database/prod", "app/prod"),
    ] {
        cloud.hook(from, to, json!({})).await;
    }
    cloud.ago(600);
    cloud.deploy("network/prod").await;
    cloud.settled(4).await;
    cloud
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cascade_is_shown_level_by_level() {
    let cloud = updated().await;
    let _filters = filters(&cloud);
    let said = cloud.run(&["status"]).await.expect(0);
    insta::assert_snapshot!(said.transcript(), @r"
    network/prod     succeeded  [TOOK]  [CLOUD]/acme/network/prod/deployments/1
      cluster/prod   succeeded  [TOOK]  [CLOUD]/acme/cluster/prod/deployments/1
      database/prod  succeeded  [TOOK]  [CLOUD]/acme/database/prod/deployments/1
        app/prod     succeeded  [TOOK]  [CLOUD]/acme/app/prod/deployments/1

    4 of 4 stacks up to date, in [TOOK]. Began [AGO].
    ----- exit status: 0 -----
    ");
    let said = cloud
        .run(&["status", "database/prod", "--json"])
        .await
        .expect(0);
    let said = said.json();
    assert_eq!(
        (&said["isOver"], &said["isWell"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(said["root"], "acme/database/prod");
    assert_eq!(said["stacks"][1]["stack"], "acme/app/prod");
    assert_eq!(said["stacks"][1]["runs"][0]["initiator"], "webhook");
    let said = cloud.run(&["status", "--follow", "--json"]).await.expect(0);
    let lines = said
        .out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let told: Vec<_> = lines
        .map(|line| (line["stack"].clone(), line["state"].clone()))
        .collect();
    assert_eq!(told.len(), 4, "a line for each stack, also when it is over");
    assert_eq!(told[0], (json!("acme/network/prod"), json!("succeeded")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_and_what_it_blocks_is_shown() {
    let cloud = updated().await;
    cloud.fails("database/prod", true).await;
    cloud.ago(300);
    cloud.deploy("network/prod").await;
    cloud.settled(7).await;
    let _filters = filters(&cloud);
    let said = cloud.run(&["status", "--follow"]).await.expect(1);
    insta::assert_snapshot!(said.transcript(), @r"
    network/prod     succeeded  [TOOK]  [CLOUD]/acme/network/prod/deployments/2
      cluster/prod   succeeded  [TOOK]  [CLOUD]/acme/cluster/prod/deployments/2
      database/prod  failed     [TOOK]  [CLOUD]/acme/database/prod/deployments/2
        app/prod     blocked           by database/prod

    2 of 4 stacks up to date, 2 failed, blocked or not started, in [TOOK]. Began [AGO].
    ----- exit status: 1 -----
    ");
    let said = cloud.run(&["stale"]).await.expect(1);
    insta::assert_snapshot!(said.transcript(), @r"
    STACK          STATE    BECAUSE               LAST SUCCEEDED
    app/prod       blocked  database/prod failed  [AGO]
    database/prod  failed   its last run failed   [AGO]
    ----- notes -----
    2 stacks are behind; `auto-deploy why STACK` explains one, and `auto-deploy run` brings a stack and all below it up to date.
    ----- exit status: 1 -----
    ");
    let said = cloud.run(&["stale", "--json"]).await.expect(1).json();
    let (app, database) = (&said[0], &said[1]);
    assert_eq!(app["stack"], "acme/app/prod");
    assert_eq!(app["state"], "blocked");
    assert_eq!(database["stack"], "acme/database/prod");
    assert_eq!(database["hasFailed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cascade_is_followed_line_by_line_in_a_pipe() {
    let cloud = updated().await;
    let pause = "/api/stacks/acme/app/prod/deployments/pause";
    cloud.ask(Method::POST, pause, Some(json!({}))).await;
    cloud.ago(0);
    cloud.deploy("network/prod").await;
    cloud.settled_but(1).await;
    // The test's own requests do not count.
    cloud.server.app().request_log().take();
    let following = cloud.run(&["status", "--follow"]);
    let resume = "/api/stacks/acme/app/prod/deployments/resume";
    let n_looks = || {
        let requests = cloud.server.app().request_log().take();
        let listed = |line: &String| line.contains("/api/orgs/acme/deployments");
        requests
            .iter()
            .map(ToString::to_string)
            .filter(listed)
            .count()
    };
    let resuming = async {
        // It has looked, and looked again.
        let mut n = 0;
        while n < 2 {
            patience::pause().await;
            n += n_looks();
        }
        cloud.ask(Method::POST, resume, Some(json!({}))).await;
    };
    let resuming = async { timeout(PATIENCE, resuming).await.unwrap() };
    let (said, ()) = tokio::join!(following, resuming);
    let _filters = filters(&cloud);
    let said = said.expect(0);
    assert!(
        said.out.contains("network/prod: succeeded\n"),
        "{}",
        said.out
    );
    assert!(said.out.contains("app/prod: succeeded\n"), "{}", said.out);
    assert!(
        said.out.contains("4 of 4 stacks up to date"),
        "{}",
        said.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_stale_after_a_cascade() {
    let cloud = updated().await;
    let said = cloud.run(&["stale"]).await.expect(0);
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    Every stack is up to date with those that it depends on.
    ----- exit status: 0 -----
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_cascade_without_a_run() {
    let cloud = Cloud::with_stacks(&["network/prod"]).await;
    let said = cloud.run(&["status"]).await;
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    Nothing to follow yet: no stack of `acme` that others depend on has been updated. `auto-deploy graph` shows the stacks that there are.
    ----- exit status: 0 -----
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_listed_and_repeated() {
    let cloud = Cloud::with_stacks(&["network/prod", "app/prod"]).await;
    cloud.stack("audit/prod").await;
    cloud.hook("network/prod", "app/prod", json!({})).await;
    cloud.hook("network/prod", "audit/prod", json!({})).await;
    let said = cloud.run(&["deliveries"]).await.expect(0);
    assert_eq!(
        said.notes,
        "No webhook between stacks has delivered anything yet.\n"
    );
    cloud.ago(600);
    cloud.deploy("network/prod").await;
    cloud.settled(2).await;
    let path = "/api/stacks/acme/network/prod/hooks/to-audit-prod/deliveries";
    until(async || {
        let all = cloud.ask(Method::GET, path, None).await;
        all.as_array()
            .is_some_and(|all| !all.is_empty())
            .then_some(())
    })
    .await;
    let _filters = filters(&cloud);
    let said = cloud.run(&["deliveries"]).await.expect(1);
    insta::assert_snapshot!(said.transcript(), @r"
    FROM          STARTS      ANSWER                                                                               SENT
    network/prod  audit/prod  400     stack `acme/audit/prod` has no deployment settings: nothing can be deployed  [AGO]
    network/prod  app/prod    202                                                                                  [AGO]
    ----- notes -----
    1 delivery failed; to send again what failed, add `--redeliver`.
    ----- exit status: 1 -----
    ");
    let said = cloud
        .run(&["deliveries", "--failed", "--json"])
        .await
        .expect(1)
        .json();
    assert_eq!(said.as_array().unwrap().len(), 1);
    assert_eq!(said[0]["downstream"], "acme/audit/prod");
    cloud.settings("audit/prod", json!({})).await;
    let said = cloud.run(&["deliveries", "--redeliver"]).await.expect(0);
    insta::assert_snapshot!(said.transcript(), @r"
    FROM          STARTS      ANSWER           SENT
    network/prod  audit/prod  202 this time    [AGO]
    ----- exit status: 0 -----
    ");
    assert_eq!(
        cloud.settled(3).await.last().unwrap(),
        "audit/prod succeeded"
    );
    cloud.run(&["deliveries", "--redeliver"]).await.expect(0);
    assert_eq!(
        cloud.settled(3).await.len(),
        3,
        "what was taken is not sent again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_delivery_that_is_repeated_has_an_outcome() {
    let stacks = ["network/prod", "a/prod", "b/prod", "c/prod"];
    let cloud = Cloud::with_stacks(&stacks[..1]).await;
    for stack in &stacks[1..] {
        cloud.stack(stack).await;
        cloud.hook("network/prod", stack, json!({})).await;
    }
    cloud.ago(600);
    cloud.deploy("network/prod").await;
    cloud.settled(1).await;
    for stack in &stacks[1..] {
        let name = stack.replace('/', "-");
        let path = format!("/api/stacks/acme/network/prod/hooks/to-{name}/deliveries");
        until(async || {
            let all = cloud.ask(Method::GET, &path, None).await;
            all.as_array()
                .is_some_and(|all| !all.is_empty())
                .then_some(())
        })
        .await;
        cloud.settings(stack, json!({})).await;
    }
    // The second one fails.
    let path = "/api/stacks/acme/network/prod/hooks/to-b-prod/deliveries";
    let path = {
        let all = cloud.ask(Method::GET, path, None).await;
        format!("{path}/{}/redeliver", all[0]["id"].as_str().unwrap())
    };
    let lost = local_cloud::Trouble::AnswerLost;
    cloud
        .server
        .app()
        .faults()
        .add(local_cloud::Fault::on(Method::POST, &path, lost));
    let said = cloud
        .run(&["deliveries", "--redeliver", "--json"])
        .await
        .expect(1);
    assert_eq!(cloud.server.app().faults().n_waiting(), 0, "it was met");
    let said = said.json();
    let outcome = |stack: &str| {
        let all = said.as_array().unwrap().iter();
        let mut found = all.filter(|line| line["downstream"] == format!("acme/{stack}"));
        found.next().unwrap().clone()
    };
    assert_eq!(outcome("a/prod")["redelivered"]["status"], 202);
    assert_eq!(outcome("c/prod")["redelivered"]["status"], 202);
    let lost = outcome("b/prod");
    assert!(lost["error"].is_string(), "{lost}");
}
