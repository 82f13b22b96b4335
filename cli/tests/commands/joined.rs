//! Joins as the commands see them: from the webhooks that wake up their program, and from its state.

use crate::support::Cloud;
use local_cloud::Method;
use serde_json::{Value, json};
use testkit::states;

const STACKS: [&str; 5] = [
    "network/prod",
    "database/prod",
    "cluster/prod",
    "app/prod",
    "wiring/prod",
];

/// network → database, cluster by webhooks, both → app by a join of the conductor. Each was updated by hand, one after
/// another, an hour ago; since then the database and the cluster again. Nothing runs: the organization is paused. The join
/// remembers this version of both.
async fn joined(version: i64) -> Cloud {
    let cloud = Cloud::with_stacks(&STACKS).await;
    for (stack, ago) in STACKS.iter().zip((0..).map(|place| 3600 - 20 * place)) {
        cloud
            .by_hand(stack, "update", "succeeded", (ago, ago - 10))
            .await;
    }
    for side in ["database/prod", "cluster/prod"] {
        cloud.hook("network/prod", side, json!({})).await;
        let wake_up = json!({"displayName": "wake-up wiring/prod"});
        cloud.hook(side, "wiring/prod", wake_up).await;
    }
    cloud
        .ask(
            Method::POST,
            "/api/orgs/acme/deployments/pause",
            Some(json!({})),
        )
        .await;
    keep(&cloud, version).await;
    for (side, ago) in [("database/prod", 600), ("cluster/prod", 500)] {
        cloud
            .by_hand(side, "update", "succeeded", (ago, ago - 10))
            .await;
    }
    cloud
        .ask(
            Method::POST,
            "/api/orgs/acme/deployments/resume",
            Some(json!({})),
        )
        .await;
    // The conductor's deployments that the two have queued; they are simulated, and decide nothing.
    cloud.settled(2).await;
    cloud
}

/// Gives the conductor a state with the join.
async fn keep(cloud: &Cloud, version: i64) {
    let mut state = states::of_references("wiring/prod", &[]);
    let inputs = json!({
        "organization": "acme", "project": "app", "stack": "prod", "catchUp": false,
        "upstreamRefs": ["database/prod", "cluster/prod"],
    });
    let mut outputs = inputs.clone();
    outputs["after"] =
        json!({"database/prod": {"version": version}, "cluster/prod": {"version": version}});
    let join = json!({
        "urn": "urn:pulumi:prod::wiring::auto-deploy:index:Join::app", "custom": true, "id": "acme/app/prod",
        "type": "auto-deploy:index:Join", "inputs": inputs, "outputs": outputs,
    });
    state["deployment"]["resources"]
        .as_array_mut()
        .expect("a list")
        .push(join);
    cloud
        .ask(
            Method::POST,
            "/api/stacks/acme/wiring/prod/import",
            Some(state),
        )
        .await;
}

