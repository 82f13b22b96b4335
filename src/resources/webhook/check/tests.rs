use super::*;
use crate::property::testing::{json, map};
use serde_json::json;

/// A stack's webhook with `changes`; a null takes a property away.
fn webhook(changes: serde_json::Value) -> Map {
    let mut news = map(json!({
        "organizationName": "acme", "projectName": "app", "stackName": "prod",
        "displayName": "deploys", "payloadUrl": "https://example.com/hook", "filters": ["update_succeeded"],
    }));
    for (name, value) in map(changes) {
        if value == Value::Null {
            news.remove(&name)
        } else {
            news.insert(name, value)
        };
    }
    news
}

fn said(news: &Map) -> String {
    let unknown = Err("is required, because it is not known".to_owned());
    let checked = check(&Map::new(), news, Some(&unknown));
    let lines = checked
        .failures
        .iter()
        .map(|failure| format!("{}: {}", failure.path, failure.reason));
    lines.collect::<Vec<_>>().join("\n")
}

fn filled(changes: serde_json::Value) -> serde_json::Value {
    let news = webhook(changes);
    let checked = check(&Map::new(), &news, Some(&Ok("home".to_owned())));
    assert_eq!(checked.failures, []);
    let added = checked
        .inputs
        .into_iter()
        .filter(|(name, value)| news.get(name) != Some(value));
    json(&added.collect())
}

#[test]
fn every_scope_has_its_properties() {
    let none = json!(null);
    assert_eq!(said(&webhook(json!({}))), "");
    assert_eq!(
        said(&webhook(json!({"projectName": none, "stackName": none}))),
        ""
    );
    assert_eq!(
        said(&webhook(
            json!({"stackName": none, "environmentName": "prod", "filters": ["environment_tag_created"]})
        )),
        ""
    );
    insta::assert_snapshot!(said(&webhook(json!({"projectName": none}))), @"projectName: is required with `stackName`: name the project that the stack is in");
    insta::assert_snapshot!(said(&webhook(json!({"projectName": none, "stackName": none, "environmentName": "e"}))), @"projectName: is required with `environmentName`: name the project that the environment is in");
    insta::assert_snapshot!(said(&webhook(json!({"stackName": none}))), @"projectName: does not say what to watch by itself: add `stackName` or `environmentName`, or remove it to watch the organization");
    insta::assert_snapshot!(said(&webhook(json!({"environmentName": "e"}))), @"stackName: a webhook watches a stack or an environment, not both: remove `stackName` or `environmentName`");
    insta::assert_snapshot!(said(&webhook(json!({"organizationName": none}))), @"organizationName: is required, because it is not known");
}

#[test]
fn everything_wrong_is_said_at_once() {
    let news = webhook(json!({
        "projectName": "a/b", "stackName": "..", "displayName": " ", "payloadUrl": "", "format": "deploy",
        "filters": ["update_suceeded", "stack_created", 7], "groups": ["stack", "environments"],
        "active": "yes", "name": "a name", "secret": "secret ", "payloadURL": "x",
    }));
    insta::assert_snapshot!(said(&news));
}

#[test]
fn events_fit_the_scope_and_each_other() {
    insta::assert_snapshot!(said(&webhook(json!({"groups": ["stacks"]}))), @"filters[0]: `update_succeeded` is already in the group `stacks`: remove one of the two");
    insta::assert_snapshot!(said(&webhook(json!({"filters": ["stack_created"]}))), @"filters[0]: a webhook on a stack does not get the event `stack_created`");
    insta::assert_snapshot!(said(&webhook(json!({"groups": ["change_requests"]}))), @"groups[0]: a webhook on a stack does not get the events of `change_requests`");
    assert_eq!(
        said(&webhook(
            json!({"filters": ["update_succeeded", "update_succeeded"]})
        )),
        ""
    );
}

