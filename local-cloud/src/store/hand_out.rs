//! Hands out events to webhooks.
//!
//! An event leaves the outbox in the transaction that records its consequences: a parcel for each webhook with an HTTP
//! target, and a deployment for each webhook that starts one.

use super::database::Store;
use super::webhooks::WebhookRow;
use super::{deliveries, deployments, parcels, webhooks};
use crate::domain::deployments::{DeploymentError, NewDeployment};
use crate::domain::happenings::Happening;
use crate::domain::moment::Moment;
use crate::domain::stacks::StackPath;
use crate::domain::webhooks::{
    Delivery, Format, Parcel, Webhook, deployment_delivery, is_told, told,
};
use crate::parts::{StoreError, log};
use rusqlite::Transaction;
use uuid::Uuid;

/// How many events are handed out in one transaction.
const N_AT_ONCE: u32 = 64;

impl Store {
    /// Takes some events from the outbox, in order, and applies the webhooks that match them; returns their number, which
    /// is 0 if the outbox is empty.
    pub(crate) async fn hand_out(&self, moment: Moment) -> Result<usize, StoreError> {
        self.write(move |transaction| {
            let mut n_happenings = 0;
            for (id, happening) in first(transaction)? {
                match serde_json::from_str(&happening) {
                    Ok(happening) => hand(transaction, &happening, &moment)?,
                    // Only this program writes here, so the event will never become readable, and waiting would block all
                    // others.
                    Err(error) => {
                        log::error("a happening cannot be read, and nobody is told", &error);
                    }
                }
                transaction
                    .prepare_cached("DELETE FROM outbox WHERE id = ?1")?
                    .execute([id])?;
                n_happenings += 1;
            }
            Ok(n_happenings)
        })
        .await
    }

    /// Starts the deployment of a webhook, and records it as a delivery of the event with this ID.
    pub(crate) async fn start_by_webhook(
        &self,
        row: WebhookRow,
        webhook: Webhook,
        parcel: Parcel,
        moment: Moment,
    ) -> Result<Delivery, StoreError> {
        self.write(move |transaction| start(transaction, row, &webhook, parcel, &moment))
            .await
    }
}

fn first(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<(i64, String)>> {
    let mut statement =
        transaction.prepare_cached("SELECT id, happening FROM outbox ORDER BY id LIMIT ?1")?;
    let found = statement.query_map([N_AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?)))?;
    found.collect()
}

/// Applies the webhooks that match an event.
fn hand(
    transaction: &Transaction<'_>,
    happening: &Happening,
    moment: &Moment,
) -> Result<(), StoreError> {
    let event = Uuid::new_v4().to_string();
    for (row, webhook) in webhooks::watching(transaction, &happening.subject)? {
        if !is_told(&webhook, &happening.event) {
            continue;
        }
        let parcel = Parcel {
            id: event.clone(),
            kind: happening.kind.clone(),
            payload: told(webhook.settings.format, happening, &moment.user),
            timestamp: moment.seconds(),
        };
        if webhook.settings.format == Format::PulumiDeployments {
            start(transaction, row, &webhook, parcel, moment)?;
        } else {
            parcels::put(transaction, row, &parcel)?;
        }
    }
    Ok(())
}

/// Starts a deployment for a webhook, and records the delivery.
fn start(
    transaction: &Transaction<'_>,
    row: WebhookRow,
    webhook: &Webhook,
    parcel: Parcel,
    moment: &Moment,
) -> Result<Delivery, StoreError> {
    let organization = webhook.scope.organization();
    let made = match StackPath::in_organization(organization, &webhook.settings.payload_url) {
        Some(target) => {
            deployments::create(transaction, &NewDeployment::by_webhook(target), moment)
        }
        None => Err(DeploymentError::Unknown(
            webhook.settings.payload_url.clone(),
        )),
    };
    if let Err(DeploymentError::Store(error)) = made {
        return Err(error);
    }
    let delivery = deployment_delivery(webhook, parcel, &made, &moment.base_url);
    deliveries::record(transaction, row, &delivery)?;
    Ok(delivery)
}
