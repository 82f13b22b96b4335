//! The states of stacks in cases of the first day: each with what every command says about it.

use crate::support::{Cloud, Said, filters};
use local_cloud::Method;
use serde_json::{Value, json};

/// These stacks with these edges, all with webhooks; each was updated by hand, one after another, an hour ago.
async fn settled(stacks: &[&str], edges: &[(&str, &str)]) -> Cloud {
    let cloud = Cloud::with_stacks(stacks).await;
    for (stack, ago) in stacks.iter().zip((0..).map(|place| 3600 - 20 * place)) {
        cloud
            .by_hand(stack, "update", "succeeded", (ago, ago - 10))
            .await;
    }
    for (from, to) in edges {
        cloud.hook(from, to, json!({})).await;
    }
    cloud
}

const CHAIN: [&str; 3] = ["network/prod", "database/prod", "app/prod"];
const ALONG: [(&str, &str); 2] = [
    ("network/prod", "database/prod"),
    ("database/prod", "app/prod"),
];

/// The same chain, where nothing starts automatically: the stacks are paused.
async fn still() -> Cloud {
    let cloud = settled(&CHAIN, &ALONG).await;
    let pause = "/api/orgs/acme/deployments/pause";
    cloud.ask(Method::POST, pause, Some(json!({}))).await;
    cloud
}

/// What the commands say about a stack, which must agree: its state in `graph`, and `why`'s answer.
async fn agreed(cloud: &Cloud, stack: &str) -> Value {
    let graph = cloud.run(&["graph", "--json"]).await.expect(0).json();
    let full = format!("acme/{stack}");
    let drawn = graph["stacks"].as_array().unwrap().iter();
    let drawn = drawn.clone().find(|drawn| drawn["stack"] == full).unwrap();
    let why = cloud.run(&["why", stack, "--json"]).await;
    let said = why.json();
    assert_eq!(drawn["state"], said["state"], "{}", why.transcript());
    assert_eq!(drawn["because"], said["because"], "{}", why.transcript());
    let stale = cloud.run(&["stale", "--json"]).await.json();
    let is_listed = stale
        .as_array()
        .unwrap()
        .iter()
        .any(|listed| listed["stack"] == full);
    assert_eq!(drawn["isBehind"], is_listed, "{}", why.transcript());
    assert_eq!(why.status, i32::from(is_listed), "{}", why.transcript());
    said
}

