//! What no message shows: secrets, wherever they come from, and terminal control characters.

use crate::components::{component, construct};
use crate::hooks::{HOOKS, answers, hook, on_create};
use auto_deploy::pb;
use local_cloud::{Fault, Method, Trouble};
use serde_json::{Value, json};
use testkit::engine::Log;
use testkit::monitor::Monitor;
use testkit::provider::{Provider, urn};
use testkit::values::{json_of, properties, secret};

#[tokio::test]
async fn what_the_cloud_says_of_a_secret_is_not_shown() {
    let provider = Provider::start().await;
    let url = "https://hidden.example/T0/B0";
    let mut news = hook();
    news["format"] = json!("raw");
    news["payloadUrl"] = secret(url);
    let refusal = json!({"code": 400, "message": format!("Bad Request: {url} cannot be reached")});
    let faults = provider.cloud.app().faults();
    faults.add(on_create(answers(400, &refusal.to_string())));
    let status = provider
        .create("hook", &news)
        .await
        .expect_err("it is refused");
    assert!(!status.message().contains("hidden.example"), "{status}");
    assert!(
        status.message().contains("Bad Request: (a secret) cannot"),
        "{status}"
    );
    // A webhook that may exist is kept with its secrets, and its failure shows none.
    let page = json!({"message": url});
    faults.add(on_create(answers(500, &page.to_string())).times(4));
    let look = "/api/stacks/{o}/{p}/{s}/hooks/{h}";
    faults.add(Fault::on(Method::GET, look, Trouble::status(503)).times(4));
    let status = provider
        .create("hook", &news)
        .await
        .expect_err("nobody knows");
    assert!(!status.message().contains("hidden.example"), "{status}");
    let (_, state) = crate::hooks::half_made(&status);
    assert_eq!(state["payloadUrl"], secret(url));
}

#[tokio::test]
async fn a_secret_organization_is_in_no_message() {
    let provider = Provider::start().await;
    let mut news = hook();
    news["organizationName"] = secret("hush-hush");
    let status = provider
        .create("hook", &news)
        .await
        .expect_err("it is not there");
    assert!(!status.message().contains("hush"), "{status}");
    assert!(status.message().contains("(a secret)/app/prod"), "{status}");
}

#[tokio::test]
async fn what_others_wrote_does_not_reach_the_terminal() {
    let (provider, log) = (Provider::start().await, Log::default());
    let ours = provider.another(&log.serve().await).await;
    let theirs = json!([{
        "name": "\u{1b}[2Jx", "displayName": "x", "payloadUrl": "app/dev", "active": true,
        "format": "pulumi_deployments", "filters": ["update_succeeded"],
    }]);
    let list = Fault::on(Method::GET, HOOKS, answers(200, &theirs.to_string()));
    provider.cloud.app().faults().add(list);
    ours.create("hook", &hook()).await.expect("it is made");
    let said = log.taken();
    assert!(
        matches!(&said[..], [line] if line.contains("\\u{1b}[2Jx") && !line.contains('\u{1b}')),
        "{said:?}"
    );
}

#[tokio::test]
async fn the_address_of_a_chat_is_a_secret_and_no_change() {
    let provider = Provider::start().await;
    for (format, url) in [
        ("slack", "https://hooks.slack.com/services/T0"),
        ("ms_teams", "https://teams.example/T0"),
    ] {
        let mut news = hook();
        news["format"] = json!(format);
        news["payloadUrl"] = json!(url);
        let checked = provider.inputs(news.clone()).await;
        assert_eq!(checked["payloadUrl"], secret(url));
        let (id, state) = provider.create("hook", &checked).await.expect("it is made");
        assert_eq!(state["payloadUrl"], secret(url));
        // A state of an earlier version has it in plain text.
        let diffed = provider.diff(&state, &news, &checked).await;
        assert_eq!(diffed.detailed, [""; 0]);
        let read = provider.read(&id, &Value::Null, &Value::Null).await;
        let (state, inputs) = read.expect("it answers").expect("it is there");
        assert_eq!(
            (&state["payloadUrl"], &inputs["payloadUrl"]),
            (&secret(url), &secret(url))
        );
        let before = provider.read(&id, &news, &news).await;
        let (_, inputs) = before.expect("it answers").expect("it is there");
        assert_eq!(
            inputs["payloadUrl"],
            json!(url),
            "a refresh changes nothing"
        );
    }
}

#[tokio::test]
async fn an_empty_secret_is_named() {
    let provider = Provider::start().await;
    let mut news = hook();
    news["secret"] = secret("");
    let request = pb::CheckRequest {
        urn: urn("hook"),
        news: properties(news),
        ..pb::CheckRequest::default()
    };
    let answer = provider
        .client
        .clone()
        .check(request)
        .await
        .expect("it answers");
    let answer = answer.into_inner();
    let [failure] = &answer.failures[..] else {
        panic!("{:?}", answer.failures)
    };
    assert_eq!(failure.property, "secret");
    assert_eq!(json_of(answer.inputs)["secret"], secret(""));
}

/// A cycle consists of edges of several components, and the one that closes it is refused with all stacks named.
#[tokio::test]
async fn a_secret_stack_of_another_component_is_in_no_cycle() {
    let provider = Provider::start().await;
    let monitor = Monitor::default().serve().await;
    let build = async |name: &str, project: Value, downstream: Value| {
        let inputs = json!({"project": project, "stack": "prod", "downstreamRefs": [downstream], "checks": "off"});
        construct(&provider, component("AutoDeployer", name, &monitor, inputs)).await
    };
    build("first", secret("hush"), json!("app/prod"))
        .await
        .expect("it is built");
    build("second", json!("web"), secret("hush/prod"))
        .await
        .expect("it is built");
    let refused = build("third", json!("app"), json!("web/prod")).await;
    let status = refused.expect_err("it closes a cycle");
    let said = format!("{status} {}", String::from_utf8_lossy(status.details()));
    assert!(said.contains("start each other forever"), "{said}");
    assert!(
        said.contains("app/prod") && said.contains("(a secret)"),
        "{said}"
    );
    assert!(!said.contains("hush"), "{said}");
}
