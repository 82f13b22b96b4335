//! Replacements, call by call as the engine makes them; where its versions differ, as the older ones do.

use crate::hooks::{HOOKS, hook, n_webhooks};
use auto_deploy::pb;
use local_cloud::{Fault, Method, Trouble};
use serde_json::{Value, json};
use testkit::provider::{Provider, seed, urn};
use testkit::values::properties;
use tonic::{Code, Status};

const URN: &str = "hook";

/// A Check with old inputs, or without.
async fn check(provider: &Provider, olds: Option<&Value>, news: &Value) {
    let request = pb::CheckRequest {
        urn: urn(URN),
        olds: properties(olds.cloned().unwrap_or_else(|| json!({}))),
        news: properties(news.clone()),
        random_seed: seed(),
        ..pb::CheckRequest::default()
    };
    let checked = provider.client.clone().check(request).await;
    assert_eq!(checked.expect("it answers").into_inner().failures, []);
}

/// A Diff of the webhook `id`; returns whether it is replaced, and whether it is deleted first.
async fn diff(provider: &Provider, id: &str, olds: &Value, news: &Value) -> (bool, bool) {
    let request = pb::DiffRequest {
        urn: urn(URN),
        id: id.to_owned(),
        olds: properties(olds.clone()),
        old_inputs: properties(olds.clone()),
        news: properties(news.clone()),
        ..pb::DiffRequest::default()
    };
    let answer = provider.client.clone().diff(request).await;
    let answer = answer.expect("it answers").into_inner();
    (!answer.replaces.is_empty(), answer.delete_before_replace)
}

/// The payload URLs of the webhooks on the cloud.
async fn live(provider: &Provider) -> Vec<String> {
    let (_, hooks) = provider.ask("GET", HOOKS, Value::Null).await;
    let hooks = hooks.as_array().expect("a list").iter();
    let url = |hook: &Value| hook["payloadUrl"].as_str().expect("a text").to_owned();
    hooks.map(url).collect()
}

fn changed(property: &str, value: &str) -> Value {
    let mut hook = hook();
    hook[property] = value.into();
    hook
}

#[tokio::test]
async fn every_diff_says_to_delete_first() {
    let provider = Provider::start().await;
    let (id, _) = provider.create(URN, &hook()).await.expect("it is made");
    for (news, is_replaced) in [
        (hook(), false),
        (changed("payloadUrl", "app/test"), false),
        (changed("stackName", "dev"), true),
    ] {
        let answer = diff(&provider, &id, &hook(), &news).await;
        assert_eq!(answer, (is_replaced, true), "{news}");
    }
}

/// R19: the engine up to 3.275 deletes the old id after the create, unless the Diff, which finds no change, asks to delete
/// first. The id that it would delete is kept nevertheless.
#[tokio::test]
async fn a_replacement_that_failed_and_is_taken_back_keeps_what_it_makes() {
    let provider = Provider::start().await;
    let (id, _) = provider.create(URN, &hook()).await.expect("it is made");
    provider.next_deployment().await;
    let made = provider.ask("POST", "/api/stacks/acme/app", json!({"stackName": "test"}));
    assert_eq!(made.await.0, 200);
    let moved = changed("stackName", "test");
    check(&provider, Some(&hook()), &moved).await;
    assert_eq!(diff(&provider, &id, &hook(), &moved).await, (true, true));
    check(&provider, None, &moved).await;
    provider.delete(&id).await.expect("there is room for it");
    let refused = Fault::on(
        Method::POST,
        "/api/stacks/{o}/{p}/{s}/hooks",
        Trouble::status(403),
    );
    provider.cloud.app().faults().add(refused);
    provider
        .create(URN, &moved)
        .await
        .expect_err("it is refused");
    assert_eq!(n_webhooks(&provider).await, 0);

    provider.next_deployment().await;
    check(&provider, Some(&hook()), &hook()).await;
    assert_eq!(diff(&provider, &id, &hook(), &hook()).await, (false, true));
    check(&provider, None, &hook()).await;
    let (again, _) = provider.create(URN, &hook()).await.expect("it is made");
    assert_ne!(again, id, "each create has a name of its own");
    provider.delete(&id).await.expect("it succeeds");
    assert_eq!(live(&provider).await, ["app/dev"]);
}

