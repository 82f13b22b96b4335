//! What becomes of a webhook that is there already when a resource is to make it.
//!
//! Under a name that is made from a URN it is the work of an earlier try, whatever it looks like. A name that the program
//! gives may be somebody else's: the webhook must look as the one that was asked for.
//!
//! # What this may not do
//!
//! Change a webhook that a person would tell from the one that was asked for.

use super::wanted::WantedWebhook;
use crate::cloud::{Client, CloudError, ErrorKind, LiveWebhook, SecretChange};
use crate::engine::urn::Urn;
use crate::property::Map;
use crate::resources::error::ResourceError;
use crate::resources::webhook::state;

/// A create of a webhook.
#[derive(Clone, Copy, Debug)]
pub(super) struct Creation<'a> {
    /// What is to be made.
    pub(super) wanted: &'a WantedWebhook,
    /// The resource.
    pub(super) urn: &'a Urn,
    /// Its inputs.
    pub(super) news: &'a Map,
    /// Whether the resource replaces a webhook of this id, which may still be there.
    pub(super) replaces_itself: bool,
}

impl Creation<'_> {
    /// Takes over the webhook that has the name, as a `conflict` says.
    pub(super) async fn take_over(
        self,
        cloud: &Client,
        conflict: CloudError,
    ) -> Result<LiveWebhook, ResourceError> {
        let Some(live) = cloud.webhook(&self.wanted.id).await? else {
            return Err(conflict.into());
        };
        self.require_likeness(&live)?;
        self.bring_up_to_date(cloud, live).await
    }

    /// Looks for a webhook that the cloud says it has made, in an answer that could not be read.
    pub(super) async fn look_after(
        self,
        cloud: &Client,
        unread: CloudError,
    ) -> Result<LiveWebhook, ResourceError> {
        match cloud.webhook(&self.wanted.id).await {
            Ok(Some(live)) => {
                self.require_likeness(&live)?;
                self.bring_up_to_date(cloud, live).await
            }
            Ok(None) => Err(unread.into()),
            // Somebody else's page says nothing about what the cloud did.
            Err(_) if matches!(unread.kind, ErrorKind::NotTheCloud { .. }) => Err(unread.into()),
            Err(_) => Err(ResourceError::Partial {
                id: self.wanted.id.to_string(),
                state: state::outputs(self.news, &LiveWebhook::as_asked(&self.wanted.spec)),
                source: Box::new(unread),
            }),
        }
    }

    /// Refuses what cannot be the work of an earlier try.
    fn require_likeness(self, live: &LiveWebhook) -> Result<(), ResourceError> {
        if !self.wanted.is_named || live.looks_as(&self.wanted.spec) {
            return Ok(());
        }
        let id = self.wanted.id.to_string();
        if self.replaces_itself {
            return Err(ResourceError::CreatesFirst { id });
        }
        Err(ResourceError::Taken {
            id,
            resource: self.urn.name().to_owned(),
        })
    }

    /// Makes a webhook that is there what the resource wants; without a call if it is. A secret cannot be seen, and is set
    /// again.
    async fn bring_up_to_date(
        self,
        cloud: &Client,
        live: LiveWebhook,
    ) -> Result<LiveWebhook, ResourceError> {
        if live.is_as(&self.wanted.spec) {
            return Ok(live);
        }
        let secret = if self.wanted.spec.secret.is_some() {
            SecretChange::Set
        } else {
            SecretChange::Remove
        };
        let id = self.wanted.id.to_string();
        match cloud
            .update_webhook(&self.wanted.id, &self.wanted.spec, secret)
            .await
        {
            Ok(Some(updated)) => Ok(updated),
            Ok(None) => Err(ResourceError::Gone { id }),
            Err(source) => Err(ResourceError::Partial {
                id,
                state: state::found(&self.wanted.id, &live, &Map::new(), self.news.get("secret")),
                source: Box::new(source),
            }),
        }
    }
}
