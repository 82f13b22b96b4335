//! An organization of twelve stacks with one of everything: what is right, and each thing that can be wrong.

use crate::support::Cloud;
use serde_json::json;

/// The stacks of the organization.
pub(crate) const STACKS: [&str; 12] = [
    "network/prod",
    "database/prod",
    "cluster/prod",
    "app/prod",
    "billing/prod",
    "search/prod",
    "queue/prod",
    "worker/prod",
    "audit/prod",
    "metrics/prod",
    "legacy/prod",
    "docs/prod",
];

/// Creates the organization, an hour ago, and updates its first stack, ten minutes ago.
pub(crate) async fn make() -> Cloud {
    let cloud = Cloud::start().await;
    cloud.ago(3600);
    for stack in STACKS {
        cloud.stack(stack).await;
        match stack {
            // Two stacks that webhooks start: one has no settings, those of the other do not say where its program is.
            "audit/prod" => {}
            "worker/prod" => cloud.settings_without_source(stack).await,
            _ => cloud.settings(stack, json!({})).await,
        }
    }
    // A diamond, with a shortcut over it.
    for (from, to) in [
        ("network/prod", "database/prod"),
        ("network/prod", "cluster/prod"),
        ("database/prod", "app/prod"),
        ("cluster/prod", "app/prod"),
        ("network/prod", "app/prod"),
    ] {
        cloud.hook(from, to, json!({})).await;
    }
    cloud.refers("database/prod", &["network/prod"]).await;
    // Two that refer to nothing, and are downstream of others.
    for stack in ["app/prod", "cluster/prod"] {
        cloud.refers(stack, &[]).await;
    }
    // A reference without a webhook, and one with only an inactive webhook.
    cloud.refers("billing/prod", &["app/prod"]).await;
    cloud.refers("search/prod", &["app/prod"]).await;
    let inactive = json!({"active": false});
    cloud.hook("app/prod", "search/prod", inactive).await;
    // A cycle, and the settings of one of its stacks do not say where its program is.
    cloud.hook("queue/prod", "worker/prod", json!({})).await;
    cloud.hook("worker/prod", "queue/prod", json!({})).await;
    // A stack that cannot be deployed, one that does not exist, and an invalid name.
    cloud.hook("database/prod", "audit/prod", json!({})).await;
    cloud.hook("cluster/prod", "gone/prod", json!({})).await;
    let stray = json!({"payloadUrl": "metrics/prod", "name": "twice"});
    cloud.hook("legacy/prod", "metrics/prod", stray).await;
    // The same edge twice, the second time for every event.
    let all = json!({"filters": [], "groups": ["stacks"]});
    cloud.hook("legacy/prod", "metrics/prod", all).await;
    // A stack that every push deploys as well.
    let pushes = json!({"gitHub": {"repository": "acme/metrics", "deployCommits": true}});
    cloud.settings("metrics/prod", pushes).await;
    cloud.fails("cluster/prod", true).await;
    cloud.ago(600);
    cloud.deploy("network/prod").await;
    cloud
}

/// An organization with this many stacks, each of which starts the next one, except every tenth.
pub(crate) async fn of(n: usize) -> Cloud {
    let cloud = Cloud::start().await;
    let name = |n: usize| format!("project-{n:04}/prod");
    for number in 0..n {
        cloud.stack(&name(number)).await;
    }
    for number in (1..n).filter(|number| number % 10 != 0) {
        cloud
            .hook(&name(number - 1), &name(number), json!({}))
            .await;
    }
    cloud
}

/// An organization of a thousand stacks in ten layers with three thousand edges, all of which deployments have updated an
/// hour ago, one layer after another. Then its deployments were paused, and twenty stacks of the last layer but one were
/// updated by hand.
pub(crate) async fn layered() -> Cloud {
    let cloud = Cloud::start().await;
    let name = |layer: usize, place: usize| format!("l{layer}-{:02}/prod", place % 100);
    for layer in 0..10 {
        for place in 0..100 {
            let stack = name(layer, place);
            cloud.stack(&stack).await;
            cloud.settings(&stack, json!({})).await;
        }
    }
    let mut n = 0;
    for layer in 0..10 {
        cloud.ago(3600 - 10 * layer);
        for place in 0..100 {
            cloud
                .deploy(&name(usize::try_from(layer).unwrap(), place))
                .await;
        }
        n += 100;
        cloud.settled(n).await;
    }
    for layer in 1..10 {
        for place in 0..100 {
            // Two layers have a fourth edge to each of their stacks, which makes three thousand.
            let n_edges = if layer > 6 { 4 } else { 3 };
            for step in 0..n_edges {
                let upstream = name(layer - 1, place + 7 * step);
                cloud.hook(&upstream, &name(layer, place), json!({})).await;
            }
        }
    }
    let pause = "/api/orgs/acme/deployments/pause";
    cloud
        .ask(local_cloud::Method::POST, pause, Some(json!({})))
        .await;
    for place in 0..20 {
        cloud
            .by_hand(&name(8, 5 * place), "update", "succeeded", (120, 100))
            .await;
    }
    cloud
}
