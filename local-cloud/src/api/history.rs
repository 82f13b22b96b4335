//! The updates of a stack, looked back on, and the stacks that it has to do with.

use crate::app::App;
use crate::domain::state::Raw;
use crate::domain::updates::{Reference, Update, UpdateError};
use crate::store::Part;
use crate::web::{ApiError, PathNames, Query};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Which part of a list. Pages count from 1.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageQuery {
    page_size: Option<u32>,
    page: Option<u32>,
}

/// An update as the history tells it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateAnswer {
    #[serde(rename = "updateID")]
    update_id: String,
    kind: &'static str,
    start_time: i64,
    end_time: i64,
    message: String,
    environment: Raw,
    config: Raw,
    result: &'static str,
    version: i64,
    resource_changes: Raw,
    resource_count: i64,
}

impl From<Update> for UpdateAnswer {
    fn from(update: Update) -> UpdateAnswer {
        UpdateAnswer {
            update_id: update.uid,
            kind: update.kind.as_str(),
            start_time: update.started,
            end_time: update.ended.unwrap_or_default(),
            message: update.message,
            environment: update.environment,
            config: update.config,
            result: update.status.result(),
            version: update.version,
            resource_changes: update.resource_changes,
            resource_count: update.resource_count,
        }
    }
}

/// Some updates.
#[derive(Debug, Serialize)]
pub(super) struct UpdatesAnswer {
    updates: Vec<UpdateAnswer>,
}

/// One update.
#[derive(Debug, Serialize)]
pub(super) struct UpdateInfoAnswer {
    info: UpdateAnswer,
}

/// `GET …/updates`
pub(super) async fn list(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<PageQuery>,
) -> Result<Json<UpdatesAnswer>, ApiError> {
    let found = app.store().history(names.stack(), part(&query)).await?;
    Ok(Json(answer(found)))
}

/// `GET …/updates/latest`
pub(super) async fn latest(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<UpdateInfoAnswer>, ApiError> {
    let found = app.store().history(names.stack(), Part::first(1)).await?;
    let latest = found.into_iter().next();
    let latest = latest.ok_or_else(|| UpdateError::NoUpdates(names.stack()))?;
    Ok(Json(UpdateInfoAnswer {
        info: latest.into(),
    }))
}

/// `GET …/updates/latest/previews`
pub(super) async fn previews(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<PageQuery>,
) -> Result<Json<UpdatesAnswer>, ApiError> {
    let found = app.store().previews(names.stack(), part(&query)).await?;
    Ok(Json(answer(found)))
}

/// `GET …/updates/{version}`
pub(super) async fn read(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<UpdateInfoAnswer>, ApiError> {
    let version = names.number("version")?;
    let found = app
        .store()
        .update_of_version(names.stack(), version)
        .await?;
    Ok(Json(UpdateInfoAnswer { info: found.into() }))
}

/// `GET …/upstreamreferences`
pub(super) async fn upstream(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(referenced(
        &app.store().upstream(names.stack()).await?,
    )))
}

/// `GET …/downstreamreferences`
pub(super) async fn downstream(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(referenced(
        &app.store().downstream(names.stack()).await?,
    )))
}

fn answer(updates: Vec<Update>) -> UpdatesAnswer {
    UpdatesAnswer {
        updates: updates.into_iter().map(UpdateAnswer::from).collect(),
    }
}

fn referenced(references: &[Reference]) -> Value {
    let one = |Reference { path, version }: &Reference| {
        json!({
            "organization": path.organization,
            "routingProject": path.project,
            "name": path.stack,
            "version": version,
        })
    };
    json!({ "referencedStacks": references.iter().map(one).collect::<Vec<_>>() })
}

/// The part that was asked for; all, if no size is said.
fn part(query: &PageQuery) -> Part {
    match query.page_size {
        None | Some(0) => Part::ALL,
        Some(size) => Part::page(query.page.unwrap_or(1), size),
    }
}
