//! Where things are below the cloud's address, segment by segment.
//!
//! # What this may not do
//!
//! Escape anything; that is [`super::call`].

use crate::domain::{Scope, StackRef, WebhookId};

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

/// The webhooks of a scope.
pub(super) fn hooks(scope: &Scope) -> Vec<&str> {
    match scope {
        Scope::Organization { organization } => vec!["api", "orgs", organization, "hooks"],
        Scope::Stack {
            organization,
            project,
            stack,
        } => vec!["api", "stacks", organization, project, stack, "hooks"],
        Scope::Environment {
            organization,
            project,
            environment,
        } => {
            vec![
                "api",
                "esc",
                "environments",
                organization,
                project,
                environment,
                "hooks",
            ]
        }
    }
}

/// The address of something of a stack.
pub(super) fn of_stack<'a>(stack: &'a StackRef, rest: &[&'a str]) -> Vec<&'a str> {
    let mut segments = vec![
        "api",
        "stacks",
        stack.organization(),
        stack.project(),
        stack.stack(),
    ];
    segments.extend(rest);
    segments
}

/// One webhook.
pub(super) fn hook(id: &WebhookId) -> Vec<&str> {
    let mut segments = hooks(&id.scope);
    segments.push(&id.name);
    segments
}