fn by_name<'a>(list: &'a Value, key: &str, name: &str) -> Option<&'a Value> {
    let mut items = list.as_array().expect("a list").iter();
    items.find(|item| item[key] == format!("acme/{name}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn edges_lead_through_the_join_and_not_to_its_program() {
    let cloud = joined(1).await;
    let graph = cloud.run(&["graph", "--json"]).await.expect(0).json();
    let edges: Vec<String> = graph["edges"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|edge| {
            let end = |key: &str| edge[key].as_str().unwrap_or("-").replace("acme/", "");
            format!(
                "{} {} {}",
                end("upstream"),
                end("downstream"),
                end("conductor")
            )
        })
        .collect();
    assert_eq!(
        edges,
        [
            "cluster/prod app/prod wiring/prod",
            "database/prod app/prod wiring/prod",
            "network/prod cluster/prod -",
            "network/prod database/prod -",
        ]
    );
    let webhooks = &graph["edges"][0]["webhooks"];
    assert_eq!(webhooks, &json!(["acme/cluster/prod/to-wiring-prod"]));
    let mermaid = cloud.run(&["graph", "--format", "mermaid"]).await.expect(0);
    assert!(mermaid.out.contains("-->|\"join\"|"), "{}", mermaid.out);
    let found = cloud.run(&["check", "--json"]).await.json();
    let codes = |list: &Value| -> Vec<String> {
        let list = list["findings"].as_array().expect("a list").iter();
        list.map(|finding| finding["code"].as_str().expect("a text").to_owned())
            .filter(|code| {
                code.starts_with("conductor") || code == "diamond" || code.contains("join")
            })
            .collect()
    };
    assert_eq!(
        codes(&found),
        [
            "conductor-runs-each-event",
            "conductor-may-not-deploy",
            "conductor-stops-early"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_knows_what_the_join_remembers() {
    let cloud = joined(1).await;
    let stale = cloud.run(&["stale", "--json"]).await.expect(1).json();
    assert_eq!(
        by_name(&stale, "stack", "app/prod").expect("it is due")["state"],
        "due"
    );
    assert!(by_name(&stale, "stack", "wiring/prod").is_none(), "{stale}");
    let why = cloud.run(&["why", "app/prod"]).await.expect(1);
    assert!(why.out.contains("wiring/prod"), "{}", why.out);
    let plan = cloud.run(&["reconcile", "--dry-run"]).await.expect(0);
    assert_eq!(
        plan.out.split("  http").next(),
        Some("app/prod: would be started (cluster/prod, database/prod were updated after it)"),
    );
    // The join has just been woken up, so it decides next.
    let plan = cloud
        .run(&["reconcile", "--dry-run", "--grace", "86400"])
        .await
        .expect(0);
    assert!(
        plan.out.starts_with("app/prod: left to its join ("),
        "{}",
        plan.out
    );

    keep(&cloud, 2).await;
    let why = cloud.run(&["why", "app/prod", "--json"]).await.json();
    assert_eq!(
        (&why["isDue"], &why["mayStart"], &why["join"]["conductor"]),
        (&json!(false), &json!(false), &json!("acme/wiring/prod"))
    );
    let plan = cloud.run(&["reconcile", "--dry-run"]).await;
    assert!(!plan.out.contains("would be started"), "{}", plan.out);
}

/// `run` starts joined stacks itself, in order, and the join counts that as their run.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_starts_a_joined_stack_once_after_all() {
    let cloud = joined(2).await;
    cloud
        .run(&["run", "network/prod", "--yes", "--all"])
        .await
        .expect(0);
    let mut deployed = cloud.deployments().await;
    deployed.retain(|line| !line.starts_with("wiring/"));
    deployed.sort();
    let names = ["app", "cluster", "database", "network"];
    assert_eq!(deployed, names.map(|name| format!("{name}/prod succeeded")));
    let why = cloud.run(&["why", "app/prod", "--json"]).await.json();
    // The cloud's times are whole seconds. Within one, what the join remembers decides, and its program still has to run.
    let began = &why["lastAttempt"]["began"];
    let mut upstream = why["upstream"].as_array().expect("a list").iter();
    let is_in_one_second = upstream.any(|upstream| upstream["updated"] == *began);
    assert_eq!(why["isDue"], is_in_one_second, "{why}");
}

/// The named stack runs as the user asks, even where its join would not start it.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_a_blocked_stack_says_that_it_is_blocked() {
    let cloud = joined(1).await;
    cloud
        .by_hand("cluster/prod", "update", "failed", (100, 90))
        .await;
    cloud.ago(0);
    for more in [&[][..], &["--all"]] {
        let arguments = [&["run", "app/prod", "--yes"], more].concat();
        let said = cloud.run(&arguments).await.expect(0);
        assert_eq!(
            said.notes,
            "note: app/prod is blocked by cluster/prod (failed), and runs all the same, because you named it.\n",
            "{more:?}"
        );
    }
}
