//! Webhooks: what they are, what they must look like, and what is sent to them.

mod body;
mod events;
mod matching;
pub(crate) mod payload;
mod webhook;

pub(crate) use crate::parts::postman::{Delivery, Parcel, deployment_delivery};
pub(crate) use body::{InvalidWebhook, SecretChange, WebhookBody};
pub(crate) use events::{Event, Group};
pub(crate) use matching::is_told;
pub(crate) use payload::told;
pub(crate) use webhook::{Format, SEALED_FOR, Scope, Settings, UnknownWord, Webhook, WebhookError};
