//! The payloads of deliveries.
//!
//! The fields of a raw payload are those of Pulumi Cloud. Its messages for Slack and Microsoft Teams are not published, so
//! those here are our own, in the formats that these services accept.

use super::webhook::{Format, Scope};
use crate::domain::happenings::{Happening, Subject};
use serde_json::{Map, Value, json};

/// The kind of a ping, as in the `Pulumi-Webhook-Kind` header.
pub(crate) const PING: &str = "ping";

/// The payload of a ping, in the webhook's format. `now` is in Unix seconds.
pub(crate) fn ping(format: Format, scope: &Scope, user: &str, now: i64) -> String {
    let message = format!("Ping of a webhook of {scope}");
    let payload = match format {
        Format::Raw => raw_ping(scope, user, &message, now),
        Format::Slack => slack(&message),
        Format::MsTeams => ms_teams(&message),
        Format::PulumiDeployments => json!({ "operation": "update" }),
    };
    payload.to_string()
}

/// The payload for an event, in the webhook's format.
pub(crate) fn told(format: Format, happening: &Happening, user: &str) -> String {
    let payload = match format {
        Format::Raw => raw(happening, user),
        Format::Slack => slack(&sentence(happening)),
        Format::MsTeams => ms_teams(&sentence(happening)),
        Format::PulumiDeployments => json!({ "operation": "update" }),
    };
    payload.to_string()
}

fn raw(happening: &Happening, user: &str) -> Value {
    let mut payload = happening.fields.clone();
    let (project, of_name, name) = match &happening.subject {
        Subject::Stack(path) => (&path.project, "stackName", &path.stack),
        Subject::Environment(path) => (&path.project, "environmentName", &path.environment),
    };
    let common = [
        ("user", account(user)),
        ("organization", account(happening.subject.organization())),
        ("projectName", project.as_str().into()),
        (of_name, name.as_str().into()),
    ];
    payload.extend(common.map(|(key, value)| (key.to_owned(), value)));
    payload.into()
}

/// What happened, in a sentence.
fn sentence(happening: &Happening) -> String {
    let Happening {
        event,
        subject,
        fields,
        ..
    } = happening;
    let what = event.replace('_', " ");
    let changes = match fields.get("resourceChanges") {
        Some(Value::Object(changes)) if !changes.is_empty() => {
            let changes: Vec<_> = changes.iter().map(|(op, n)| format!("{op} {n}")).collect();
            format!(" ({})", changes.join(", "))
        }
        _ => String::new(),
    };
    let mut urls = ["updateUrl", "deploymentUrl"].iter();
    let url = urls.find_map(|key| fields.get(*key)?.as_str());
    let url = url.map(|url| format!(" {url}")).unwrap_or_default();
    format!("{subject}: {what}{changes}{url}")
}

fn raw_ping(scope: &Scope, user: &str, message: &str, now: i64) -> Value {
    let mut payload = Map::new();
    payload.insert("user".into(), account(user));
    payload.insert("organization".into(), account(scope.organization()));
    let names = [
        ("projectName", scope.project()),
        ("stackName", scope.stack()),
        ("environmentName", scope.environment()),
    ];
    payload.extend(
        names
            .into_iter()
            .filter_map(|(key, name)| Some((key.to_owned(), name?.into()))),
    );
    payload.insert("timestamp".into(), now.into());
    payload.insert("message".into(), message.into());
    payload.into()
}

fn account(name: &str) -> Value {
    json!({ "name": name, "githubLogin": name, "avatarUrl": "" })
}

fn slack(message: &str) -> Value {
    let text = json!({ "type": "mrkdwn", "text": message });
    json!({ "text": message, "blocks": [{ "type": "section", "text": text }] })
}

