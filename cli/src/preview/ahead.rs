//! Warnings about the webhooks and commands of the members, before a preview begins.
//!
//! # What this may not do
//!
//! Make a request.

use auto_deploy::cloud::LiveWebhook;
use auto_deploy::domain::{Format, Scope, ScopeKind, WebhookId, preview_raises};

/// A webhook that receives events of previews.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hearer {
    /// The webhook.
    pub(super) id: WebhookId,
    /// The stack that it starts; `None` if it only sends messages.
    pub(super) starts: Option<String>,
    /// The events of a preview that it receives.
    pub(super) events: Vec<String>,
}

/// The webhooks of a scope that receive events of previews that the cloud runs.
pub(super) fn hearers(scope: &Scope, webhooks: &[LiveWebhook]) -> Vec<Hearer> {
    let kind: ScopeKind = scope.kind();
    let hearer = |webhook: &LiveWebhook| {
        let events = webhook.events(kind).into_iter();
        let events: Vec<String> = events
            .filter(|event| preview_raises(std::slice::from_ref(event)))
            .collect();
        let starts = webhook.format == Format::PulumiDeployments.as_str();
        (webhook.active && !events.is_empty()).then(|| Hearer {
            id: WebhookId {
                scope: scope.clone(),
                name: webhook.name.clone(),
            },
            starts: starts.then(|| webhook.payload_url.clone()),
            events,
        })
    };
    webhooks.iter().filter_map(hearer).collect()
}

/// Why no preview may begin; `None` if none would start anything.
pub(super) fn refusal(hearers: &[Hearer]) -> Option<String> {
    let line = |hearer: &Hearer| {
        let target = hearer.starts.as_ref()?;
        let events = hearer.events.join("`, `");
        Some(format!(
            "\n  the webhook `{}` would start `{target}` at `{events}`",
            hearer.id
        ))
    };
    let lines: Vec<String> = hearers.iter().filter_map(line).collect();
    (!lines.is_empty()).then(|| {
        format!(
            "a preview would start a real update, so none has begun:{}\nlimit each of these webhooks to \
             `update_succeeded`, or run this again with `--allow-starts`",
            lines.concat()
        )
    })
}

/// Whether one of these shell commands calls the Pulumi CLI.
pub(super) fn calls_pulumi(commands: &[String]) -> bool {
    let is_pulumi = |word: &str| word == "pulumi" || word.ends_with("/pulumi");
    let separators = |c: char| c.is_whitespace() || ";|&()`$\"'{}".contains(c);
    let words = commands.iter().flat_map(|text| text.split(separators));
    words.into_iter().any(is_pulumi)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(format: &str, filters: &[&str], groups: &[&str]) -> LiveWebhook {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        LiveWebhook {
            name: format.to_owned(),
            place: None,
            display_name: String::new(),
            payload_url: "app/prod".to_owned(),
            active: true,
            format: format.to_owned(),
            filters: words(filters),
            groups: words(groups),
            has_secret: false,
            secret_ciphertext: None,
        }
    }

    fn scope() -> Scope {
        Scope::Stack {
            organization: "acme".to_owned(),
            project: "network".to_owned(),
            stack: "prod".to_owned(),
        }
    }

    #[test]
    fn a_webhook_that_would_start_a_stack_is_named_with_its_events() {
        let starts = "pulumi_deployments";
        let inactive = LiveWebhook {
            active: false,
            ..webhook(starts, &["deployment_succeeded"], &[])
        };
        let all = [
            webhook(starts, &["update_succeeded"], &[]),
            inactive,
            webhook("raw", &["update_succeeded"], &[]),
        ];
        assert_eq!(hearers(&scope(), &all), []);
        let all = [
            webhook(starts, &["deployment_succeeded", "update_succeeded"], &[]),
            webhook("slack", &["preview_failed"], &[]),
            webhook(starts, &["preview_succeeded"], &[]),
        ];
        let found = hearers(&scope(), &all);
        assert_eq!(found.len(), 3);
        insta::assert_snapshot!(refusal(&found).unwrap_or_default(), @r"
        a preview would start a real update, so none has begun:
          the webhook `acme/network/prod/pulumi_deployments` would start `app/prod` at `deployment_succeeded`
          the webhook `acme/network/prod/pulumi_deployments` would start `app/prod` at `preview_succeeded`
        limit each of these webhooks to `update_succeeded`, or run this again with `--allow-starts`
        ");
        assert_eq!(refusal(&found[1..2]), None, "a message starts nothing");
        let group = hearers(&scope(), &[webhook(starts, &[], &["deployments"])]);
        assert!(refusal(&group).is_some());
    }

    #[test]
    fn commands_that_call_the_cli() {
        let check = |text: &str| calls_pulumi(&["make".to_owned(), text.to_owned()]);
        for text in [
            "pulumi up --yes",
            "cd net && pulumi config",
            "X=$(pulumi stack output x)",
            "/usr/bin/pulumi version",
            "sh -c 'pulumi about'",
        ] {
            assert!(check(text), "{text}");
        }
        for text in [
            "echo pulumi-free",
            "npm i @pulumi/pulumi-x",
            "ls pulumi.yaml",
        ] {
            assert!(!check(text), "{text}");
        }
    }
}
