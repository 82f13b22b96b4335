//! The capabilities of the cloud.

use crate::runs::{Run, STACK};
use crate::support::{Cloud, builder};
use insta::assert_snapshot;
use local_cloud::Capability;
use serde_json::{Value, json};

const BATCH: &str = "/api/stacks/acme/web/dev/batch-encrypt";

async fn named(cloud: &Cloud) -> Value {
    let answer = cloud.get("/api/capabilities").await.expect(200);
    answer["capabilities"].clone()
}

#[tokio::test]
async fn a_cloud_names_its_capabilities() {
    let cloud = Cloud::with_stack().await;
    let schema = json!({
        "capability": "deployment-schema-version", "version": 1, "configuration": {"version": 4},
    });
    let batch = json!({"capability": "batch-encrypt"});
    let outputs = json!({"capability": "stack-outputs", "version": 1});
    let windows = json!({"capability": "coherence-windows", "version": 1});
    assert_eq!(
        named(&cloud).await,
        json!([batch, schema, outputs, windows])
    );
    let body = json!({"plaintexts": []});
    cloud.post(BATCH, body).await.expect(200);
}

#[tokio::test]
async fn a_cloud_without_a_capability_has_none_of_its_routes() {
    let cloud = Cloud::start_with(builder().without(Capability::BatchEncrypt)).await;
    let dev = json!({"stackName": "dev"});
    cloud.post("/api/stacks/acme/web", dev).await.expect(200);
    let named = named(&cloud).await;
    let list = named.as_array().unwrap().iter();
    let list: Vec<_> = list.map(|one| one["capability"].as_str()).collect();
    let left = [
        "deployment-schema-version",
        "stack-outputs",
        "coherence-windows",
    ];
    assert_eq!(list, left.map(Some));
    let message = cloud
        .post(BATCH, json!({"plaintexts": []}))
        .await
        .message(404);
    assert_eq!(
        message,
        format!("Not Found: a local cloud has no `{BATCH}`")
    );
    let one = "/api/stacks/acme/web/dev/encrypt";
    cloud.post(one, json!({"plaintext": ""})).await.expect(200);
}

#[tokio::test]
async fn a_cloud_without_outputs_has_no_windows_either() {
    let cloud = Cloud::with_stack_on(builder().without(Capability::StackOutputs)).await;
    let named = named(&cloud).await.to_string();
    assert!(
        !named.contains("stack-outputs") && !named.contains("coherence-windows"),
        "{named}"
    );
    let outputs = cloud.get("/api/stacks/acme/web/dev/outputs").await;
    assert_snapshot!(outputs.message(404), @"Not Found: a local cloud has no `/api/stacks/acme/web/dev/outputs`");
    let subgroups = "/api/orgs/acme/coherence-windows/w/subgroups";
    let refused = cloud.post(subgroups, json!({"size": 2})).await;
    assert_snapshot!(refused.message(404), @"Not Found: a local cloud has no `/api/orgs/acme/coherence-windows/w/subgroups`");
}

#[tokio::test]
async fn a_cloud_without_state_migrations_keeps_the_first_form_of_journal() {
    let cloud = Cloud::with_stack_on(builder().without(Capability::StateMigrations)).await;
    for (offered, taken) in [(0, json!(null)), (1, json!(1)), (2, json!(1))] {
        let offer = json!({"journalVersion": offered});
        let run = Run::start_as(&cloud, STACK, "update", offer).await;
        assert_eq!(run.started["journalVersion"], taken, "{offered}");
        run.complete("succeeded").await.expect(204);
    }
}
