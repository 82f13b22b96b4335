//! Webhooks: their properties, their rules, and their deliveries.

mod body;
mod delivery;
mod error;
mod events;
mod matching;
pub(crate) mod payload;
mod webhook;

pub(crate) use body::{SecretChange, WebhookBody};
pub(crate) use delivery::{Delivery, Parcel, deployment_delivery, ping_delivery};
pub(crate) use error::WebhookError;
pub(crate) use events::{Event, Group};
pub(crate) use matching::is_told;
pub(crate) use payload::told;
pub(crate) use webhook::{Format, SEALED_FOR, Scope, Webhook, WebhookSettings};
