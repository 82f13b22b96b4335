//! Replacements: what is to be made is looked at before anything is deleted, and what a resource holds is not deleted.
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
    /// A Check answered `inputs`; it came with old inputs, or without.
    pub fn checked(&self, urn: &Urn, is_in_state: bool, inputs: &Map) {
        if is_in_state {
            self.lock().checked(urn);
        } else {
            self.lock()
                .announced(urn, WantedWebhook::new(urn, inputs).ok());
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

    /// A create or an update that left a webhook, whether it succeeded or not.
    pub fn made(&self, urn: &Urn, id: &str) {
        if let Ok(id) = id.parse() {
            self.lock().made(urn, &id);
        }
    }

    pub(super) fn deleted(&self, urn: &Urn) {
        self.lock().deleted(urn);
    }

    pub(super) fn on_delete(&self, urn: &Urn, id: &WebhookId) -> Verdict<Option<WantedWebhook>> {
        self.lock().on_delete(urn, id)
    }

    pub(super) fn on_create(&self, urn: &Urn) -> Replaced {
        self.lock().on_create(urn)
    }

    fn lock(&self) -> MutexGuard<'_, Held<Option<WantedWebhook>>> {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
    }
}

/// Makes sure that a replacement can be made before the webhook `old` is deleted for it: that what it watches is there,
/// and a name that the program gives is free, or has what an earlier try made. It costs one list for all replacements of
/// a scope that come at about the same time; none if the webhook stays where it is.
///
/// # Errors
///
/// [`ResourceError::NoRoom`] if it cannot be made, or the cloud does not say.
pub(super) async fn require_room(
    cloud: &Client,
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
    let in_the_way = there
        .iter()
        .any(|live| wanted.is_named && live.name == wanted.id.name && !live.looks_as(&wanted.spec));
    if in_the_way {
        return Err(no_room(ResourceError::Taken {
            id: wanted.id.to_string(),
            resource: urn.name().to_owned(),
        }));
    }
    Ok(())
}
