//! States of stacks: uploaded during an update, exported, imported.

use crate::actions::updates;
use crate::app::App;
use crate::domain::state::{Edit, Entry, Raw, Untyped};
use crate::web::{ApiError, ClientUrl, Lease, PathNames, StateBody};
use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

/// A state with its sequence number within the update.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VerbatimBody {
    untyped_deployment: Raw,
    sequence_number: i64,
}

/// Edits of the previous state.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeltaBody {
    checkpoint_hash: String,
    sequence_number: i64,
    deployment_delta: Option<Vec<Edit>>,
}

/// A whole state.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CheckpointBody {
    is_invalid: Option<bool>,
    version: u32,
    features: Option<Vec<String>>,
    deployment: Option<Raw>,
}

/// Entries of a journal.
#[derive(Debug, Deserialize)]
pub(super) struct JournalBody {
    entries: Vec<Raw>,
}

/// `PATCH …/update/{update}/checkpoint`
pub(super) async fn checkpoint(
    State(app): State<App>,
    lease: Lease,
    StateBody(body): StateBody<CheckpointBody>,
) -> Result<StatusCode, ApiError> {
    if body.is_invalid == Some(true) {
        return Err(ApiError::bad_request(
            "`isInvalid` is no longer supported: send the state as it is",
        ));
    }
    let state = Untyped::new(body.version, body.features, body.deployment);
    updates::upload_checkpoint(&app, lease.path, lease.digest, state).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PATCH …/update/{update}/checkpointverbatim`
pub(super) async fn verbatim(
    State(app): State<App>,
    lease: Lease,
    StateBody(body): StateBody<VerbatimBody>,
) -> Result<StatusCode, ApiError> {
    let (state, sequence) = (body.untyped_deployment, body.sequence_number);
    updates::upload_verbatim(&app, lease.path, lease.digest, sequence, state).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PATCH …/update/{update}/checkpointdelta`
pub(super) async fn delta(
    State(app): State<App>,
    lease: Lease,
    StateBody(body): StateBody<DeltaBody>,
) -> Result<StatusCode, ApiError> {
    let DeltaBody {
        checkpoint_hash,
        sequence_number,
        deployment_delta,
    } = body;
    let edits = deployment_delta.unwrap_or_default();
    updates::upload_delta(
        &app,
        lease.path,
        lease.digest,
        sequence_number,
        edits,
        checkpoint_hash,
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PATCH …/update/{update}/journalentries`
pub(super) async fn journal(
    State(app): State<App>,
    lease: Lease,
    StateBody(body): StateBody<JournalBody>,
) -> Result<StatusCode, ApiError> {
    let read = |(place, raw): (usize, Raw)| {
        let entry = Entry::from_text(raw.get());
        let wrong = |_| {
            ApiError::bad_request(format_args!(
                "`entries[{place}]` is not an entry of a journal"
            ))
        };
        Ok((entry.map_err(wrong)?, raw))
    };
    let entries = body.entries.into_iter().enumerate().map(read);
    let entries = entries.collect::<Result<_, ApiError>>()?;
    let now = app.clock().steady();
    app.store()
        .append_journal(lease.path, lease.digest, now, entries)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET …/export`
pub(super) async fn export(
    State(app): State<App>,
    names: PathNames,
    ClientUrl(url): ClientUrl,
) -> Result<Response, ApiError> {
    exported(&app, &names, None, url).await
}

/// `GET …/export/{version}`
pub(super) async fn export_version(
    State(app): State<App>,
    names: PathNames,
    ClientUrl(url): ClientUrl,
) -> Result<Response, ApiError> {
    let version = names.number("version")?;
    exported(&app, &names, Some(version), url).await
}

async fn exported(
    app: &App,
    names: &PathNames,
    version: Option<i64>,
    url: String,
) -> Result<Response, ApiError> {
    let text = app
        .store()
        .export(names.stack(), version, app.moment(), url)
        .await?;
    let json = HeaderValue::from_static("application/json");
    Ok(([(CONTENT_TYPE, json)], text).into_response())
}

/// `POST …/import`
pub(super) async fn import(
    State(app): State<App>,
    names: PathNames,
    StateBody(state): StateBody<Untyped>,
) -> Result<Json<Value>, ApiError> {
    let uid = updates::import(&app, names.stack(), state).await?;
    Ok(Json(json!({ "updateId": uid })))
}
