//! Delivers events to webhooks.
//!
//! Events are taken from the outbox in order and handed out: deployments are queued, and parcels are sent. Parcels for
//! different webhooks are sent in parallel, so that a slow receiver does not delay the others; those for one webhook are
//! sent one after the other. A parcel is kept until its delivery is recorded: if the cloud ends in between, it is sent
//! again with the same ID.

use crate::actions::webhooks;
use crate::app::App;
use crate::domain::webhooks::{Delivery, Parcel, WebhookError};
use crate::parts::{StoreError, log};
use crate::store::WebhookRow;
use std::collections::HashMap;
use std::time::Duration;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time;
use tokio_util::sync::CancellationToken;

/// How many webhooks are served at the same time.
const N_SIDE_BY_SIDE: usize = 32;

/// How long to wait after an error of the store.
const PAUSE: Duration = Duration::from_secs(1);

/// Delivers events until `closing` is cancelled, and then finishes the current deliveries.
pub(crate) async fn run(app: App, closing: CancellationToken) {
    let mut commits = app.store().commits();
    let mut busy = HashMap::new();
    let mut sending = JoinSet::new();
    while !closing.is_cancelled() {
        let is_fine = hand_out(&app, &closing).await.is_ok()
            && begin(&app, &closing, &mut busy, &mut sending).await.is_ok();
        let pause = async {
            if is_fine {
                std::future::pending::<()>().await;
            }
            time::sleep(PAUSE).await;
        };
        tokio::select! {
            () = closing.cancelled() => {}
            _ = commits.changed() => {}
            Some(done) = sending.join_next_with_id() => finish(&mut busy, done),
            () = pause => {}
        }
    }
    while let Some(done) = sending.join_next_with_id().await {
        finish(&mut busy, done);
    }
}

/// Empties the outbox.
async fn hand_out(app: &App, closing: &CancellationToken) -> Result<(), StoreError> {
    while !closing.is_cancelled() {
        let n_happenings = app.store().hand_out(app.moment()).await;
        if n_happenings.inspect_err(|error| log::error("the outbox cannot be read", error))? == 0 {
            break;
        }
    }
    Ok(())
}

/// Begins to send to webhooks that have parcels and are not being served yet.
async fn begin(
    app: &App,
    closing: &CancellationToken,
    busy: &mut HashMap<Id, WebhookRow>,
    sending: &mut JoinSet<()>,
) -> Result<(), StoreError> {
    let waiting = app.store().webhooks_with_parcels().await;
    let waiting = waiting.inspect_err(|error| log::error("parcels cannot be read", error))?;
    for row in waiting {
        if busy.len() < N_SIDE_BY_SIDE && !busy.values().any(|other| *other == row) {
            let (app, closing) = (app.clone(), closing.clone());
            let task = sending.spawn(async move {
                if let Err(error) = send_all(&app, row, &closing).await {
                    log::error("a parcel cannot be sent or recorded", &error);
                    // Do not retry immediately.
                    let _ = time::timeout(PAUSE, closing.cancelled()).await;
                }
            });
            busy.insert(task.id(), row);
        }
    }
    Ok(())
}

fn finish(busy: &mut HashMap<Id, WebhookRow>, done: Result<(Id, ()), JoinError>) {
    let id = match done {
        Ok((id, ())) => id,
        Err(error) => {
            log::error("sending had a bug", &error);
            error.id()
        }
    };
    busy.remove(&id);
}

/// Sends the parcels of a webhook, oldest first.
async fn send_all(
    app: &App,
    row: WebhookRow,
    closing: &CancellationToken,
) -> Result<(), StoreError> {
    while !closing.is_cancelled() {
        let now = app.clock().now().as_second();
        let Some(waiting) = app.store().next_parcel(row, now).await? else {
            break;
        };
        let (webhook, parcel) = (&waiting.webhook, &waiting.parcel);
        let sent = webhooks::post(app, webhook, parcel.clone()).await;
        let delivery = sent.unwrap_or_else(|error| {
            log::error("a webhook cannot be told", &error);
            unsent(webhook.settings.payload_url.clone(), parcel.clone(), &error)
        });
        webhooks::note(webhook, &delivery);
        app.store().delivered(waiting, delivery).await?;
    }
    Ok(())
}

/// The record of a parcel that could not be signed.
fn unsent(request_url: String, parcel: Parcel, error: &WebhookError) -> Delivery {
    Delivery {
        id: parcel.id,
        kind: parcel.kind,
        payload: parcel.payload,
        timestamp: parcel.timestamp,
        duration_ms: 0,
        request_url,
        request_headers: String::new(),
        response_code: 0,
        response_headers: String::new(),
        response_body: format!("not sent: {error}"),
    }
}
