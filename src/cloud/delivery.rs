//! What webhooks sent.
//!
//! # What this may not do
//!
//! Hold what a receiver answered, unless it was the cloud itself.

use crate::domain::WebhookId;
use jiff::Timestamp;

/// One event that was sent to one webhook, and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The webhook.
    pub webhook: WebhookId,
    /// The event; a redelivery has the same.
    pub event: String,
    /// The sort of event.
    pub kind: String,
    /// When it was sent.
    pub sent: Timestamp,
    /// How long the answer took.
    pub duration_ms: i64,
    /// The HTTP status of the answer; 0 if none came.
    pub status: u16,
    /// The cloud's own words, if it was the cloud that could not do what the delivery asked for.
    pub message: String,
}

impl Delivery {
    /// Whether the receiver did not take it.
    pub fn is_failed(&self) -> bool {
        !(200..300).contains(&self.status)
    }
}
