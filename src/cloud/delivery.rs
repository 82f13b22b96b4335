//! Deliveries of webhooks.
//!
//! # What this may not do
//!
//! Hold the answer of a receiver other than the cloud itself.

use crate::domain::WebhookId;
use jiff::Timestamp;

/// An event that was sent to a webhook, and the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The webhook.
    pub webhook: WebhookId,
    /// The event's ID; a redelivery has the same.
    pub event: String,
    /// The kind of event.
    pub kind: String,
    /// When it was sent.
    pub sent: Timestamp,
    /// How long the answer took, in milliseconds.
    pub duration_ms: i64,
    /// The HTTP status of the answer; 0 if there was none.
    pub status: u16,
    /// The cloud's own message, if the cloud itself could not do what the delivery asked for.
    pub message: String,
}

impl Delivery {
    /// Whether the receiver did not accept it.
    pub fn is_failed(&self) -> bool {
        !(200..300).contains(&self.status)
    }
}