fn ms_teams(message: &str) -> Value {
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{ "type": "TextBlock", "text": message, "wrap": true }],
    });
    let attachment =
        json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": card });
    json!({ "type": "message", "attachments": [attachment] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::stacks::{EnvironmentPath, StackPath};
    use insta::assert_snapshot;

    #[test]
    fn happenings() {
        let fields = json!({"updateUrl": "http://c/acme/web/dev/updates/3", "kind": "update", "result": "succeeded",
            "resourceChanges": {"create": 2, "same": 1}, "isPreview": false});
        let Value::Object(fields) = fields else {
            panic!("it is an object")
        };
        let path = StackPath {
            organization: "acme".into(),
            project: "web".into(),
            stack: "dev".into(),
        };
        let event = "update_succeeded".to_owned();
        let happening = Happening::new(event, "stack_update", &path, fields);
        let told = |format| told(format, &happening, "local");
        assert_snapshot!(told(Format::Raw), @r#"{"isPreview":false,"kind":"update","organization":{"avatarUrl":"","githubLogin":"acme","name":"acme"},"projectName":"web","resourceChanges":{"create":2,"same":1},"result":"succeeded","stackName":"dev","updateUrl":"http://c/acme/web/dev/updates/3","user":{"avatarUrl":"","githubLogin":"local","name":"local"}}"#);
        assert_snapshot!(told(Format::Slack), @r#"{"blocks":[{"text":{"text":"Stack acme/web/dev: update succeeded (create 2, same 1) http://c/acme/web/dev/updates/3","type":"mrkdwn"},"type":"section"}],"text":"Stack acme/web/dev: update succeeded (create 2, same 1) http://c/acme/web/dev/updates/3"}"#);
        assert_snapshot!(told(Format::MsTeams), @r#"{"attachments":[{"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","body":[{"text":"Stack acme/web/dev: update succeeded (create 2, same 1) http://c/acme/web/dev/updates/3","type":"TextBlock","wrap":true}],"type":"AdaptiveCard","version":"1.4"},"contentType":"application/vnd.microsoft.card.adaptive"}],"type":"message"}"#);
        assert_snapshot!(told(Format::PulumiDeployments), @r#"{"operation":"update"}"#);
    }

    #[test]
    fn happenings_of_environments() {
        let path = EnvironmentPath {
            organization: "acme".into(),
            project: "web".into(),
            environment: "dev".into(),
        };
        let fields = json!({"revision": 2});
        let happening = Happening::of_environment(&path, "environment_revision", "created", fields);
        let told = |format| told(format, &happening, "local");
        assert_snapshot!(told(Format::Raw), @r#"{"action":"created","environmentName":"dev","organization":{"avatarUrl":"","githubLogin":"acme","name":"acme"},"projectName":"web","revision":2,"user":{"avatarUrl":"","githubLogin":"local","name":"local"}}"#);
        assert_snapshot!(told(Format::Slack), @r#"{"blocks":[{"text":{"text":"Environment acme/web/dev: environment revision created","type":"mrkdwn"},"type":"section"}],"text":"Environment acme/web/dev: environment revision created"}"#);
    }

    #[test]
    fn pings() {
        let path = EnvironmentPath {
            organization: "acme".into(),
            project: "web".into(),
            environment: "dev".into(),
        };
        let ping = |format| {
            ping(
                format,
                &Scope::Environment(path.clone()),
                "local",
                1_700_000_000,
            )
        };
        assert_snapshot!(ping(Format::Raw), @r#"{"environmentName":"dev","message":"Ping of a webhook of environment `acme/web/dev`","organization":{"avatarUrl":"","githubLogin":"acme","name":"acme"},"projectName":"web","timestamp":1700000000,"user":{"avatarUrl":"","githubLogin":"local","name":"local"}}"#);
        assert_snapshot!(ping(Format::Slack), @r#"{"blocks":[{"text":{"text":"Ping of a webhook of environment `acme/web/dev`","type":"mrkdwn"},"type":"section"}],"text":"Ping of a webhook of environment `acme/web/dev`"}"#);
        assert_snapshot!(ping(Format::MsTeams), @r#"{"attachments":[{"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","body":[{"text":"Ping of a webhook of environment `acme/web/dev`","type":"TextBlock","wrap":true}],"type":"AdaptiveCard","version":"1.4"},"contentType":"application/vnd.microsoft.card.adaptive"}],"type":"message"}"#);
        assert_snapshot!(ping(Format::PulumiDeployments), @r#"{"operation":"update"}"#);
    }
}
