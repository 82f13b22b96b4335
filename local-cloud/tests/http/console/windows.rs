//! The page of a preview names its coherence window, and the other previews in it. The previews are simulated.

use super::Browser;
use crate::cascade::cloud_of;
use crate::support::Cloud;
use serde_json::{Value, json};

/// Previews a stack in a window, and waits for its end; then there are `n` deployments. Returns the preview's id.
async fn preview(cloud: &Cloud, project: &str, window: Option<&str>, n: i64) -> String {
    let mut variables = json!({"SIMULATED_OUTPUTS": r#"{"range": "10.8"}"#});
    if let Some(window) = window {
        variables["PULUMI_OPTION_COHERENCE_WINDOW"] = window.into();
    }
    let body = json!({
        "operation": "preview", "inheritSettings": true,
        "operationContext": {"environmentVariables": variables},
    });
    let path = format!("/api/stacks/acme/{project}/dev/deployments");
    let made = cloud.post(&path, body).await.expect(202);
    cloud.settled(n).await;
    let id = made["id"].as_str().unwrap();
    let runs = cloud.get(&format!("{path}/{id}/updates")).await.expect(200);
    runs[0]["updateID"].as_str().unwrap().to_owned()
}

/// The engine events of a preview.
async fn events(cloud: &Cloud, project: &str, uid: &str) -> Value {
    let path = format!("/api/stacks/acme/{project}/dev/update/{uid}/events");
    cloud.get(&path).await.expect(200)["events"].clone()
}

#[tokio::test]
async fn a_preview_names_the_others_of_its_window() {
    let cloud = cloud_of(&[("network", &[]), ("cluster", &[]), ("other", &[])]).await;
    let resources = json!([{
        "urn": "urn:pulumi:dev::cluster::pulumi:pulumi:StackReference::network", "custom": true, "id": "x",
        "type": "pulumi:pulumi:StackReference", "inputs": {"name": "acme/network/dev"},
    }]);
    let state = json!({"version": 3, "deployment": {"resources": resources}});
    let import = "/api/stacks/acme/cluster/dev/import";
    cloud.post(import, state).await.expect(200);
    let network = preview(&cloud, "network", Some("w"), 1).await;
    let cluster = preview(&cloud, "cluster", Some("w"), 2).await;
    let other = preview(&cloud, "other", None, 3).await;

    let said = events(&cloud, "cluster", &cluster).await;
    let read = &said[0]["resOutputsEvent"]["metadata"]["new"]["outputs"];
    assert_eq!(
        *read,
        json!({"name": "acme/network/dev", "outputs": {"range": "10.8"}})
    );

    let mut browser = Browser::signed_in(&cloud).await;
    let page = |project: &str, uid: &str| format!("/acme/{project}/dev/previews/{uid}");
    let heading = "In the same window";
    for (project, uid, other, of) in [
        ("network", &network, "cluster", &cluster),
        ("cluster", &cluster, "network", &network),
    ] {
        let shown = browser.open(&page(project, uid)).await.expect(200);
        assert!(shown.contains("<code>w</code>"), "{shown}");
        let (_, others) = shown.split_once(heading).unwrap();
        let link = format!(r#"<a href="{}">{other}/dev</a>"#, page(other, of));
        assert!(others.contains(&link), "{others}");
        assert!(!others.contains(&page(project, uid)), "{others}");
    }
    let shown = browser.open(&page("other", &other)).await.expect(200);
    assert!(!shown.contains(heading), "{shown}");

    // A window has one preview of each stack.
    let path = "/api/stacks/acme/network/dev/deployments";
    let variables = json!({"PULUMI_OPTION_COHERENCE_WINDOW": "w"});
    let body =
        json!({"operation": "preview", "operationContext": {"environmentVariables": variables}});
    cloud.post(path, body).await.expect(202);
    let all = cloud.settled(4).await;
    assert_eq!(all[3]["status"], "failed");
}
