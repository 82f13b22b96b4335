//! What a refresh reads, and with how many requests.

use serde_json::{Value, json};
use testkit::provider::Provider;
use testkit::values::secret;

const HOOKS: &str = "/api/stacks/acme/app/prod/hooks";

fn hook(changes: Value) -> Value {
    let mut hook = json!({
        "organizationName": "acme", "projectName": "app", "stackName": "prod", "displayName": "x", "active": true,
        "format": "raw", "payloadUrl": "https://example.com", "filters": ["update_succeeded", "update_failed"],
    });
    hook.as_object_mut()
        .expect("an object")
        .extend(changes.as_object().expect("an object").clone());
    hook
}

#[tokio::test]
async fn webhooks_of_one_stack_are_read_by_one_list() {
    let provider = Provider::start().await;
    let mut made = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        made.push(
            provider
                .create(name, &hook(json!({})))
                .await
                .expect("it is made"),
        );
    }
    provider.requests();
    let inputs = hook(json!({}));
    let reads = made
        .iter()
        .map(|(id, state)| provider.read(id, state, &inputs));
    for read in futures_join(reads).await {
        assert!(read.expect("it answers").is_some());
    }
    assert_eq!(provider.requests(), [format!("GET {HOOKS} 200")]);
}

/// Runs all futures at the same time.
async fn futures_join<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pinned: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut ready = true;
        for (future, output) in &mut pinned {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => ready = false,
                }
            }
        }
        if ready {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    pinned
        .into_iter()
        .map(|(_, output)| output.expect("it is ready"))
        .collect()
}

#[tokio::test]
async fn drift_is_seen_and_order_is_none() {
    let provider = Provider::start().await;
    let inputs = hook(json!({"secret": secret("s3cret")}));
    let (id, state) = provider.create("hook", &inputs).await.expect("it is made");
    let path = format!("{HOOKS}/{}", state["name"].as_str().expect("a name"));
    let by_hand = async |change: Value| {
        let mut body = json!({"filters": ["update_succeeded", "update_failed"]});
        body.as_object_mut()
            .expect("an object")
            .extend(change.as_object().expect("an object").clone());
        assert_eq!(provider.ask("PATCH", &path, body).await.0, 200);
        let (found, read) = provider
            .read(&id, &state, &inputs)
            .await
            .expect("it answers")
            .expect("it is there");
        provider.diff(&found, &read, &inputs).await.detailed
    };
    assert_eq!(by_hand(json!({})).await, [""; 0]);
    assert_eq!(
        by_hand(json!({"filters": ["update_failed", "update_succeeded"]})).await,
        [""; 0]
    );
    assert_eq!(
        by_hand(json!({"active": false, "displayName": "y"})).await,
        ["active Update", "displayName Update"]
    );
    let reset = json!({"active": true, "displayName": "x"});
    assert_eq!(by_hand(reset).await, [""; 0]);
    assert_eq!(
        by_hand(json!({"filters": ["update_failed"]})).await,
        ["filters[0] Add"]
    );
    assert_eq!(
        by_hand(json!({"secret": "another"})).await,
        ["secret Update"]
    );
    assert_eq!(
        by_hand(json!({"secret": "s3cret"})).await,
        [""; 0],
        "the same key again is no drift"
    );
    assert_eq!(
        by_hand(json!({"secret": "__remove-secret"})).await,
        ["secret Add"]
    );
}

#[tokio::test]
async fn a_secret_set_by_hand_is_seen_and_never_shown() {
    let provider = Provider::start().await;
    let (id, state) = provider
        .create("hook", &hook(json!({})))
        .await
        .expect("it is made");
    let path = format!("{HOOKS}/{}", state["name"].as_str().expect("a name"));
    assert_eq!(
        provider
            .ask(
                "PATCH",
                &path,
                json!({"secret": "by hand", "filters": ["update_succeeded", "update_failed"]})
            )
            .await
            .0,
        200
    );
    let (found, read) = provider
        .read(&id, &state, &hook(json!({})))
        .await
        .expect("it answers")
        .expect("it is there");
    assert_eq!(
        provider
            .diff(&found, &read, &hook(json!({})))
            .await
            .detailed,
        ["secret Delete"]
    );
    assert_eq!(read["secret"], secret("(set outside of Pulumi)"));
    assert!(!format!("{found}{read}").contains("by hand"));
}

#[tokio::test]
async fn gone_is_an_answer() {
    let provider = Provider::start().await;
    let (id, state) = provider
        .create("hook", &hook(json!({})))
        .await
        .expect("it is made");
    assert_eq!(
        provider
            .ask("DELETE", "/api/stacks/acme/app/prod", Value::Null)
            .await
            .0,
        204
    );
    assert_eq!(
        provider
            .read(&id, &state, &hook(json!({})))
            .await
            .expect("it answers"),
        None,
        "the whole stack is gone"
    );
    provider.next_deployment().await;
    provider
        .delete(&id)
        .await
        .expect("so there is nothing to remove");
}
