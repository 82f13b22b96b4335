//! What is sent: every request that the client can make, built without a server.

use crate::id;
use auto_deploy::cloud::calls::{self, Call};
use auto_deploy::cloud::{
    Delivery, Operation, PreviewRequest, Revision, SecretChange, WebhookSpec,
};
use auto_deploy::domain::{Filter, Format, Group, Scope, StackRef};
use jiff::Timestamp;

fn stack() -> StackRef {
    StackRef::new("acme", "app", "prod").expect("a name")
}

fn spec() -> WebhookSpec {
    WebhookSpec {
        name: "x".to_owned(),
        display_name: "Starts dev".to_owned(),
        payload_url: "app/dev".to_owned(),
        active: true,
        format: Format::PulumiDeployments,
        filters: vec![Filter::UpdateSucceeded],
        groups: vec![],
        secret: Some("key".to_owned().into()),
    }
}

/// A request as text: its purpose, its path, what a repeat and a 409 mean, the capability that it needs, and its body.
fn text(call: &Call) -> String {
    let base = "https://api.example.com".parse().expect("it is a URL");
    let mut lines = vec![
        format!("could not {}", call.operation),
        format!("{} {}", call.method, call.url(&base)),
        format!("repeat {:?}, conflict {:?}", call.repeat, call.conflict),
    ];
    lines.extend(call.needs.as_ref().map(|what| format!("needs {what}")));
    let body = call.body.as_deref().map(String::from_utf8_lossy);
    lines.extend(body.map(String::from));
    lines.join("\n")
}

fn texts(calls: &[Call]) -> String {
    let texts: Vec<String> = calls.iter().map(text).collect();
    texts.join("\n\n")
}

#[test]
fn what_is_asked_about_webhooks() {
    let webhook = id("x");
    let organization = Scope::Organization {
        organization: "acme".to_owned(),
    };
    let environment = Scope::Environment {
        organization: "acme".to_owned(),
        project: "app".to_owned(),
        environment: "shared".to_owned(),
    };
    let groups = WebhookSpec {
        format: Format::Raw,
        payload_url: "https://example.com".to_owned(),
        filters: vec![],
        groups: vec![Group::Environments],
        secret: None,
        ..spec()
    };
    let delivery = Delivery {
        webhook: webhook.clone(),
        event: "e-1".to_owned(),
        kind: "stack_update".to_owned(),
        sent: Timestamp::UNIX_EPOCH,
        duration_ms: 1,
        status: 500,
        message: String::new(),
    };
    insta::assert_snapshot!(texts(&[
        calls::create_webhook(&webhook.scope, &spec()),
        calls::create_webhook(&organization, &groups),
        calls::create_webhook(&environment, &groups),
        calls::webhook(&webhook),
        calls::webhooks(&organization),
        calls::webhooks_beside(&webhook.scope),
        calls::update_webhook(&webhook, &spec(), SecretChange::Keep),
        calls::update_webhook(&webhook, &spec(), SecretChange::Set),
        calls::update_webhook(&webhook, &spec(), SecretChange::Remove),
        calls::delete_webhook(&webhook),
        calls::deliveries(&webhook),
        calls::redeliver(&delivery),
    ]));
}

#[test]
fn what_is_asked_about_deployments() {
    let stack = stack();
    insta::assert_snapshot!(texts(&[
        calls::stack_deployments(&stack, 1000),
        calls::stack_deployments_page(&stack, 2, 1000),
        calls::organization_deployments("acme", 2, 1000),
        calls::deployment_counts("acme"),
        calls::deployment(&stack, "d-1"),
        calls::start_deployment(&stack, Operation::Update),
        calls::start_deployment(&stack, Operation::Preview),
        calls::start_preview(
            &stack,
            &PreviewRequest {
                variables: [("A".to_owned(), "1".to_owned())].into(),
                revision: Some(Revision::Branch("wider".to_owned())),
            }
        ),
        calls::deployment_runs(&stack, "d-1"),
        calls::engine_events(&stack, "u-1"),
        calls::concurrency("acme"),
        calls::cancel_deployment(&stack, "d-1"),
        calls::pause_deployments(&stack),
        calls::resume_deployments(&stack),
        calls::deployment_pauses(&stack),
        calls::deployment_settings(&stack),
        calls::updates(&stack, 2, 100),
    ]));
}

#[test]
fn what_is_asked_about_stacks_and_organizations() {
    let stack = stack();
    insta::assert_snapshot!(texts(&[
        calls::stacks("acme", None),
        calls::stacks("acme", Some("app")),
        calls::capabilities(),
        calls::outputs(&stack),
        calls::exported_outputs(&stack),
        calls::downstream_references(&stack),
        calls::upstream_references(&stack),
        calls::stacks_of_project("app", "prod"),
        calls::default_organization(),
        calls::user(),
    ]));
}

#[test]
fn each_name_keeps_its_place() {
    let call = calls::webhook(&id("a/b?c#d%e fü"));
    let path = "/api/stacks/acme/app/prod/hooks/a%2Fb%3Fc%23d%25e%20f%C3%BC";
    assert_eq!(call.path, path);
}
