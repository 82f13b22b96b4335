//! Operations on webhooks.
//!
//! # What this may not do
//!
//! Know property values or URNs, or decide what an answer means for a resource.

use super::Client;
use crate::cloud::bounds::Bounds;
use crate::cloud::calls;
use crate::cloud::error::CloudError;
#[cfg(doc)]
use crate::cloud::error::ErrorKind;
use crate::cloud::listing::Listed;
use crate::cloud::webhook::{LiveWebhook, SecretChange, WebhookSpec};
use crate::cloud::wire::webhook::WebhookAnswer;
use crate::domain::{Scope, WebhookId};
use std::sync::Arc;

impl Client {
    /// Creates a webhook. A cancelled request waits for the answer until its last moment.
    ///
    /// # Errors
    ///
    /// [`CloudError::is_conflict`] if the name is taken, [`ErrorKind::NoSuchScope`] if the scope does not exist,
    /// [`CloudError::may_have_been_done`] if the webhook may exist nevertheless.
    pub async fn create_webhook(
        &self,
        scope: &Scope,
        spec: &WebhookSpec,
    ) -> Result<LiveWebhook, CloudError> {
        let call = calls::create_webhook(scope, spec);
        let making = self.transport.required(&call);
        let made = Bounds::current().to_the_last_moment(making).await;
        let made: WebhookAnswer = made.unwrap_or_else(|| Err(self.transport.stopped(&call)))?;
        Ok(made.into())
    }

    /// A webhook as it is now; `None` if it or its scope does not exist.
    pub async fn webhook(&self, id: &WebhookId) -> Result<Option<LiveWebhook>, CloudError> {
        let found: Option<WebhookAnswer> = self.transport.json(&calls::webhook(id)).await?;
        Ok(found.map(Into::into))
    }

    /// All webhooks of a scope; `None` if it does not exist.
    pub async fn webhooks(&self, scope: &Scope) -> Listed {
        let found: Option<Vec<WebhookAnswer>> =
            self.transport.json(&calls::webhooks(scope)).await?;
        Ok(found.map(|webhooks| Arc::new(webhooks.into_iter().map(Into::into).collect())))
    }

    /// Like [`Client::webhooks`], but callers that ask for one scope at about the same time share a request.
    pub async fn webhooks_together(&self, scope: &Scope) -> Listed {
        let list = || {
            let (client, scope) = (self.clone(), scope.clone());
            async move { client.webhooks(&scope).await }
        };
        self.listings.get(scope, list).await
    }

    /// The webhooks of a scope in which one will be created, shared like [`Client::webhooks_together`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchScope`] if the scope does not exist.
    pub async fn webhooks_beside(
        &self,
        scope: &Scope,
    ) -> Result<Arc<Vec<LiveWebhook>>, CloudError> {
        let listed = self.webhooks_together(scope).await?;
        listed.ok_or_else(|| self.transport.missing(&calls::webhooks_beside(scope)))
    }

    /// Like [`Client::webhook`], but callers that ask for webhooks of one scope at about the same time share a request.
    pub async fn find_webhook(&self, id: &WebhookId) -> Result<Option<LiveWebhook>, CloudError> {
        let webhooks = self.webhooks_together(&id.scope).await?;
        Ok(webhooks.and_then(|webhooks| {
            webhooks
                .iter()
                .find(|webhook| webhook.name == id.name)
                .cloned()
        }))
    }

    /// Replaces a webhook by `spec`; its name stays. `None` if it does not exist.
    pub async fn update_webhook(
        &self,
        id: &WebhookId,
        spec: &WebhookSpec,
        secret: SecretChange,
    ) -> Result<Option<LiveWebhook>, CloudError> {
        let call = calls::update_webhook(id, spec, secret);
        let updated: Option<WebhookAnswer> = self.transport.json(&call).await?;
        Ok(updated.map(Into::into))
    }

    /// Deletes a webhook; returns whether it existed.
    pub async fn delete_webhook(&self, id: &WebhookId) -> Result<bool, CloudError> {
        self.transport.removed(&calls::delete_webhook(id)).await
    }
}
