//! Every property with every wrong value that a user may give: what the preview reports before anything is done.

use serde_json::{Value, json};
use testkit::provider::Provider;
use testkit::values::{UNKNOWN, secret};

/// Texts that are wrong as a name, and often elsewhere.
const ODD: [&str; 12] = [
    "",
    " ",
    " a",
    "a b",
    "a/b",
    "..",
    "a?b",
    "a#b",
    "a%2fb",
    "a\nb",
    "a\u{1b}[31mb",
    "\u{202e}a",
];

/// The string properties of a webhook.
const TEXTS: [&str; 8] = [
    "organizationName",
    "projectName",
    "stackName",
    "displayName",
    "payloadUrl",
    "format",
    "name",
    "secret",
];

/// The longest acceptable message, in characters.
const SHORT: usize = 400;

/// A webhook on a stack with one property changed.
fn with(property: &str, value: Value) -> Value {
    let mut hook = json!({
        "organizationName": "acme", "projectName": "app", "stackName": "prod", "displayName": "x",
        "payloadUrl": "https://example.com", "filters": ["update_succeeded"],
    });
    hook[property] = value;
    hook
}

/// The messages about a webhook; none is longer than allowed, or contains terminal control characters.
async fn said(provider: &Provider, hook: Value) -> String {
    let failures = provider.check(hook).await.expect("it answers").failures;
    for line in failures.lines() {
        assert!(line.chars().count() <= SHORT, "{line}");
        assert!(!line.contains(['\u{1b}', '\u{202e}', '\r']), "{line:?}");
    }
    failures
}

/// `property value: message`, or `fine`.
async fn line(provider: &Provider, property: &str, value: Value) -> String {
    let said = said(provider, with(property, value.clone())).await;
    let value: String = value.to_string().chars().take(40).collect();
    let said = if said.is_empty() {
        "fine".to_owned()
    } else {
        said.replace('\n', " & ")
    };
    format!("{property} {value} -> {said}")
}

#[tokio::test]
async fn texts() {
    let provider = Provider::start().await;
    let mut lines = Vec::new();
    for property in TEXTS {
        for value in [json!(7), json!(true), json!(["a"]), json!({"a": "b"})] {
            lines.push(line(&provider, property, value).await);
        }
        for text in ODD {
            lines.push(line(&provider, property, json!(text)).await);
        }
        lines.push(line(&provider, property, json!("x".repeat(10_000))).await);
    }
    assert_eq!(
        provider.requests(),
        [""; 0],
        "a check of what is given makes no request"
    );
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn everything_else() {
    let provider = Provider::start().await;
    let long = "x".repeat(10_000);
    let cases = [
        ("active", json!("true")),
        ("active", json!(1)),
        ("active", json!([])),
        ("filters", json!("update_succeeded")),
        (
            "filters",
            json!([
                7,
                null,
                "",
                " update_succeeded",
                "UPDATE_SUCCEEDED",
                "updateSucceeded"
            ]),
        ),
        ("filters", json!(["succeeded"])),
        ("filters", json!([long])),
        ("filters", json!(["\u{1b}[31m"])),
        ("filters", json!(["update_succeeded", "update_succeeded"])),
        (
            "filters",
            json!([
                "stack_created",
                "environment_created",
                "change_request_created"
            ]),
        ),
        ("groups", json!(["stack", "deployment", "all", long])),
        ("groups", json!(["environments", "change_requests"])),
        ("groups", json!(["stacks"])),
        ("groups", json!({"stacks": true})),
        ("format", json!("Slack")),
        ("format", json!("deployments")),
        ("format", json!("pulumi-deployments")),
        ("format", json!("teams")),
        ("payloadUrl", json!("example.com")),
        ("payloadUrl", json!("ftp://example.com")),
        ("payloadUrl", json!("https://")),
        ("payloadUrl", json!("app/dev")),
        ("payloadUrl", json!("https://example.com/a b")),
        ("environmentName", json!("e")),
        ("payloadURL", json!("https://example.com")),
        ("webhookSecret", json!(secret("s3cret"))),
        (long.as_str(), json!("x")),
        ("a\u{1b}b", json!("x")),
        ("secret", secret("")),
        ("secret", secret(" ")),
        ("secret", secret(7)),
        ("secret", secret("__remove-secret")),
        ("secret", secret(long.as_str())),
        ("displayName", secret("a\u{1b}b")),
        ("filters", secret(json!(["s3cret"]))),
        ("filters", json!([secret("s3cret")])),
        ("payloadUrl", secret("s3cret")),
    ];
    let mut lines = Vec::new();
    for (property, value) in cases {
        let hidden = value.to_string().contains("s3cret");
        let line = line(&provider, property, value).await;
        let (_, said) = line.split_once(" -> ").expect("it has two parts");
        assert!(!hidden || !said.contains("s3cret"), "{line}");
        lines.push(if property.len() > 100 {
            line.replace(property, "LONG")
        } else {
            line
        });
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn formats_and_their_targets() {
    let provider = Provider::start().await;
    let mut lines = Vec::new();
    for format in ["raw", "ms_teams", "slack", "pulumi_deployments", UNKNOWN] {
        for target in [
            "https://example.com",
            "https://hooks.slack.com/services/x",
            "app/dev",
            "acme/app/dev",
            "../dev",
            "app/",
            "",
            "a b",
        ] {
            let mut hook = with("format", json!(format));
            hook["payloadUrl"] = json!(target);
            let said = said(&provider, hook).await;
            let format = format.replace(UNKNOWN, "(unknown)");
            lines.push(format!("{format} {target:?} -> {said}"));
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn all_of_it_is_said_at_once() {
    let provider = Provider::start().await;
    let hook = json!({
        "organizationName": "", "projectName": "a/b", "stackName": "..", "environmentName": 7, "displayName": "",
        "payloadUrl": "", "active": "yes", "format": "deploy", "filters": ["update"], "groups": ["stack"],
        "secret": secret(""), "name": "a b", "nmae": "x",
    });
    let said = said(&provider, hook.clone()).await;
    let n_properties = hook.as_object().expect("an object").len();
    for property in hook.as_object().expect("an object").keys() {
        let named = said.lines().any(|line| {
            line.starts_with(&format!("{property}:")) || line.contains(&format!("`{property}"))
        });
        assert!(named, "{property}: {said}");
    }
    assert!(said.lines().count() >= n_properties, "{said}");
}

#[tokio::test]
async fn ids_to_import() {
    let provider = Provider::start().await;
    let mut lines = Vec::new();
    for id in [
        "",
        "hook",
        "acme/app/hook",
        "acme/app/prod/hook/x",
        "acme/environment/app/prod/hook/x",
        "acme//prod/hook",
        "acme/../prod/hook",
        "acme/app/prod/hook\u{1b}[31m",
        "acme/app/prod/no-such-hook",
        "acme/environment/app/prod/no-such-hook",
        "acme/no-such-hook",
    ] {
        let said = match provider.read(id, &Value::Null, &Value::Null).await {
            Ok(found) => format!("found: {}", found.is_some()),
            Err(status) => format!("{:?}: {}", status.code(), status.message()),
        };
        lines.push(format!("{id:?} -> {said}"));
    }
    let long = provider
        .read(&"x".repeat(10_000), &Value::Null, &Value::Null)
        .await
        .expect_err("it is none");
    assert!(long.message().len() <= SHORT, "{long}");
    insta::assert_snapshot!(lines.join("\n"));
}
