//! Which webhooks receive an event of a stack or an environment.
//!
//! # What this may not do
//!
//! Read the store: these are pure functions.

use super::webhook::{Scope, Webhook};

/// Events that only webhooks of an organization receive: a stack or an environment cannot report its own creation or
/// deletion.
const ORGANIZATION_ONLY: [&str; 4] = [
    "stack_created",
    "stack_deleted",
    "environment_created",
    "environment_deleted",
];

/// Whether a webhook of an event's stack, environment or organization receives the event.
///
/// It does if it is active and names the event as a filter, or one of the event's groups. A webhook without filters and
/// groups receives everything.
pub(crate) fn is_told(webhook: &Webhook, event: &str) -> bool {
    let settings = &webhook.settings;
    let takes_all = settings.filters.is_empty() && settings.groups.is_empty();
    let is_in_scope = match &webhook.scope {
        Scope::Organization(_) => true,
        Scope::Stack(_) | Scope::Environment(_) => !ORGANIZATION_ONLY.contains(&event),
    };
    settings.active
        && is_in_scope
        && (takes_all
            || settings
                .filters
                .iter()
                .any(|filter| filter.as_str() == event)
            || settings.groups.iter().any(|group| group.has(event)))
}

#[cfg(test)]
mod tests {
    use super::super::webhook::{Format, WebhookSettings};
    use super::*;
    use crate::domain::stacks::StackPath;

    fn webhook(filters: &[&str], groups: &[&str]) -> Webhook {
        let path = StackPath {
            organization: "acme".into(),
            project: "web".into(),
            stack: "dev".into(),
        };
        Webhook {
            scope: Scope::Stack(path),
            name: "one".into(),
            settings: WebhookSettings {
                display_name: "One".into(),
                payload_url: "http://127.0.0.1/".into(),
                active: true,
                format: Format::Raw,
                filters: filters.iter().map(|name| name.parse().unwrap()).collect(),
                groups: groups.iter().map(|name| name.parse().unwrap()).collect(),
            },
            secret: None,
        }
    }

    #[test]
    fn told_by_filter_or_group() {
        let both = webhook(&["update_succeeded"], &["deployments"]);
        assert!(is_told(&both, "update_succeeded"));
        assert!(is_told(&both, "deployment_queued"));
        assert!(!is_told(&both, "update_failed"));
        assert!(!is_told(&both, "policy_violation_mandatory"));
    }

    #[test]
    fn without_filters_and_groups_everything_is_told() {
        let all = webhook(&[], &[]);
        assert!(is_told(&all, "preview_failed"));
        assert!(is_told(&all, "deployment_started"));
    }

    #[test]
    fn who_is_not_active_is_told_nothing() {
        let mut idle = webhook(&["update_succeeded"], &[]);
        idle.settings.active = false;
        assert!(!is_told(&idle, "update_succeeded"));
    }

    #[test]
    fn beginning_and_end_of_a_stack_are_told_to_the_organization() {
        let mut webhook = webhook(&[], &["stacks"]);
        assert!(!is_told(&webhook, "stack_created"));
        webhook.scope = Scope::Organization("acme".into());
        assert!(is_told(&webhook, "stack_created"));
        assert!(is_told(&webhook, "update_succeeded"));
    }
}
