//! A webhook: as wanted, and as it is on the cloud.
//!
//! # What this may not do
//!
//! Know how a request or an answer represents it.

use crate::domain::{Filter, Format, Group, Scope, ScopeKind, Starts, events_of};
use secrecy::SecretString;
use std::collections::BTreeSet;

/// A webhook as wanted.
#[derive(Clone, Debug)]
pub struct WebhookSpec {
    /// Its name, unique in its scope. We choose it, so a repeated create finds the first.
    pub name: String,
    /// The name that users see.
    pub display_name: String,
    /// Where deliveries go.
    pub payload_url: String,
    /// Whether it is active.
    pub active: bool,
    /// The form of deliveries.
    pub format: Format,
    /// Single events, without duplicates.
    pub filters: Vec<Filter>,
    /// Groups of events, without duplicates.
    pub groups: Vec<Group>,
    /// The key that deliveries are signed with.
    pub secret: Option<SecretString>,
}

/// A webhook as it is on the cloud. Unknown words are kept as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveWebhook {
    /// Its name.
    pub name: String,
    /// Its scope, as the cloud writes it; `None` if the cloud does not say.
    pub place: Option<Scope>,
    /// The name that users see.
    pub display_name: String,
    /// Where deliveries go.
    pub payload_url: String,
    /// Whether it is active.
    pub active: bool,
    /// The form of deliveries.
    pub format: String,
    /// Single events.
    pub filters: Vec<String>,
    /// Groups of events.
    pub groups: Vec<String>,
    /// Whether deliveries are signed.
    pub has_secret: bool,
    /// Changes with the signing key; `None` if there is no key or the cloud does not say.
    pub secret_ciphertext: Option<String>,
}

/// What an update does with the signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretChange {
    /// Keeps it, if there is one.
    Keep,
    /// Sets it to that of the [`WebhookSpec`].
    Set,
    /// Removes it.
    Remove,
}

impl LiveWebhook {
    /// The events that it receives, on a scope of this kind.
    pub fn events(&self, scope: ScopeKind) -> Vec<String> {
        events_of(&self.filters, &self.groups, scope)
    }

    /// When it starts its target, for a scope of this kind.
    pub fn starts(&self, scope: ScopeKind) -> Starts {
        Starts::of(&self.format, self.active, &self.events(scope))
    }

    /// The webhook as it now is on the cloud, when the request succeeded but its answer was unreadable.
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

    /// Whether every visible property is as in `spec`. Of a signing key, only its existence is visible.
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

    /// Whether the webhook certainly is as in `spec`. With a signing key that is never certain, because the key is not
    /// visible.
    pub fn is_as(&self, spec: &WebhookSpec) -> bool {
        self.looks_as(spec) && !self.has_secret
    }
}
