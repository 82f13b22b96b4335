//! Errors of webhooks.

use super::body::InvalidWebhook;
use super::webhook::Scope;
use crate::parts::{Refusal, SecretsError, StoreError};

/// Why an operation on a webhook failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebhookError {
    #[error("{0} does not exist")]
    NoScope(Scope),
    #[error("webhook `{name}` of {scope} does not exist")]
    NoWebhook { scope: Scope, name: String },
    #[error("webhook `{name}` has no delivery of event `{event}`")]
    NoDelivery { name: String, event: String },
    #[error("webhook `{name}` of {scope} already exists")]
    Taken { scope: Scope, name: String },
    #[error(transparent)]
    Invalid(#[from] InvalidWebhook),
    #[error("the webhook's secret cannot be used")]
    Secret(#[from] SecretsError),
    #[error("the store could not answer")]
    Store(#[from] StoreError),
}

impl WebhookError {
    /// The kind of answer for this error.
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            WebhookError::NoScope(_)
            | WebhookError::NoWebhook { .. }
            | WebhookError::NoDelivery { .. } => Refusal::NotFound,
            WebhookError::Taken { .. } => Refusal::Conflict,
            WebhookError::Invalid(_) => Refusal::Invalid,
            WebhookError::Secret(_) | WebhookError::Store(_) => Refusal::Internal,
        }
    }
}
