//! Operations on deliveries.
//!
//! # What this may not do
//!
//! Decide which delivery to repeat.

use super::Client;
use crate::cloud::calls;
use crate::cloud::delivery::Delivery;
use crate::cloud::error::CloudError;
use crate::cloud::wire::delivery::DeliveryAnswer;
use crate::domain::WebhookId;

impl Client {
    /// The recent deliveries of a webhook, newest first; `None` if the webhook does not exist.
    pub async fn deliveries(&self, id: &WebhookId) -> Result<Option<Vec<Delivery>>, CloudError> {
        let found: Option<Vec<DeliveryAnswer>> =
            self.transport.json(&calls::deliveries(id)).await?;
        Ok(found.map(|deliveries| {
            let mut deliveries: Vec<_> = deliveries
                .into_iter()
                .map(|answer| answer.into_delivery(id))
                .collect();
            deliveries.sort_by_key(|delivery| std::cmp::Reverse(delivery.sent));
            deliveries
        }))
    }

    /// Sends an event to its webhook again; `None` if the event or the webhook does not exist. A lost answer is not
    /// retried, because each delivery to a deployment starts one.
    pub async fn redeliver(&self, delivery: &Delivery) -> Result<Option<Delivery>, CloudError> {
        let call = calls::redeliver(delivery);
        let found: Option<DeliveryAnswer> = self.transport.json(&call).await?;
        Ok(found.map(|answer| answer.into_delivery(&delivery.webhook)))
    }
}
