//! The bodies of deliveries.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use crate::cloud::delivery::Delivery;
use crate::domain::WebhookId;
use jiff::Timestamp;
use serde::Deserialize;

/// An event that was sent to a webhook.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct DeliveryAnswer {
    id: String,
    kind: String,
    timestamp: i64,
    #[serde(default)]
    duration: i64,
    response_code: u16,
    #[serde(default)]
    response_body: String,
}

/// The message of a receiver, if it is the cloud itself.
#[derive(Deserialize)]
struct ReceiverMessage {
    message: String,
}

impl DeliveryAnswer {
    pub(in crate::cloud) fn into_delivery(self, webhook: &WebhookId) -> Delivery {
        // Anything but the cloud's own error message may be confidential.
        let message = serde_json::from_str::<ReceiverMessage>(&self.response_body);
        Delivery {
            webhook: webhook.clone(),
            event: self.id,
            kind: self.kind,
            sent: Timestamp::from_second(self.timestamp).unwrap_or(Timestamp::UNIX_EPOCH),
            duration_ms: self.duration,
            status: self.response_code,
            message: message
                .map(|said| {
                    said.message
                        .chars()
                        .filter(|c| !c.is_control())
                        .take(300)
                        .collect()
                })
                .unwrap_or_default(),
        }
    }
}
