//! Environments.

use crate::support::{Cloud, hook};
use insta::assert_snapshot;
use serde_json::json;

#[tokio::test]
async fn made_and_deleted_with_their_webhooks() {
    let cloud = Cloud::start().await;
    let all = "/api/esc/environments/acme";
    let new = json!({"project": "web", "name": "dev"});
    cloud.post(all, new.clone()).await.expect(200);
    assert_snapshot!(cloud.post(all, new.clone()).await.message(409), @"Conflict: environment `acme/web/dev` already exists");
    assert_snapshot!(cloud.post(all, json!({"project": "web", "name": "a/b"})).await.message(400), @"Bad Request: `a/b` is not a name of an environment: it must have 1 to 100 letters, digits, `.`, `_` and `-`");
    assert_snapshot!(cloud.post("/api/esc/environments/other", new.clone()).await.message(404), @"Not Found: organization `other` does not exist");

    let hooks = "/api/esc/environments/acme/web/dev/hooks";
    cloud.post(hooks, hook(json!({}))).await.expect(201);
    cloud
        .delete("/api/esc/environments/acme/web/dev")
        .await
        .expect(200);
    assert_snapshot!(cloud.get(hooks).await.message(404), @"Not Found: environment `acme/web/dev` does not exist");
    cloud
        .delete("/api/esc/environments/acme/web/dev")
        .await
        .message(404);
    cloud.post(all, new).await.expect(200);
    assert_eq!(cloud.get(hooks).await.expect(200), json!([]));
}