fn states(said: &Said) -> Vec<(String, String)> {
    let rows = said.json()["stacks"].as_array().unwrap().clone();
    let word = |row: &Value, key: &str| row[key].as_str().unwrap().replace("acme/", "");
    rows.iter()
        .map(|row| (word(row, "stack"), word(row, "state")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_judged_by_when_it_began() {
    let cloud = still().await;
    // The database's update has read the network's output and is slow; the network is updated meanwhile.
    cloud.ago(300);
    let slow = cloud.begin("database/prod", "update").await;
    cloud
        .by_hand("network/prod", "update", "succeeded", (295, 290))
        .await;
    cloud.ago(280);
    cloud.end(slow, "succeeded").await;
    let said = cloud.run(&["stale"]).await.expect(1);
    let _filters = filters(&cloud);
    insta::assert_snapshot!(said.transcript(), @r"
    STACK          STATE    BECAUSE                             LAST SUCCEEDED
    app/prod       waiting  database/prod was updated after it  [AGO]
    database/prod  paused   network/prod was updated after it   [AGO]
    ----- notes -----
    2 stacks are behind; `auto-deploy why STACK` explains one, and `auto-deploy run` brings a stack and all below it up to date.
    ----- exit status: 1 -----
    ");
    assert_eq!(agreed(&cloud, "database/prod").await["isDue"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newest_update_by_hand_that_failed_is_a_failure() {
    let cloud = settled(&CHAIN, &ALONG).await;
    cloud
        .by_hand("network/prod", "update", "failed", (200, 190))
        .await;
    let _filters = filters(&cloud);
    let said = cloud.run(&["stale"]).await.expect(1);
    // It says when it last succeeded, and not that it never did.
    insta::assert_snapshot!(said.transcript(), @r"
    STACK          STATE    BECAUSE              LAST SUCCEEDED
    app/prod       blocked  network/prod failed  [AGO]
    database/prod  blocked  network/prod failed  [AGO]
    network/prod   failed   its last run failed  [AGO]
    ----- notes -----
    3 stacks are behind; `auto-deploy why STACK` explains one, and `auto-deploy run` brings a stack and all below it up to date.
    ----- exit status: 1 -----
    ");
    let said = cloud.run(&["status"]).await.expect(1);
    insta::assert_snapshot!(said.transcript(), @r"
    network/prod     failed   [TOOK]
      database/prod  blocked        by network/prod
        app/prod     blocked        by database/prod

    0 of 3 stacks up to date, 3 failed, blocked or not started, in [TOOK]. Began [AGO].
    ----- exit status: 1 -----
    ");
    let said = cloud.run(&["why", "app/prod"]).await.expect(1);
    insta::assert_snapshot!(said.transcript(), @r"
    app/prod is blocked: network/prod failed [AGO].

    due                    no         its last update began [AGO] and succeeded
      database/prod        seen       version 1, [AGO]
    ready                  no
      database/prod        held back  network/prod failed
    free                   yes
      deployment settings  yes
      paused               no
      queued               no
      running              no

    Next: fix network/prod ([CLOUD]/acme/network/prod), then update it: `auto-deploy run network/prod` updates all below it as well.
    ----- exit status: 1 -----
    ");
    for stack in CHAIN {
        agreed(&cloud, stack).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_or_an_import_upstream_changes_nothing() {
    let cloud = settled(&CHAIN, &ALONG).await;
    cloud
        .by_hand("network/prod", "refresh", "succeeded", (200, 190))
        .await;
    cloud.ago(100);
    cloud.refers("network/prod", &[]).await;
    cloud.run(&["stale"]).await.expect(0);
    for stack in CHAIN {
        assert_eq!(agreed(&cloud, stack).await["state"], "up to date");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_destroyed_blocks_what_depends_on_it() {
    let cloud = settled(&CHAIN, &ALONG).await;
    cloud
        .by_hand("network/prod", "destroy", "succeeded", (200, 190))
        .await;
    let _filters = filters(&cloud);
    let said = cloud.run(&["stale"]).await.expect(1);
    insta::assert_snapshot!(said.transcript(), @r"
    STACK          STATE    BECAUSE                     LAST SUCCEEDED
    app/prod       blocked  network/prod was destroyed  [AGO]
    database/prod  blocked  network/prod was destroyed  [AGO]
    ----- notes -----
    2 stacks are behind; `auto-deploy why STACK` explains one, and `auto-deploy run` brings a stack and all below it up to date.
    ----- exit status: 1 -----
    ");
    assert_eq!(agreed(&cloud, "network/prod").await["state"], "destroyed");
    let app = agreed(&cloud, "app/prod").await;
    assert_eq!(app["roots"][0]["stack"], "acme/network/prod");
    assert_eq!(app["roots"][0]["state"], "destroyed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_is_the_update_that_led_to_the_newest_run() {
    let others = ["x/prod", "y/prod"];
    let stacks = [CHAIN.as_slice(), others.as_slice()].concat();
    let edges = [ALONG.as_slice(), &[("x/prod", "y/prod")]].concat();
    let cloud = settled(&stacks, &edges).await;
    // Something else happened a while ago.
    cloud.ago(1140);
    cloud.deploy("x/prod").await;
    cloud.settled(2).await;
    // Right after `up` of the network.
    cloud
        .by_hand("network/prod", "update", "succeeded", (100, 90))
        .await;
    cloud.settled(4).await;
    let expected = [
        ("network/prod", "succeeded"),
        ("database/prod", "succeeded"),
        ("app/prod", "succeeded"),
    ];
    let expected = expected.map(|(stack, state)| (stack.to_owned(), state.to_owned()));
    for _ in 0..3 {
        let said = cloud.run(&["status", "--json"]).await.expect(0);
        assert_eq!(said.json()["root"], "acme/network/prod");
        assert_eq!(states(&said), expected, "the same at each call");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_run_that_failed_the_failed_stack_is_shown_below_its_root() {
    let cloud = settled(&CHAIN, &ALONG).await;
    cloud.ago(0);
    cloud.fails("database/prod", true).await;
    cloud.run(&["run", "network/prod"]).await.expect(1);
    for _ in 0..2 {
        let said = cloud.run(&["status", "--json"]).await.expect(1);
        let expected = [
            ("network/prod", "succeeded"),
            ("database/prod", "failed"),
            ("app/prod", "blocked"),
        ];
        let expected = expected.map(|(stack, state)| (stack.to_owned(), state.to_owned()));
        assert_eq!(states(&said), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_is_found_however_many_deployments_came_after_it() {
    let cloud = settled(
        &["old/prod", "new/prod", "busy/prod"],
        &[("old/prod", "new/prod")],
    )
    .await;
    cloud.ago(400);
    cloud.deploy("old/prod").await;
    cloud.settled(2).await;
    cloud.ago(40);
    for _ in 0..250 {
        cloud.deploy("busy/prod").await;
    }
    cloud.settled(252).await;
    cloud.server.app().request_log().take();
    let said = cloud.run(&["status", "old/prod", "--json"]).await.expect(0);
    assert_eq!(said.json()["root"], "acme/old/prod");
    let expected = [("old/prod", "succeeded"), ("new/prod", "succeeded")];
    let expected = expected.map(|(stack, state)| (stack.to_owned(), state.to_owned()));
    assert_eq!(states(&said), expected);
    let requests = cloud.server.app().request_log().take();
    let pages = requests
        .iter()
        .filter(|request| request.to_string().contains("/api/orgs/acme/deployments"));
    assert!(pages.count() <= 4, "two stacks are asked for sooner");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_webhook_starts_is_said_at_once() {
    let cloud = settled(&CHAIN, &ALONG[..1]).await;
    cloud.ago(200);
    cloud.refers("app/prod", &["database/prod"]).await;
    cloud.ago(0);
    cloud.deploy("network/prod").await;
    cloud.settled(2).await;
    let said = cloud
        .run(&["status", "network/prod", "--follow"])
        .await
        .expect(0);
    let _filters = filters(&cloud);
    insta::assert_snapshot!(said.transcript(), @r"
    network/prod     succeeded  [TOOK]  [CLOUD]/acme/network/prod/deployments/1
      database/prod  succeeded  [TOOK]  [CLOUD]/acme/database/prod/deployments/1
        app/prod     due               no webhook starts it

    2 of 3 stacks up to date, in [TOOK]. Began [AGO].
    ----- exit status: 0 -----
    ");
    cloud.run(&["check"]).await.expect(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_wiring_alone_there_is_nothing_to_follow_yet() {
    let cloud = settled(&CHAIN, &[]).await;
    cloud
        .by_hand("network/prod", "update", "succeeded", (200, 190))
        .await;
    cloud.ago(100);
    for (from, to) in ALONG {
        cloud.hook(from, to, json!({})).await;
    }
    cloud.ago(0);
    let said = cloud
        .run(&["status", "network/prod", "--follow"])
        .await
        .expect(0);
    let _filters = filters(&cloud);
    insta::assert_snapshot!(said.transcript(), @r"
    network/prod     succeeded  [TOOK]
      database/prod  due              no webhook has sent anything since network/prod was updated
        app/prod     waiting          for database/prod

    1 of 3 stacks up to date, in [TOOK]. Began [AGO].
    ----- notes -----
    Nothing to follow yet: no stack was started by the last update of network/prod.
    ----- exit status: 0 -----
    ");
    // On request, it waits for the next one.
    let follow = ["status", "network/prod", "--follow", "--wait"];
    let n_looks = std::sync::atomic::AtomicUsize::new(0);
    let update = async {
        // It has looked, and looks again.
        testkit::patience::until(async || {
            let log = cloud.server.app().request_log().take();
            let lists = log
                .iter()
                .filter(|it| it.to_string().contains("/api/user/stacks"));
            let n = lists.count();
            let before = n_looks.fetch_add(n, std::sync::atomic::Ordering::SeqCst);
            (before + n > 1).then_some(())
        })
        .await;
        cloud.deploy("network/prod").await;
    };
    cloud.server.app().request_log().take();
    let (said, ()) = tokio::join!(cloud.run(&follow), update);
    let said = said.expect(0);
    // Whether it ended before the next look or after it.
    let is_over = said.out.contains("3 of 3 stacks up to date");
    assert!(is_over, "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_findings_are_marks_and_counts() {
    let stacks: Vec<String> = (0..60).map(|n| format!("p{n:02}/prod")).collect();
    let stacks: Vec<&str> = stacks.iter().map(String::as_str).collect();
    let cloud = Cloud::with_stacks(&stacks).await;
    for stack in &stacks {
        cloud.refers(stack, &[]).await;
    }
    // References without a webhook: a warning for each.
    for pair in stacks.windows(2).step_by(3) {
        cloud.refers(pair[1], &[pair[0]]).await;
    }
    let said = cloud.run(&["graph"]).await.expect(0);
    assert_eq!(said.out.lines().count(), 60, "{}", said.out);
    assert_eq!(
        said.notes,
        "20 warnings; `auto-deploy check` explains them.\n"
    );
    let said = cloud.run(&["graph", "--findings"]).await.expect(0);
    assert_eq!(said.out.matches("refers to").count(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_without_stacks_is_an_error() {
    let cloud = Cloud::with_stacks(&["network/prod"]).await;
    for arguments in [
        ["graph", "--project", "netwrok"],
        ["graph", "--stack", "prd"],
    ] {
        let said = cloud.run(&arguments).await.expect(2);
        assert!(said.notes.contains("has no such stack"), "{}", said.notes);
    }
    let said = cloud.run(&["why", "netwrok/prod"]).await.expect(2);
    assert!(said.notes.contains("there is no stack"), "{}", said.notes);
    let said = cloud.run(&["status", "netwrok/prod"]).await.expect(2);
    assert!(said.notes.contains("there is no stack"), "{}", said.notes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_met_a_lock_is_no_failure() {
    let cloud = settled(&CHAIN, &ALONG).await;
    // Someone updates the database by hand, while the network's webhook tries to.
    cloud.ago(200);
    let slow = cloud.begin("database/prod", "update").await;
    cloud
        .by_hand("network/prod", "update", "succeeded", (195, 190))
        .await;
    cloud.settled(1).await;
    cloud.ago(150);
    cloud.end(slow, "succeeded").await;
    cloud.settled(2).await;
    let database = agreed(&cloud, "database/prod").await;
    assert_eq!(database["state"], "due", "{database}");
    assert_eq!(database["mayStart"], true);
    let met = database["metLock"].as_str().expect("it met the lock");
    let why = cloud.run(&["why", "database/prod"]).await.expect(1);
    let said = "another update of the stack was running";
    assert!(why.out.contains(said), "{met}: {}", why.out);
    let status = cloud.run(&["status", "network/prod"]).await;
    let said = "its deployment met another update of it";
    assert!(status.out.contains(said), "{}", status.out);
    // The app has run because of the update by hand, and waits for the next one.
    let app = agreed(&cloud, "app/prod").await;
    assert_eq!(app["state"], "waiting", "{app}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_without_settings_is_due_and_cannot_start() {
    let cloud = Cloud::start().await;
    for stack in ["network/prod", "app/prod"] {
        cloud.stack(stack).await;
    }
    cloud.hook("network/prod", "app/prod", json!({})).await;
    cloud
        .by_hand("app/prod", "update", "succeeded", (60, 50))
        .await;
    cloud
        .by_hand("network/prod", "update", "succeeded", (40, 30))
        .await;
    cloud.ago(0);
    let why = cloud.run(&["why", "app/prod"]).await.expect(1);
    assert!(
        why.out
            .starts_with("app/prod is due, and cannot start: it has no deployment settings.\n"),
        "{}",
        why.out
    );
}
