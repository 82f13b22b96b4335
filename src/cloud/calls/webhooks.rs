//! Requests about webhooks and their deliveries.
//!
//! # What this may not do
//!
//! Let an event be redelivered a second time: each delivery to a deployment starts one.

use super::paths::{named, of_webhook, webhooks_of};
use crate::cloud::call::{Call, Conflict};
use crate::cloud::changes::Touched;
use crate::cloud::delivery::Delivery;
use crate::cloud::webhook::{SecretChange, WebhookSpec};
use crate::cloud::wire::webhook::WebhookBody;
use crate::domain::{Scope, WebhookId};
use reqwest::Method;

/// Creates a webhook. Only one can have its name, so a repeat finds the first.
pub fn create_webhook(scope: &Scope, spec: &WebhookSpec) -> Call {
    let operation = format!("create the webhook of the {}", named(scope));
    let touched = Touched::Webhooks(scope.clone());
    Call::write(Method::POST, operation, webhooks_of(scope), touched)
        .with_body(&WebhookBody::create(scope, spec))
        .harmless(Conflict::NameTaken)
        .needs(named(scope))
}

/// Reads a webhook.
pub fn webhook(id: &WebhookId) -> Call {
    let operation = format!("read the webhook `{id}`");
    Call::read(operation, of_webhook(id, &[]))
}

/// Lists the webhooks of a scope.
pub fn webhooks(scope: &Scope) -> Call {
    let operation = format!("list the webhooks of the {}", named(scope));
    Call::read(operation, webhooks_of(scope))
}

/// Lists the webhooks of a scope in which one will be created, so the scope must exist.
pub fn webhooks_beside(scope: &Scope) -> Call {
    Call {
        operation: format!("create the webhook of the {}", named(scope)),
        ..webhooks(scope).needs(named(scope))
    }
}

/// Replaces a webhook by `spec`; its name stays.
pub fn update_webhook(id: &WebhookId, spec: &WebhookSpec, secret: SecretChange) -> Call {
    let operation = format!("update the webhook `{id}`");
    let body = WebhookBody::update(&id.scope, spec, secret);
    let touched = Touched::Webhooks(id.scope.clone());
    Call::write(Method::PATCH, operation, of_webhook(id, &[]), touched).with_body(&body)
}

/// Deletes a webhook.
pub fn delete_webhook(id: &WebhookId) -> Call {
    let operation = format!("delete the webhook `{id}`");
    let touched = Touched::Webhooks(id.scope.clone());
    Call::write(Method::DELETE, operation, of_webhook(id, &[]), touched)
}

/// Lists the recent deliveries of a webhook.
pub fn deliveries(id: &WebhookId) -> Call {
    let operation = format!("list the deliveries of the webhook `{id}`");
    Call::read(operation, of_webhook(id, &["deliveries"]))
}

/// Sends an event to its webhook again.
pub fn redeliver(delivery: &Delivery) -> Call {
    let id = &delivery.webhook;
    let operation = format!("redeliver an event to the webhook `{id}`");
    let path = of_webhook(id, &["deliveries", &delivery.event, "redeliver"]);
    Call::write(Method::POST, operation, path, Touched::Nothing)
}
