//! The operations on webhooks.

use crate::app::App;
use crate::domain::webhooks::{
    Delivery, Format, Parcel, SEALED_FOR, Scope, SecretChange, Webhook, WebhookBody, WebhookError,
    payload, ping_delivery,
};
use crate::parts::{Letter, StoreError};
use crate::store::WebhookRow;
use tracing::info;
use uuid::Uuid;

/// Creates a webhook.
pub(crate) async fn create(
    app: &App,
    scope: Scope,
    body: WebhookBody,
) -> Result<Webhook, WebhookError> {
    let (name, settings) = body.to_new(&scope)?;
    let secret = match body.secret_change() {
        SecretChange::Keep | SecretChange::Remove => None,
        SecretChange::Set(secret) => Some(app.secrets().seal(SEALED_FOR, &secret)?),
    };
    app.store()
        .create_webhook(scope, name, settings, secret)
        .await
}

/// Changes a webhook.
pub(crate) async fn change(
    app: &App,
    scope: Scope,
    name: String,
    body: WebhookBody,
) -> Result<Webhook, WebhookError> {
    let secret = match body.secret_change() {
        SecretChange::Keep => None,
        SecretChange::Remove => Some(None),
        SecretChange::Set(secret) => Some(Some(app.secrets().seal(SEALED_FOR, &secret)?)),
    };
    let change = move |old: Webhook| {
        let settings = body.to_changed(&old.scope, old.settings)?;
        Ok(Webhook {
            settings,
            secret: secret.unwrap_or(old.secret),
            ..old
        })
    };
    app.store().change_webhook(scope, name, change).await
}

/// Sends a ping immediately, even if the webhook is inactive, because a user asked for it.
pub(crate) async fn ping(app: &App, scope: Scope, name: String) -> Result<Delivery, WebhookError> {
    let (row, webhook) = app.store().webhook(scope, name).await?;
    let timestamp = app.clock().now().as_second();
    let payload = payload::ping(
        webhook.settings.format,
        &webhook.scope,
        app.user(),
        timestamp,
    );
    let parcel = Parcel {
        id: Uuid::new_v4().to_string(),
        kind: payload::PING.to_owned(),
        payload,
        timestamp,
    };
    send(app, row, webhook, parcel).await
}

/// Sends the payload of an earlier delivery again, unchanged and with the same ID, to the webhook's current target.
pub(crate) async fn redeliver(
    app: &App,
    scope: Scope,
    name: String,
    event: String,
) -> Result<Delivery, WebhookError> {
    let (
        row,
        webhook,
        Delivery {
            id, kind, payload, ..
        },
    ) = app.store().delivery(scope, name, event).await?;
    let parcel = Parcel {
        id,
        kind,
        payload,
        timestamp: app.clock().now().as_second(),
    };
    send(app, row, webhook, parcel).await
}

/// Sends a parcel and records the delivery. Both happen even if the caller stops waiting, so nothing is sent without a
/// record.
async fn send(
    app: &App,
    row: WebhookRow,
    webhook: Webhook,
    parcel: Parcel,
) -> Result<Delivery, WebhookError> {
    let working = app.clone();
    let work = async move {
        let delivery = match webhook.settings.format {
            Format::PulumiDeployments if parcel.kind == payload::PING => {
                ping_delivery(&webhook, parcel, &working.base_url())
            }
            Format::PulumiDeployments => {
                let moment = working.moment();
                let started = working
                    .store()
                    .start_by_webhook(row, webhook, parcel, moment)
                    .await?;
                return Ok(started);
            }
            _ => post(&working, &webhook, parcel).await?,
        };
        note(&webhook, &delivery);
        working
            .store()
            .record_delivery(row, delivery.clone())
            .await?;
        Ok(delivery)
    };
    app.background()
        .spawn(work)
        .await
        .unwrap_or_else(|_| Err(StoreError::GivenUp.into()))
}

/// Posts a parcel to the URL of a webhook. If there is no answer, the delivery has the response code 0.
pub(crate) async fn post(
    app: &App,
    webhook: &Webhook,
    parcel: Parcel,
) -> Result<Delivery, WebhookError> {
    let open = |sealed| app.secrets().open_sealed(SEALED_FOR, sealed);
    let letter = Letter {
        id: parcel.id.clone(),
        kind: parcel.kind.clone(),
        body: parcel.payload.clone(),
        secret: webhook.secret.as_ref().map(open).transpose()?,
    };
    let url = webhook.settings.payload_url.clone();
    let posted = app.postman().post(&url, letter).await;
    Ok(parcel.delivered(url, posted))
}

/// Logs a delivery.
pub(crate) fn note(webhook: &Webhook, delivery: &Delivery) {
    info!(
        webhook.name = %webhook.name, event.kind = %delivery.kind, http.status = delivery.response_code,
        duration_ms = delivery.duration_ms,
        "delivered `{}` to webhook `{}` of {}", delivery.kind, webhook.name, webhook.scope,
    );
}
