//! What `auto-deploy preview` does before any preview runs.

use crate::support::{Cloud, filters};
use local_cloud::Method;
use serde_json::{Value, json};

const STACKS: [&str; 3] = ["network/prod", "cluster/prod", "app/prod"];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_begins_where_a_preview_would_start_an_update() {
    for change in [
        json!({"filters": ["update_succeeded", "deployment_succeeded"]}),
        json!({"filters": ["preview_succeeded"]}),
        json!({"filters": [], "groups": ["deployments"]}),
    ] {
        let cloud = Cloud::with_stacks(&STACKS).await;
        cloud.hook("network/prod", "cluster/prod", json!({})).await;
        cloud.hook("cluster/prod", "app/prod", change.clone()).await;
        cloud.hook("network/prod", "app/prod", change).await;
        let said = cloud.run(&["preview", "network/prod"]).await.expect(2);
        assert_eq!(said.out, "");
        for hook in ["network/prod/to-app-prod", "update_succeeded"] {
            assert!(said.notes.contains(hook), "{}", said.notes);
        }
        assert_eq!(cloud.deployments().await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_stacks_than_allowed_are_not_begun() {
    let cloud = Cloud::with_stacks(&STACKS).await;
    cloud.hook("network/prod", "cluster/prod", json!({})).await;
    cloud.hook("cluster/prod", "app/prod", json!({})).await;
    let said = cloud.run(&["preview", "network/prod", "--max", "2"]).await;
    let _filters = filters(&cloud);
    insta::assert_snapshot!(said.transcript(), @r"
    ----- notes -----
    error: 3 stacks would be previewed, more than 2, so none was: `--max 3` previews all of them
    ----- exit status: 2 -----
    ");
    assert_eq!(cloud.deployments().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_previewed_has_a_row_with_the_reason() {
    let cloud = Cloud::with_stacks(&[
        "network/prod",
        "paused/prod",
        "below/prod",
        "a/prod",
        "b/prod",
    ])
    .await;
    cloud.stack("bare/prod").await;
    for (from, to) in [
        ("network/prod", "paused/prod"),
        ("network/prod", "bare/prod"),
        ("network/prod", "gone/prod"),
        ("network/prod", "a/prod"),
        ("paused/prod", "below/prod"),
        ("a/prod", "b/prod"),
        ("b/prod", "a/prod"),
    ] {
        cloud.hook(from, to, json!({})).await;
    }
    let pause = "/api/stacks/acme/paused/prod/deployments/pause";
    cloud.ask(Method::POST, pause, Some(json!({}))).await;
    let said = cloud
        .run(&["preview", "network/prod", "--json"])
        .await
        .expect(2);
    let document = said.json();
    let row = |row: &Value| {
        let reason = row["incomplete"][0]["reason"].as_str().unwrap_or_default();
        format!("{} {reason}", row["stack"].as_str().unwrap_or_default())
    };
    let rows: Vec<String> = document["stacks"]
        .as_array()
        .unwrap()
        .iter()
        .map(row)
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    acme/b/prod cycle
    acme/network/prod 
    acme/a/prod cycle
    acme/bare/prod no-settings
    acme/gone/prod missing
    acme/paused/prod paused
    acme/below/prod below
    ");
    assert_eq!(cloud.deployments().await, ["network/prod succeeded"]);
}
