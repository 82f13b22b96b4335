//! An operation that someone runs with the CLI, from the cloud's perspective: created, begun, and ended when a test says
//! so.

use crate::api::Api;
use local_cloud::Method;
use serde_json::json;

/// A running operation. Until it is ended it holds the lock of its stack.
#[derive(Clone, Debug)]
pub struct ByHand {
    path: String,
    token: String,
}

impl ByHand {
    /// Begins an operation on the stack `organization/project/stack`: `update`, `refresh` or `destroy`.
    pub async fn begin(api: &Api, stack: &str, kind: &str) -> ByHand {
        let stack = format!("/api/stacks/{stack}");
        let made = api.post(&format!("{stack}/{kind}"), json!({})).await;
        let made = made.succeeds();
        let id = made["updateID"].as_str().expect("a text");
        // Like the CLI: after its creation, an operation of any kind is an update.
        let path = format!("{stack}/update/{id}");
        let started = api.post(&path, json!({})).await.succeeds();
        let token = started["token"].as_str().expect("a text").to_owned();
        ByHand { path, token }
    }

    /// Ends it with this result.
    pub async fn end(self, api: &Api, result: &str) {
        let auth = format!("update-token {}", self.token);
        let path = format!("{}/complete", self.path);
        let body = json!({ "status": result });
        let answer = api.send_as(&auth, Method::POST, &path, Some(body));
        answer.await.expect("it answers").succeeds();
    }
}
