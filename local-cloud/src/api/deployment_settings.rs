//! The settings of deployments. `POST` changes them, `PUT` replaces them.

use crate::actions::deployments;
use crate::app::App;
use crate::store::KeptSettings;
use crate::web::{ApiError, PathNames, RawBody};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Map, Value};

/// `GET …/deployments/settings`
pub(super) async fn read(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let kept = app.store().deployment_settings(names.stack()).await?;
    Ok(answer(kept))
}

/// `PUT …/deployments/settings`
pub(super) async fn replace(
    State(app): State<App>,
    names: PathNames,
    headers: HeaderMap,
    RawBody(body): RawBody<Map<String, Value>>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let kept = deployments::replace_settings(&app, names.stack(), body, source(&headers)).await?;
    Ok(answer(kept))
}

/// `POST …/deployments/settings`
pub(super) async fn change(
    State(app): State<App>,
    names: PathNames,
    headers: HeaderMap,
    RawBody(body): RawBody<Map<String, Value>>,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let kept = deployments::change_settings(&app, names.stack(), body, source(&headers)).await?;
    Ok(answer(kept))
}

/// `DELETE …/deployments/settings`
pub(super) async fn delete(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<bool>, ApiError> {
    app.store()
        .delete_deployment_settings(names.stack())
        .await?;
    Ok(Json(true))
}

/// `POST …/deployments/settings/encrypt`: how older CLIs encrypt a secret for settings.
pub(super) async fn encrypt(
    State(app): State<App>,
    names: PathNames,
    RawBody(body): RawBody<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let sealed = deployments::encrypt_secret(&app, names.stack(), body).await?;
    Ok(Json(sealed))
}

/// Where the change of the settings comes from, in the terms of the API.
fn source(headers: &HeaderMap) -> String {
    let is_provider = headers
        .get("x-pulumi-source")
        .is_some_and(|source| source == "provider");
    if is_provider { "provider" } else { "api" }.to_owned()
}

/// The given settings, with what the cloud adds.
fn answer(kept: KeptSettings) -> Json<Map<String, Value>> {
    let mut settings = kept.settings.into_json();
    settings.insert("version".into(), kept.version.into());
    settings.insert("source".into(), kept.source.into());
    Json(settings)
}
