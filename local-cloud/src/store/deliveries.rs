//! The latest deliveries of webhooks.

use super::database::Store;
use super::webhooks;
use super::webhooks::WebhookRow;
use crate::domain::webhooks::{Delivery, Scope, Webhook, WebhookError};
use crate::parts::StoreError;
use rusqlite::{OptionalExtension as _, Row, Transaction, named_params};

/// How many deliveries of a webhook are kept.
const N_KEPT: u32 = 50;

const COLUMNS: &str =
    "event, kind, payload, timestamp, duration_ms, request_url, request_headers, response_code,
    response_headers, response_body";

impl Store {
    /// Records a delivery, and removes the oldest ones. Does nothing if the webhook was deleted.
    pub(crate) async fn record_delivery(
        &self,
        row: WebhookRow,
        delivery: Delivery,
    ) -> Result<(), StoreError> {
        self.write_quietly(move |transaction| record(transaction, row, &delivery))
            .await
    }

    /// The recent deliveries of a webhook, newest first.
    pub(crate) async fn deliveries(
        &self,
        scope: Scope,
        name: String,
    ) -> Result<Vec<Delivery>, WebhookError> {
        self.read(move |transaction| {
            let (WebhookRow(webhook), _) = webhooks::find(transaction, &scope, &name)?;
            let sql =
                format!("SELECT {COLUMNS} FROM deliveries WHERE webhook = ?1 ORDER BY id DESC");
            let mut statement = transaction.prepare_cached(&sql)?;
            let found = statement.query_map([webhook], read)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// A webhook, and its latest delivery of an event.
    pub(crate) async fn delivery(
        &self,
        scope: Scope,
        name: String,
        event: String,
    ) -> Result<(WebhookRow, Webhook, Delivery), WebhookError> {
        self.read(move |transaction| {
            let (row, webhook) = webhooks::find(transaction, &scope, &name)?;
            let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE webhook = ?1 AND event = ?2 ORDER BY id DESC LIMIT 1");
            let found = transaction.prepare_cached(&sql)?.query_row((row.0, &event), read).optional()?;
            let delivery = found.ok_or(WebhookError::NoDelivery { name, event })?;
            Ok((row, webhook, delivery))
        })
        .await
    }
}

/// See [`Store::record_delivery`].
pub(super) fn record(
    transaction: &Transaction<'_>,
    WebhookRow(webhook): WebhookRow,
    delivery: &Delivery,
) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO deliveries (webhook, {COLUMNS})
         SELECT id, :event, :kind, :payload, :timestamp, :duration_ms, :request_url, :request_headers,
             :response_code, :response_headers, :response_body
         FROM webhooks WHERE id = :webhook"
    );
    transaction.prepare_cached(&sql)?.execute(named_params! {
        ":webhook": webhook,
        ":event": delivery.id,
        ":kind": delivery.kind,
        ":payload": delivery.payload,
        ":timestamp": delivery.timestamp,
        ":duration_ms": delivery.duration_ms,
        ":request_url": delivery.request_url,
        ":request_headers": delivery.request_headers,
        ":response_code": delivery.response_code,
        ":response_headers": delivery.response_headers,
        ":response_body": delivery.response_body,
    })?;
    let forget = "DELETE FROM deliveries WHERE webhook = ?1 AND id NOT IN
        (SELECT id FROM deliveries WHERE webhook = ?1 ORDER BY id DESC LIMIT ?2)";
    transaction
        .prepare_cached(forget)?
        .execute((webhook, N_KEPT))?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: row.get(0)?,
        kind: row.get(1)?,
        payload: row.get(2)?,
        timestamp: row.get(3)?,
        duration_ms: row.get(4)?,
        request_url: row.get(5)?,
        request_headers: row.get(6)?,
        response_code: row.get(7)?,
        response_headers: row.get(8)?,
        response_body: row.get(9)?,
    })
}
