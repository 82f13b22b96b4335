//! The paths of things below the cloud's address, and their names in messages.
//!
//! # What this may not do
//!
//! Let a name add segments to a path.

use crate::domain::{Scope, StackRef, WebhookId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that stay as they are in a path segment. Everything else is escaped, including `/`, `?`, `#`, `%` and the
/// dots of `..`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'~')
    .remove(b'.');

/// A path of these segments, escaped.
pub(super) fn path(segments: &[&str]) -> String {
    let mut path = String::new();
    for segment in segments {
        // A segment that consists of dots would be removed from the path even if it were escaped. No name does.
        assert!(
            !matches!(*segment, "." | ".."),
            "names are parsed before they get here"
        );
        path.push('/');
        path.extend(utf8_percent_encode(segment, SEGMENT));
    }
    path
}

/// A path below that of a stack.
pub(super) fn of_stack(stack: &StackRef, rest: &[&str]) -> String {
    let (organization, project) = (stack.organization(), stack.project());
    path(&["api", "stacks", organization, project, stack.stack()]) + &path(rest)
}

/// The path of the webhooks of a scope.
pub(super) fn webhooks_of(scope: &Scope) -> String {
    match scope {
        Scope::Organization { organization } => path(&["api", "orgs", organization, "hooks"]),
        Scope::Stack {
            organization,
            project,
            stack,
        } => path(&["api", "stacks", organization, project, stack, "hooks"]),
        Scope::Environment {
            organization,
            project,
            environment,
        } => {
            let of_project = path(&["api", "esc", "environments", organization, project]);
            of_project + &path(&[environment, "hooks"])
        }
    }
}

/// The path of a webhook, or one below it.
pub(super) fn of_webhook(id: &WebhookId, rest: &[&str]) -> String {
    webhooks_of(&id.scope) + &path(&[&id.name]) + &path(rest)
}

/// The name of a scope in a message.
pub(super) fn named(scope: &Scope) -> String {
    match scope {
        Scope::Organization { organization } => format!("organization `{organization}`"),
        Scope::Stack {
            organization,
            project,
            stack,
        } => format!("stack `{organization}/{project}/{stack}`"),
        Scope::Environment {
            organization,
            project,
            environment,
        } => {
            format!("environment `{organization}/{project}/{environment}`")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_place() {
        assert_eq!(
            path(&["api", "a/../../b", "?x", "#", "%2e%2e", "ü", ""]),
            "/api/a%2F..%2F..%2Fb/%3Fx/%23/%252e%252e/%C3%BC/"
        );
    }
}
