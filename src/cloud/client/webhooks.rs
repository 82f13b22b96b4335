//! What we ask of Pulumi Cloud about webhooks.
//!
//! # What this may not do
//!
//! Know property values or URNs, or decide what an answer means for a resource.

use super::Client;
use crate::cloud::call::{Answer, Call};
use crate::cloud::error::CloudError;
use crate::cloud::listing::Listed;
use crate::cloud::paths::{hook, hooks, named};
use crate::cloud::webhook::{LiveWebhook, SecretChange, WebhookSpec};
use crate::cloud::wire::webhook::{WebhookAnswer, WebhookBody};
use crate::domain::{Scope, WebhookId};
use reqwest::{Method, StatusCode};
use std::sync::Arc;

impl Client {
    /// Makes a webhook.
    ///
    /// # Errors
    ///
    /// [`CloudError::Conflict`] if the name is taken, [`CloudError::NoSuchScope`] if there is nothing to watch.
    pub async fn create_webhook(
        &self,
        scope: &Scope,
        spec: &WebhookSpec,
    ) -> Result<LiveWebhook, CloudError> {
        let operation = format!("create the webhook of the {}", named(scope));
        let call = Call::new(Method::POST, operation, hooks(scope))
            .with_body(&WebhookBody::create(scope, spec))
            .harmless();
        let answer = self.transport.send(&call).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Err(CloudError::NoSuchScope {
                operation: call.operation,
                url: self.transport.url(),
                what: named(scope),
            }),
            StatusCode::CONFLICT => Err(conflict(call.operation, &answer)),
            _ => Ok(self.transport.read::<WebhookAnswer>(&call, &answer)?.into()),
        }
    }

    /// A webhook as it is now, or `None` if it, or what it watches, is not there.
    pub async fn webhook(&self, id: &WebhookId) -> Result<Option<LiveWebhook>, CloudError> {
        let call = Call::new(Method::GET, format!("read the webhook `{id}`"), hook(id));
        Ok(self
            .transport
            .json::<WebhookAnswer>(&call)
            .await?
            .map(Into::into))
    }

    /// All webhooks of a scope, or `None` if it is not there.
    pub async fn webhooks(&self, scope: &Scope) -> Listed {
        let call = Call::new(
            Method::GET,
            format!("list the webhooks of the {}", named(scope)),
            hooks(scope),
        );
        let found = self.transport.json::<Vec<WebhookAnswer>>(&call).await?;
        Ok(found.map(|webhooks| Arc::new(webhooks.into_iter().map(Into::into).collect())))
    }

    /// As [`Client::webhooks`], but those who ask for one scope at about the same time share one request.
    pub async fn webhooks_together(&self, scope: &Scope) -> Listed {
        let list = || {
            let (client, scope) = (self.clone(), scope.clone());
            async move { client.webhooks(&scope).await }
        };
        self.listings.get(scope, list).await
    }

    /// The webhooks of a scope in which another is to be made, shared like [`Client::webhooks_together`].
    ///
    /// # Errors
    ///
    /// [`CloudError::NoSuchScope`] if there is nothing to watch.
    pub async fn webhooks_beside(
        &self,
        scope: &Scope,
    ) -> Result<Arc<Vec<LiveWebhook>>, CloudError> {
        let listed = self.webhooks_together(scope).await?;
        listed.ok_or_else(|| CloudError::NoSuchScope {
            operation: format!("create the webhook of the {}", named(scope)),
            url: self.transport.url(),
            what: named(scope),
        })
    }

    /// As [`Client::webhook`], but those who ask for webhooks of one scope at about the same time share one request.
    pub async fn find_webhook(&self, id: &WebhookId) -> Result<Option<LiveWebhook>, CloudError> {
        let webhooks = self.webhooks_together(&id.scope).await?;
        Ok(webhooks.and_then(|webhooks| {
            webhooks
                .iter()
                .find(|webhook| webhook.name == id.name)
                .cloned()
        }))
    }

    /// Makes a webhook what `spec` says, whatever it was; its name stays. `None` if it is not there.
    pub async fn update_webhook(
        &self,
        id: &WebhookId,
        spec: &WebhookSpec,
        secret: SecretChange,
    ) -> Result<Option<LiveWebhook>, CloudError> {
        let body = WebhookBody::update(&id.scope, spec, secret);
        let call = Call::new(
            Method::PATCH,
            format!("update the webhook `{id}`"),
            hook(id),
        )
        .with_body(&body);
        Ok(self
            .transport
            .json::<WebhookAnswer>(&call)
            .await?
            .map(Into::into))
    }

    /// Removes a webhook. One that is not there is as good as removed.
    pub async fn delete_webhook(&self, id: &WebhookId) -> Result<(), CloudError> {
        let call = Call::new(
            Method::DELETE,
            format!("delete the webhook `{id}`"),
            hook(id),
        );
        self.transport.send(&call).await.map(drop)
    }
}

fn conflict(operation: String, answer: &Answer) -> CloudError {
    CloudError::Conflict {
        operation,
        after_lost_try: answer.after_lost_try,
    }
}
