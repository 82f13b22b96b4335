use super::*;
use crate::domain::stacks::{EnvironmentPath, StackPath};
use insta::assert_snapshot;
use serde_json::{Value, json};

fn stack() -> Scope {
    Scope::Stack(StackPath {
        organization: "acme".into(),
        project: "web".into(),
        stack: "dev".into(),
    })
}

fn environment() -> Scope {
    Scope::Environment(EnvironmentPath {
        organization: "acme".into(),
        project: "web".into(),
        environment: "dev".into(),
    })
}

/// A complete body with some fields changed; null removes one.
fn body(changes: &Value) -> WebhookBody {
    let mut body = json!({
        "organizationName": "acme", "displayName": "d", "payloadUrl": "http://127.0.0.1:9/x", "active": true,
    });
    for (key, value) in changes.as_object().unwrap() {
        body[key] = value.clone();
    }
    serde_json::from_value(body).unwrap()
}

fn problems(scope: &Scope, changes: &Value) -> String {
    body(changes)
        .to_new(scope)
        .map_or_else(|error| error.to_string(), |_| "fine".to_owned())
}

fn old() -> WebhookSettings {
    let old =
        body(&json!({"format": "slack", "filters": ["update_failed"], "groups": ["deployments"]}));
    old.to_new(&stack()).unwrap().1
}

fn change(change: Value) -> Result<WebhookSettings, InvalidWebhook> {
    let change: WebhookBody = serde_json::from_value(change).unwrap();
    change.to_changed(&stack(), old())
}

#[test]
fn a_text_has_an_end() {
    let text = |n| "é".repeat(n);
    assert_eq!(
        problems(&stack(), &json!({"displayName": text(MAX_TEXT)})),
        "fine"
    );
    let long = json!({
        "displayName": text(MAX_TEXT + 1), "payloadUrl": format!("http://127.0.0.1/{}", text(MAX_TEXT)),
    });
    assert_snapshot!(problems(&stack(), &long), @"`displayName` has more than 4096 characters; `payloadUrl` has more than 4096 characters");
}

#[test]
fn every_problem_is_said() {
    let everything = json!({
        "name": "no/name", "displayName": " ", "payloadUrl": "ftp://x", "active": null, "format": "teams",
        "filters": ["update"], "groups": ["stack"], "organizationName": "other", "envName": "dev",
    });
    assert_snapshot!(problems(&stack(), &everything).replace("; ", "\n"), @r"
    `organizationName` is not that of stack `acme/web/dev`
    `envName` is not that of stack `acme/web/dev`
    `name`: `no/name` is not a name of a webhook: it must have 1 to 32 letters, digits, `.`, `_` and `-`
    `active` is required
    unknown format `teams`
    unknown filter `update`
    unknown group `stack`
    `displayName` must not be empty
    `payloadUrl` must be an http or https URL
    ");
}

#[test]
fn what_is_missing_is_said_once() {
    let nothing =
        json!({"organizationName": null, "displayName": null, "payloadUrl": null, "active": null});
    assert_snapshot!(problems(&stack(), &nothing).replace("; ", "\n"), @r"
    `organizationName` is required
    `displayName` is required
    `payloadUrl` is required
    `active` is required
    ");
}

#[test]
fn the_payload_url_of_deployments_is_a_stack_of_the_same_organization() {
    let given = |url: &str| json!({"format": "pulumi_deployments", "payloadUrl": url});
    assert_eq!(problems(&stack(), &given("web/prod")), "fine");
    assert_eq!(problems(&environment(), &given("web/prod")), "fine");
    let refused = "`payloadUrl` must be `project/stack` with the format `pulumi_deployments`";
    for url in [
        "",
        "web",
        "web/",
        "/prod",
        "acme/web/prod",
        "web/ prod",
        "http://127.0.0.1/x",
    ] {
        assert_eq!(problems(&stack(), &given(url)), refused, "{url}");
    }
    assert_snapshot!(
        problems(&Scope::Organization("acme".into()), &given("web/prod")),
        @"a webhook of an organization cannot have the format `pulumi_deployments`"
    );
}

#[test]
fn the_scope_may_be_repeated_or_left_out() {
    assert_eq!(
        problems(
            &stack(),
            &json!({"projectName": "web", "stackName": "dev", "envName": ""})
        ),
        "fine"
    );
    assert_eq!(
        problems(
            &environment(),
            &json!({"projectName": "web", "envName": "dev"})
        ),
        "fine"
    );
    assert_ne!(
        problems(&environment(), &json!({"stackName": "dev"})),
        "fine"
    );
    assert_ne!(
        problems(
            &Scope::Organization("acme".into()),
            &json!({"projectName": "web"})
        ),
        "fine"
    );
}

#[test]
fn lists_are_sets_in_the_order_given() {
    let twice = json!({"filters": ["update_failed", "update_succeeded", "update_failed"]});
    let (_, settings) = body(&twice).to_new(&stack()).unwrap();
    let names: Vec<_> = settings
        .filters
        .iter()
        .map(|filter| filter.as_str())
        .collect();
    assert_eq!(names, ["update_failed", "update_succeeded"]);
}

#[test]
fn a_change_of_a_part_leaves_the_rest() {
    assert_eq!(change(json!({})).unwrap(), old());
    assert_eq!(
        change(json!({"active": false})).unwrap(),
        WebhookSettings {
            active: false,
            ..old()
        }
    );
    assert_eq!(
        change(json!({"filters": []})).unwrap(),
        WebhookSettings {
            filters: vec![],
            ..old()
        }
    );
    assert_eq!(change(json!({"format": ""})).unwrap(), old());
}

#[test]
fn a_change_of_the_whole_takes_absent_lists_as_empty() {
    let whole = json!({"organizationName": "acme", "displayName": "d", "payloadUrl": "http://127.0.0.1:9/x", "active": true});
    assert_eq!(
        change(whole).unwrap(),
        WebhookSettings {
            filters: vec![],
            groups: vec![],
            ..old()
        }
    );
}

#[test]
fn a_change_is_judged_by_what_would_become_of_the_webhook() {
    assert!(
        change(json!({"format": "pulumi_deployments"})).is_err(),
        "the old URL does not fit"
    );
    assert!(change(json!({"format": "pulumi_deployments", "payloadUrl": "web/prod"})).is_ok());
    assert!(
        change(json!({"name": "other"})).is_ok(),
        "the path has the name"
    );
}

#[test]
fn the_secret_is_kept_removed_or_set_and_never_shown() {
    let secret = |given: Value| body(&json!({"secret": given})).secret_change();
    assert!(matches!(secret(Value::Null), SecretChange::Keep));
    assert!(matches!(secret(json!("")), SecretChange::Keep));
    assert!(matches!(
        secret(json!("__remove-secret")),
        SecretChange::Remove
    ));
    assert!(
        matches!(secret(json!("shh")), SecretChange::Set(given) if given.expose_secret() == "shh")
    );
    assert!(!format!("{:?}", body(&json!({"secret": "shh"}))).contains("shh"));
}
