//! Messages that have yet to be sent to webhooks over HTTP.

use super::database::Store;
use super::webhooks::WebhookRow;
use super::{deliveries, webhooks};
use crate::domain::webhooks::{Delivery, Parcel, Webhook};
use crate::parts::StoreError;
use rusqlite::{OptionalExtension as _, Transaction};

/// A parcel, and its webhook.
#[derive(Debug)]
pub(crate) struct PendingParcel {
    id: i64,
    pub(crate) row: WebhookRow,
    pub(crate) webhook: Webhook,
    pub(crate) parcel: Parcel,
}

impl Store {
    /// The webhooks with parcels.
    pub(crate) async fn webhooks_with_parcels(&self) -> Result<Vec<WebhookRow>, StoreError> {
        self.read(|transaction| {
            let mut statement =
                transaction.prepare_cached("SELECT DISTINCT webhook FROM parcels")?;
            let found = statement.query_map((), |row| Ok(WebhookRow(row.get(0)?)))?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The oldest parcel for a webhook. `now` is in Unix seconds.
    pub(crate) async fn next_parcel(
        &self,
        row: WebhookRow,
        now: i64,
    ) -> Result<Option<PendingParcel>, StoreError> {
        self.read(move |transaction| next(transaction, row, now))
            .await
    }

    /// Records the delivery of a parcel, so that it is not sent again.
    pub(crate) async fn delivered(
        &self,
        waiting: PendingParcel,
        delivery: Delivery,
    ) -> Result<(), StoreError> {
        self.write_quietly(move |transaction| {
            transaction
                .prepare_cached("DELETE FROM parcels WHERE id = ?1")?
                .execute([waiting.id])?;
            deliveries::record(transaction, waiting.row, &delivery)
        })
        .await
    }
}

/// Stores a parcel until it has been sent.
pub(super) fn put(
    transaction: &Transaction<'_>,
    WebhookRow(row): WebhookRow,
    parcel: &Parcel,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO parcels (webhook, event, kind, payload) VALUES (?1, ?2, ?3, ?4)";
    transaction
        .prepare_cached(sql)?
        .execute((row, &parcel.id, &parcel.kind, &parcel.payload))?;
    Ok(())
}

fn next(
    transaction: &Transaction<'_>,
    row: WebhookRow,
    now: i64,
) -> Result<Option<PendingParcel>, StoreError> {
    let sql = "SELECT id, event, kind, payload FROM parcels WHERE webhook = ?1 ORDER BY id LIMIT 1";
    let found = transaction
        .prepare_cached(sql)?
        .query_row([row.0], |row| {
            let parcel = Parcel {
                id: row.get(1)?,
                kind: row.get(2)?,
                payload: row.get(3)?,
                timestamp: now,
            };
            Ok((row.get(0)?, parcel))
        })
        .optional()?;
    let Some((id, parcel)) = found else {
        return Ok(None);
    };
    let webhook = webhooks::by_row(transaction, row)?;
    Ok(webhook.map(|webhook| PendingParcel {
        id,
        row,
        webhook,
        parcel,
    }))
}
