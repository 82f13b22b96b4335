//! A webhook: as wanted, and as the cloud has it.
//!
//! # What this may not do
//!
//! Know how it is written in a request or an answer.

use crate::domain::{Filter, Format, Group, Scope, ScopeKind, Starts, events_of};
use secrecy::SecretString;
use std::collections::BTreeSet;

/// A webhook as wanted.
#[derive(Clone, Debug)]
pub struct WebhookSpec {
    /// Its name, unique in its scope; made by us, so a repeated create meets the first.
    pub name: String,
    /// What people call it.
    pub display_name: String,
    /// Where deliveries go.
    pub payload_url: String,
    /// Whether it delivers.
    pub active: bool,
    /// The form of deliveries.
    pub format: Format,
    /// Single events, each once.
    pub filters: Vec<Filter>,
    /// Bundles of events, each once.
    pub groups: Vec<Group>,
    /// The key that deliveries are signed with.
    pub secret: Option<SecretString>,
}

/// A webhook as the cloud has it. Words that we do not know are kept as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveWebhook {
    /// Its name.
    pub name: String,
    /// Where it is, as the cloud writes that; `None` if it does not say.
    pub place: Option<Scope>,
    /// What people call it.
    pub display_name: String,
    /// Where deliveries go.
    pub payload_url: String,
    /// Whether it delivers.
    pub active: bool,
    /// The form of deliveries.
    pub format: String,
    /// Single events.
    pub filters: Vec<String>,
    /// Bundles of events.
    pub groups: Vec<String>,
    /// Whether deliveries are signed.
    pub has_secret: bool,
    /// Changes with the key; `None` if there is none, or the cloud does not tell.
    pub secret_ciphertext: Option<String>,
}

/// What an update does with the signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretChange {
    /// Leaves it, whether there is one or not.
    Keep,
    /// Sets it to the one of the [`WebhookSpec`].
    Set,
    /// Removes it.
    Remove,
}

impl LiveWebhook {
    /// The events that it receives, on a scope of this kind.
    pub fn events(&self, scope: ScopeKind) -> Vec<String> {
        events_of(&self.filters, &self.groups, scope)
    }

    /// When it starts its target, on a scope of this kind.
    pub fn starts(&self, scope: ScopeKind) -> Starts {
        Starts::of(&self.format, self.active, &self.events(scope))
    }

    /// The webhook that a cloud has which did what it was asked and whose answer could not be read.
    pub fn as_asked(spec: &WebhookSpec) -> LiveWebhook {
        let words = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
        LiveWebhook {
            name: spec.name.clone(),
            place: None,
            display_name: spec.display_name.clone(),
            payload_url: spec.payload_url.clone(),
            active: spec.active,
            format: spec.format.as_str().to_owned(),
            filters: words(spec.filters.iter().map(|filter| filter.as_str()).collect()),
            groups: words(spec.groups.iter().map(|group| group.as_str()).collect()),
            has_secret: spec.secret.is_some(),
            secret_ciphertext: None,
        }
    }

    /// Whether the webhook is what `spec` says in all that can be seen: a key cannot, only that there is one.
    pub fn looks_as(&self, spec: &WebhookSpec) -> bool {
        let mut asked = LiveWebhook::as_asked(spec);
        asked.secret_ciphertext.clone_from(&self.secret_ciphertext);
        let set = |words: &[String]| words.iter().cloned().collect::<BTreeSet<_>>();
        let sets = |webhook: &LiveWebhook| (set(&webhook.filters), set(&webhook.groups));
        let rest = |webhook: &LiveWebhook| LiveWebhook {
            place: None,
            filters: Vec::new(),
            groups: Vec::new(),
            ..webhook.clone()
        };
        sets(self) == sets(&asked) && rest(self) == rest(&asked)
    }

    /// Whether the webhook is what `spec` says; never if there is a key, which cannot be seen.
    pub fn is_as(&self, spec: &WebhookSpec) -> bool {
        self.looks_as(spec) && !self.has_secret
    }
}