/// R8: the new webhook was created first, and the delete of the old one happens in the process of the next `up`.
#[tokio::test]
async fn what_the_state_has_twice_is_kept_by_another_process() {
    let provider = Provider::start().await;
    let named = || changed("name", "mine");
    let (id, _) = provider.create(URN, &named()).await.expect("it is made");
    for _ in 0..2 {
        provider.next_deployment().await;
        check(&provider, Some(&named()), &named()).await;
        provider.create(URN, &named()).await.expect("it is found");
    }
    provider.next_deployment().await;
    check(&provider, Some(&named()), &named()).await;
    diff(&provider, &id, &named(), &named()).await;
    provider.requests();
    for _ in 0..2 {
        provider.delete(&id).await.expect("it succeeds");
    }
    assert_eq!(provider.requests(), [""; 0]);
    assert_eq!(live(&provider).await, ["app/dev"]);

    // It is destroyed after a refresh, whose Diff decides nothing.
    provider.next_deployment().await;
    provider
        .read(&id, &named(), &named())
        .await
        .expect("it answers");
    diff(&provider, &id, &named(), &named()).await;
    for _ in 0..2 {
        provider.delete(&id).await.expect("it succeeds");
    }
    assert_eq!(n_webhooks(&provider).await, 0);
}

#[tokio::test]
async fn nothing_is_deleted_for_a_replacement_that_cannot_be_made() {
    let provider = Provider::start().await;
    let (id, _) = provider.create(URN, &hook()).await.expect("it is made");
    provider
        .create("other", &changed("name", "taken"))
        .await
        .expect("it is made");
    let mut taken = changed("name", "taken");
    taken["displayName"] = json!("another");
    for (news, code, said) in [
        (
            changed("stackName", "nowhere"),
            Code::NotFound,
            "has no stack `acme/app/nowhere`",
        ),
        (
            taken,
            Code::AlreadyExists,
            "there is already a webhook `acme/app/prod/taken`",
        ),
    ] {
        provider.next_deployment().await;
        check(&provider, Some(&hook()), &news).await;
        assert!(diff(&provider, &id, &hook(), &news).await.0);
        check(&provider, None, &news).await;
        let status: Status = provider.delete(&id).await.expect_err("there is no room");
        let message = status.message();
        assert_eq!(status.code(), code, "{message}");
        assert!(
            message.contains(said) && message.contains("stays as it is"),
            "{message}"
        );
        assert_eq!(n_webhooks(&provider).await, 2);
    }
}

/// The engine keeps what it could not delete: only a refresh notices that it is gone.
#[tokio::test]
async fn a_delete_of_which_nobody_knows_the_end_says_to_refresh() {
    let provider = Provider::start().await;
    let (id, _) = provider.create(URN, &hook()).await.expect("it is made");
    let named = changed("name", "new");
    provider.next_deployment().await;
    check(&provider, Some(&hook()), &named).await;
    diff(&provider, &id, &hook(), &named).await;
    check(&provider, None, &named).await;
    let path = "/api/stacks/{o}/{p}/{s}/hooks/{h}";
    let faults = provider.cloud.app().faults();
    faults.add(Fault::on(Method::DELETE, path, Trouble::AnswerLost));
    faults.add(Fault::on(Method::DELETE, path, Trouble::status(403)));
    let status = provider.delete(&id).await.expect_err("it is refused");
    assert_eq!(
        (status.code(), n_webhooks(&provider).await),
        (Code::PermissionDenied, 0)
    );
    let said = status.message();
    assert!(
        said.contains("run `pulumi refresh` before you take the change back"),
        "{said}"
    );
}
