//! The bodies of deliveries.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use crate::cloud::delivery::Delivery;
use crate::domain::WebhookId;
use jiff::Timestamp;
use serde::Deserialize;

/// One event that was sent to one webhook.
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

/// What the receiver's answer says if it is an error of the cloud itself.
#[derive(Deserialize)]
struct ReceiverMessage {
    message: String,
}

impl DeliveryAnswer {
    pub(in crate::cloud) fn into_delivery(self, webhook: &WebhookId) -> Delivery {
        // Anything that is not the cloud's own error message could hold what no one should see.
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
