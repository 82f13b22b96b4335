//! What we ask of Pulumi Cloud about deliveries.
//!
//! # What this may not do
//!
//! Redeliver an event twice: each delivery to a deployment starts one.

use super::Client;
use crate::cloud::call::Call;
use crate::cloud::delivery::Delivery;
use crate::cloud::error::CloudError;
use crate::cloud::paths::hook;
use crate::cloud::wire::deployment::DeliveryAnswer;
use crate::domain::WebhookId;
use reqwest::Method;

impl Client {
    /// The recent deliveries of a webhook, newest first, or `None` if it is not there.
    pub async fn deliveries(
        &self,
        webhook: &WebhookId,
    ) -> Result<Option<Vec<Delivery>>, CloudError> {
        let mut segments = hook(webhook);
        segments.push("deliveries");
        let call = Call::new(
            Method::GET,
            format!("list the deliveries of the webhook `{webhook}`"),
            segments,
        );
        let found = self.transport.json::<Vec<DeliveryAnswer>>(&call).await?;
        Ok(found.map(|deliveries| {
            let mut deliveries: Vec<_> = deliveries
                .into_iter()
                .map(|answer| answer.into_delivery(webhook))
                .collect();
            deliveries.sort_by_key(|delivery| std::cmp::Reverse(delivery.sent));
            deliveries
        }))
    }

    /// Sends an event to its webhook once more, or `None` if one of them is not there. It is not repeated if its
    /// answer is lost: each delivery to a deployment starts one.
    pub async fn redeliver(&self, delivery: &Delivery) -> Result<Option<Delivery>, CloudError> {
        let mut segments = hook(&delivery.webhook);
        segments.extend(["deliveries", &delivery.event, "redeliver"]);
        let call = Call::new(
            Method::POST,
            format!("redeliver an event to the webhook `{}`", delivery.webhook),
            segments,
        );
        let found = self.transport.json::<DeliveryAnswer>(&call).await?;
        Ok(found.map(|answer| answer.into_delivery(&delivery.webhook)))
    }
}
