//! What the cloud says that it can do.

use crate::support::{Cloud, builder};
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
    assert_eq!(named(&cloud).await, json!([batch, schema]));
    let body = json!({"plaintexts": []});
    cloud.post(BATCH, body).await.expect(200);
}

#[tokio::test]
async fn a_cloud_without_a_capability_has_none_of_its_routes() {
    let cloud = Cloud::start_with(builder().without(Capability::BatchEncrypt)).await;
    let dev = json!({"stackName": "dev"});
    cloud.post("/api/stacks/acme/web", dev).await.expect(200);
    let named = named(&cloud).await;
    assert_eq!(named.as_array().unwrap().len(), 1);
    assert_eq!(named[0]["capability"], "deployment-schema-version");
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
