//! Where things are below the cloud's address, and what they are called in a sentence.
//!
//! # What this may not do
//!
//! Let a name leave its place in the path.

use crate::domain::{Scope, StackRef, WebhookId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in a path segment; everything else is escaped, `/`, `.` in `..`, `?`, `#` and `%` included.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'~')
    .remove(b'.');

/// A path of these segments, escaped.
pub(super) fn path(segments: &[&str]) -> String {
    let mut path = String::new();
    for segment in segments {
        // A segment of dots alone would be taken out of the path, however it is written; no name is one.
        assert!(
            !matches!(*segment, "." | ".."),
            "names are parsed before they get here"
        );
        path.push('/');
        path.extend(utf8_percent_encode(segment, SEGMENT));
    }
    path
}

/// Something of a stack.
pub(super) fn of_stack(stack: &StackRef, rest: &[&str]) -> String {
    let (organization, project) = (stack.organization(), stack.project());
    path(&["api", "stacks", organization, project, stack.stack()]) + &path(rest)
}

/// The webhooks of a scope.
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

/// One webhook, or something of it.
pub(super) fn of_webhook(id: &WebhookId, rest: &[&str]) -> String {
    webhooks_of(&id.scope) + &path(&[&id.name]) + &path(rest)
}

/// What a scope is called in a sentence.
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
