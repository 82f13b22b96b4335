//! A webhook that starts another stack.
//!
//! # What this may not do
//!
//! Ask whether the stack exists.

use crate::cloud::LiveWebhook;
use crate::domain::{
    Format, Scope, ScopeKind, StackRef, Starts, WebhookId, destroy_raises, is_wake_up,
};
use crate::graph::Edge;

/// A webhook that starts another stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LiveEdge {
    /// The two stacks.
    pub edge: Edge,
    /// The name of the webhook.
    pub webhook: String,
    /// Whether the webhook is active. Otherwise it starts nothing.
    pub active: bool,
    /// The events that start the target, in the order of the cloud's documentation.
    pub events: Vec<String>,
    /// Whether its name is that of a webhook that wakes up a stack which conducts joins.
    pub is_wake_up: bool,
}

impl LiveEdge {
    /// The edge of a webhook on `upstream`; `None` if it starts no deployment, or names no stack.
    pub fn of(upstream: &StackRef, webhook: &LiveWebhook) -> Option<LiveEdge> {
        if webhook.starts(ScopeKind::Stack) == Starts::NoDeployment {
            return None;
        }
        let downstream = StackRef::parse_in(upstream.organization(), &webhook.payload_url).ok()?;
        Some(LiveEdge {
            edge: Edge {
                upstream: upstream.clone(),
                downstream,
            },
            webhook: webhook.name.clone(),
            active: webhook.active,
            events: webhook.events(ScopeKind::Stack),
            is_wake_up: is_wake_up(&webhook.display_name),
        })
    }

    /// The webhook.
    pub fn id(&self) -> WebhookId {
        WebhookId {
            scope: Scope::from(&self.edge.upstream),
            name: self.webhook.clone(),
        }
    }

    /// When it starts the downstream stack.
    pub fn starts(&self) -> Starts {
        Starts::of(
            Format::PulumiDeployments.as_str(),
            self.active,
            &self.events,
        )
    }

    /// Whether a destroy of the upstream stack can start the downstream stack.
    pub fn starts_after_destroy(&self) -> bool {
        self.active && destroy_raises(&self.events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook() -> LiveWebhook {
        LiveWebhook {
            name: "w".to_owned(),
            place: None,
            display_name: "w".to_owned(),
            payload_url: "p/b".to_owned(),
            active: true,
            format: "pulumi_deployments".to_owned(),
            filters: Vec::new(),
            groups: Vec::new(),
            has_secret: false,
            secret_ciphertext: None,
        }
    }

    #[test]
    fn only_what_starts_a_stack_is_an_edge() {
        let upstream = StackRef::parse_in("acme", "p/a").unwrap();
        let edge = LiveEdge::of(&upstream, &webhook()).unwrap();
        assert_eq!(edge.edge.to_string(), "p/a → p/b");
        for other in [
            LiveWebhook {
                format: "raw".to_owned(),
                ..webhook()
            },
            LiveWebhook {
                payload_url: "b".to_owned(),
                ..webhook()
            },
        ] {
            assert_eq!(LiveEdge::of(&upstream, &other), None);
        }
    }
}
