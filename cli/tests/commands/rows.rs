//! Rows of `auto-deploy preview` for special answers of the cloud: a policy, a skipped preview.

use crate::support::{Cloud, Said, filters};
use local_cloud::{Fault, Method, Trouble};
use serde_json::{Value, json};

/// network → cluster → app.
async fn chain() -> Cloud {
    let stacks = ["network/prod", "cluster/prod", "app/prod"];
    let cloud = Cloud::with_stacks(&stacks).await;
    for pair in stacks.windows(2) {
        cloud.refers(pair[1], &pair[..1]).await;
        cloud.hook(pair[0], pair[1], json!({})).await;
    }
    cloud
}

/// How often the fault applies.
const OFTEN: usize = 1000;

/// Answers these requests with this body.
fn answer_with(cloud: &Cloud, method: Method, path: &str, body: &Value) {
    let instead = Trouble::Replaced {
        status: None,
        body: Some(body.to_string()),
    };
    let faults = cloud.server.app().faults();
    faults.add(Fault::on(method, path, instead).times(OFTEN));
}

/// The text and the Markdown about the stacks, and the row of the cluster.
async fn shown(cloud: &Cloud, status: i32) -> String {
    let arguments = ["preview", "network/prod"];
    let run = async |more: &[&str]| -> Said {
        let said = cloud.run(&[&arguments[..], more].concat()).await;
        said.expect(status)
    };
    let text = run(&[]).await.out;
    let (_, text) = text.split_once("\n\n").unwrap();
    let markdown = run(&["--markdown", "-"]).await.out;
    let document = run(&["--json"]).await.json();
    let cluster = &document["stacks"][1];
    assert_eq!(cluster["stack"], "acme/cluster/prod");
    let members = ["result", "error", "policyViolations", "incomplete"];
    let row: serde_json::Map<_, _> = members
        .iter()
        .map(|name| ((*name).to_owned(), cluster[name].clone()))
        .collect();
    let row = serde_json::to_string_pretty(&row).unwrap();
    format!("{text}\n-----\n{markdown}\n-----\n{row}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_that_a_policy_failed_names_it() {
    let cloud = chain().await;
    cloud.fails("cluster/prod", true).await;
    let urn = "urn:pulumi:prod::cluster::aws:s3/bucket:Bucket::logs";
    let events = json!({"events": [
        {"policyEvent": {
            "resourceUrn": urn, "message": "[mandatory]  Buckets are private.\nThis one is public.",
            "policyName": "private-buckets", "policyPackName": "ours", "policyPackVersion": "1", "enforcementLevel": "mandatory",
        }},
        {"diagnosticEvent": {"severity": "error", "message": "preview failed: a policy forbids it\n"}},
        {"summaryEvent": {"isPreview": true, "resourceChanges": {"create": 1}}},
    ]});
    let path = "/api/stacks/acme/cluster/prod/update/{update}/events";
    answer_with(&cloud, Method::GET, path, &events);
    let _filters = filters(&cloud);
    insta::assert_snapshot!(shown(&cloud, 1).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_that_was_skipped_in_the_queue_is_no_answer() {
    const LIST: &str = "/api/stacks/acme/cluster/prod/deployments";
    const ID: &str = "00000000-0000-4000-8000-000000000007";
    let cloud = chain().await;
    let mut skipped = {
        cloud.deploy("cluster/prod").await;
        cloud.settled(2).await;
        cloud.ask(Method::GET, LIST, None).await["deployments"][0].clone()
    };
    let changes = json!({"id": ID, "version": 7, "status": "skipped", "pulumiOperation": "preview", "jobs": [], "updates": []});
    let changes = changes.as_object().cloned().unwrap();
    skipped.as_object_mut().unwrap().extend(changes);
    let list = json!({"deployments": [skipped], "itemsPerPage": 10, "total": 1});
    answer_with(&cloud, Method::POST, LIST, &json!({"id": ID, "version": 7}));
    answer_with(&cloud, Method::GET, LIST, &list);
    let _filters = filters(&cloud);
    insta::assert_snapshot!(shown(&cloud, 2).await);
}
