//! Replacements: the new webhook is checked before the old one is deleted, and a webhook that a resource holds is not
//! deleted.
//!
//! # What this may not do
//!
//! Change anything on the cloud.

use super::held::{Held, Replaced, Verdict};
use super::wanted::WantedWebhook;
use crate::cloud::Client;
use crate::domain::WebhookId;
use crate::engine::urn::Urn;
use crate::property::Map;
use crate::resources::error::ResourceError;
use std::sync::{Mutex, MutexGuard};

/// What the calls of this deployment say about who holds which webhook; see [`super::held`].
#[derive(Debug, Default)]
pub struct Holders(Mutex<Held<Option<WantedWebhook>>>);

impl Holders {
    /// A Check returned `inputs`; `olds` are empty if it came without old inputs.
    pub fn checked(&self, urn: &Urn, olds: &Map, inputs: &Map) {
        if olds.is_empty() {
            self.lock().announced(urn, WantedWebhook::new(inputs).ok());
        } else {
            // A generated name may differ from the one that the cloud gave.
            let had = WantedWebhook::new(olds).ok().filter(|had| had.is_named);
            self.lock().checked(urn, had.map(|had| had.id));
        }
    }

    /// A Diff of a webhook, and whether it must be replaced.
    pub fn diffed(&self, urn: &Urn, id: &str, replaces: bool) {
        if let Ok(id) = id.parse() {
            self.lock().diffed(urn, &id, replaces);
        }
    }

    /// A Read.
    pub fn read(&self, urn: &Urn) {
        self.lock().read(urn);
    }

    /// A create or an update that left a webhook on the cloud, whether it succeeded or not.
    pub fn made(&self, urn: &Urn, id: &str) {
        if let Ok(id) = id.parse() {
            self.lock().made(urn, &id);
        }
    }

    pub(super) fn begun(&self, urn: &Urn, id: &WebhookId) {
        self.lock().begun(urn, id);
    }

    pub(super) fn failed(&self, urn: &Urn) {
        self.lock().failed(urn);
    }

    pub(super) fn other(&self, urn: &Urn, id: &WebhookId) -> Option<Urn> {
        self.lock().other(urn, id).cloned()
    }

    pub(super) fn stayed_behind(&self, urn: &Urn, id: &WebhookId) {
        self.lock().stayed_behind(urn, id);
    }

    pub(super) fn taken_along(&self, urn: &Urn) -> Option<WebhookId> {
        self.lock().taken_along(urn).cloned()
    }

    pub(super) fn deleted(&self, urn: &Urn) {
        self.lock().deleted(urn);
    }

    pub(super) fn on_delete(&self, urn: &Urn, id: &WebhookId) -> Verdict<Option<WantedWebhook>> {
        self.lock().on_delete(urn, id)
    }

    /// Whether the create of this resource replaces this webhook.
    pub(super) fn replaces(&self, urn: &Urn, id: &WebhookId) -> bool {
        self.lock().on_create(urn) == Replaced::Webhook(id.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Held<Option<WantedWebhook>>> {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
    }
}

/// Ensures that a replacement can be created before the webhook `old` is deleted for it: its scope exists, and a name that
/// the program gives is free or belongs to a webhook of an earlier try. It costs one list for all replacements in a scope
/// at about the same time; none if the webhook stays in its scope.
///
/// # Errors
///
/// [`ResourceError::NoRoom`] if it cannot be created, or the cloud does not say.
pub(super) async fn require_room(
    cloud: &Client,
    holders: &Holders,
    urn: &Urn,
    old: &WebhookId,
    wanted: &WantedWebhook,
) -> Result<(), ResourceError> {
    if wanted.id == *old {
        return Ok(());
    }
    let no_room = |source| ResourceError::NoRoom {
        id: old.to_string(),
        source: Box::new(source),
    };
    let listed = cloud.webhooks_beside(&wanted.id.scope).await;
    let there = listed.map_err(|error| no_room(error.into()))?;
    let is_taken = there
        .iter()
        .any(|live| wanted.is_named && live.name == wanted.id.name);
    // The webhooks of a renamed stack moved with it, and this may be the one.
    let is_taken_along = || async {
        let is_same_name = old.name == wanted.id.name && old.scope != wanted.id.scope;
        is_same_name && matches!(cloud.webhooks(&old.scope).await, Ok(None))
    };
    if is_taken && !is_taken_along().await {
        let holder = holders.other(urn, &wanted.id);
        return Err(no_room(ResourceError::Taken {
            id: wanted.id.to_string(),
            resource: urn.name().to_owned(),
            holder: holder.map(|holder| holder.as_str().to_owned()),
        }));
    }
    Ok(())
}
