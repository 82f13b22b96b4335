//! Webhooks of organizations, stacks and environments, with the same handlers: the path determines the scope.

use crate::actions::webhooks;
use crate::app::App;
use crate::domain::webhooks::{Delivery, Scope, Webhook, WebhookBody};
use crate::web::{ApiError, Body, PathNames};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

/// A webhook in the form of the API. Empty or inapplicable members are left out, and the secret always is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookAnswer {
    organization_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    env_name: Option<String>,
    name: String,
    display_name: String,
    payload_url: String,
    active: bool,
    format: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    filters: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<&'static str>,
    has_secret: bool,
    /// Changes with the secret, and reveals nothing else about it.
    secret_ciphertext: String,
}

impl From<Webhook> for WebhookAnswer {
    fn from(webhook: Webhook) -> WebhookAnswer {
        let Webhook {
            scope,
            name,
            settings,
            secret,
        } = webhook;
        WebhookAnswer {
            organization_name: scope.organization().to_owned(),
            project_name: scope.project().map(str::to_owned),
            stack_name: scope.stack().map(str::to_owned),
            env_name: scope.environment().map(str::to_owned),
            name,
            display_name: settings.display_name,
            payload_url: settings.payload_url,
            active: settings.active,
            format: settings.format.as_str(),
            filters: settings
                .filters
                .iter()
                .map(|filter| filter.as_str())
                .collect(),
            groups: settings.groups.iter().map(|group| group.as_str()).collect(),
            has_secret: secret.is_some(),
            secret_ciphertext: secret.map(|secret| secret.digest).unwrap_or_default(),
        }
    }
}

/// A delivery in the form of the API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeliveryAnswer {
    id: String,
    kind: String,
    payload: String,
    timestamp: i64,
    duration: i64,
    request_url: String,
    request_headers: String,
    response_code: u16,
    response_headers: String,
    response_body: String,
}

impl From<Delivery> for DeliveryAnswer {
    fn from(delivery: Delivery) -> DeliveryAnswer {
        DeliveryAnswer {
            id: delivery.id,
            kind: delivery.kind,
            payload: delivery.payload,
            timestamp: delivery.timestamp,
            duration: delivery.duration_ms,
            request_url: delivery.request_url,
            request_headers: delivery.request_headers,
            response_code: delivery.response_code,
            response_headers: delivery.response_headers,
            response_body: delivery.response_body,
        }
    }
}

/// `GET …/hooks`
pub(super) async fn list(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Vec<WebhookAnswer>>, ApiError> {
    let found = app.store().webhooks(names.scope()).await?;
    Ok(Json(found.into_iter().map(WebhookAnswer::from).collect()))
}

/// `POST …/hooks`
pub(super) async fn create(
    State(app): State<App>,
    names: PathNames,
    Body(body): Body<WebhookBody>,
) -> Result<(StatusCode, Json<WebhookAnswer>), ApiError> {
    let made = webhooks::create(&app, names.scope(), body).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// `GET …/hooks/{webhook}`
pub(super) async fn read(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<WebhookAnswer>, ApiError> {
    let (scope, name) = webhook_of(&names);
    let (_, found) = app.store().webhook(scope, name).await?;
    Ok(Json(found.into()))
}

/// `PATCH …/hooks/{webhook}`
pub(super) async fn change(
    State(app): State<App>,
    names: PathNames,
    Body(body): Body<WebhookBody>,
) -> Result<Json<WebhookAnswer>, ApiError> {
    let (scope, name) = webhook_of(&names);
    Ok(Json(
        webhooks::change(&app, scope, name, body).await?.into(),
    ))
}

/// `DELETE …/hooks/{webhook}`
pub(super) async fn delete(
    State(app): State<App>,
    names: PathNames,
) -> Result<StatusCode, ApiError> {
    let (scope, name) = webhook_of(&names);
    app.store().delete_webhook(scope, name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST …/hooks/{webhook}/ping`
pub(super) async fn ping(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<DeliveryAnswer>, ApiError> {
    let (scope, name) = webhook_of(&names);
    Ok(Json(webhooks::ping(&app, scope, name).await?.into()))
}

/// `GET …/hooks/{webhook}/deliveries`
pub(super) async fn deliveries(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Vec<DeliveryAnswer>>, ApiError> {
    let (scope, name) = webhook_of(&names);
    let found = app.store().deliveries(scope, name).await?;
    Ok(Json(found.into_iter().map(DeliveryAnswer::from).collect()))
}

/// `POST …/hooks/{webhook}/deliveries/{event}/redeliver`
pub(super) async fn redeliver(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<DeliveryAnswer>, ApiError> {
    let (scope, name) = webhook_of(&names);
    Ok(Json(
        webhooks::redeliver(&app, scope, name, names.get("event"))
            .await?
            .into(),
    ))
}

fn webhook_of(names: &PathNames) -> (Scope, String) {
    (names.scope(), names.get("webhook"))
}