#[test]
fn the_target_fits_the_format() {
    let target =
        |format: &str, url: &str| said(&webhook(json!({"format": format, "payloadUrl": url})));
    for (format, url) in [
        ("raw", "http://127.0.0.1:8080/x"),
        ("ms_teams", "https://example.com"),
        ("slack", "https://hooks.slack.com/services/x"),
        ("pulumi_deployments", "app/prod"),
    ] {
        assert_eq!(target(format, url), "", "{format} {url}");
    }
    let bad = [
        ("raw", "app/prod"),
        ("raw", "ftp://example.com"),
        ("slack", "https://example.com"),
        ("pulumi_deployments", "https://example.com"),
        ("pulumi_deployments", "acme/app/prod"),
        ("pulumi_deployments", "app"),
    ];
    let lines: Vec<_> = bad
        .iter()
        .map(|(format, url)| format!("{format} {url} -> {}", target(format, url)))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
    let organization = webhook(
        json!({"projectName": null, "stackName": null, "format": "pulumi_deployments", "payloadUrl": "a/b"}),
    );
    insta::assert_snapshot!(said(&organization), @"format: `pulumi_deployments` works on a stack or an environment only: add `projectName` and `stackName`");
}

#[test]
fn what_is_not_known_is_not_judged() {
    let unknown = json!({
        "organizationName": "?", "projectName": "?", "stackName": "?", "displayName": "?", "payloadUrl": "?",
        "format": "?", "filters": ["?"], "groups": "?", "secret": "secret ?", "active": "?", "name": "?",
    });
    let news = map(unknown);
    let checked = check(&Map::new(), &news, None);
    assert_eq!((checked.failures, checked.inputs), (vec![], news));
}

#[test]
fn what_a_cloud_has_is_kept() {
    let odd = json!({"filters": ["stack_deleted", "moon_landed"], "groups": ["stacks"], "displayName": " "});
    let news = webhook(odd);
    let failures = |olds: &Map, news: &Map| check(olds, news, None).failures;
    assert_eq!(
        failures(&Map::new(), &news).len(),
        3,
        "a new program may not"
    );
    assert_eq!(failures(&news, &news), []);
    // What changes is judged, and the rest is not.
    let changed = webhook(
        json!({"filters": ["stack_deleted", "moon_landed"], "groups": ["deployments", "environments"], "displayName": " "}),
    );
    let said: Vec<_> = failures(&news, &changed)
        .iter()
        .map(|failure| format!("{}: {}", failure.path, failure.reason))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"groups[1]: a webhook on a stack does not get the events of `environments`");
}

#[test]
fn digits_are_kept_as_text() {
    let digits = json!({"stackName": 42, "displayName": 7, "secret": 123_456, "active": true, "format": "raw"});
    let kept = filled(digits);
    assert_eq!(
        kept,
        json!({"stackName": "42", "displayName": "7", "secret": "secret 123456"})
    );
}

#[test]
fn defaults_are_filled_in_and_nothing_else_is_touched() {
    assert_eq!(filled(json!({})), json!({"active": true, "format": "raw"}));
    let none = json!(null);
    assert_eq!(
        filled(json!({"filters": none})),
        json!({"active": true, "format": "raw", "groups": ["deployments", "stacks"]})
    );
    assert_eq!(
        filled(
            json!({"filters": [], "format": "slack", "active": false, "payloadUrl": "https://hooks.slack.com/x"})
        ),
        json!({"groups": ["deployments", "stacks"], "payloadUrl": "secret https://hooks.slack.com/x"})
    );
    assert_eq!(
        filled(json!({"organizationName": none})),
        json!({"active": true, "format": "raw", "organizationName": "home"})
    );
    let organization = json!({"projectName": none, "stackName": none, "filters": none, "active": true, "format": "raw"});
    assert_eq!(
        filled(organization),
        json!({"groups": ["deployments", "environments", "stacks"]})
    );
    let environment = json!({"stackName": none, "environmentName": "e", "filters": none, "active": true, "format": "raw"});
    assert_eq!(filled(environment), json!({"groups": ["environments"]}));
}

#[test]
fn a_deployment_without_events_follows_successful_updates_alone() {
    let deployment = |filters| json!({"format": "pulumi_deployments", "payloadUrl": "a/b", "active": true, "filters": filters});
    assert_eq!(
        filled(deployment(json!(null))),
        json!({"filters": ["update_succeeded"]})
    );
    assert_eq!(
        filled(deployment(json!([]))),
        json!({"filters": ["update_succeeded"]})
    );
    assert_eq!(filled(deployment(json!(["update_failed"]))), json!({}));
    assert_eq!(filled(deployment(json!("?"))), json!({}));
}
