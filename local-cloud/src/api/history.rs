//! The history of a stack's updates, and the references between stacks.

use super::users::account;
use crate::app::App;
use crate::domain::stacks::StackPath;
use crate::domain::state::Raw;
use crate::domain::updates::{Reference, Update, UpdateError};
use crate::store::Part;
use crate::web::{ApiError, PathNames, Query};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The default page size of previews.
const PREVIEWS: u32 = 10;

/// The requested part of a list, and its form.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListQuery {
    page_size: Option<u32>,
    page: Option<u32>,
    #[serde(rename = "output-type", default)]
    output_type: String,
}

/// The requested page of previews. Pages count from 1.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PreviewsQuery {
    page_size: Option<u32>,
    page: Option<u32>,
    asc: Option<bool>,
}

/// An update in the short form, which the CLI reads for the history.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateAnswer {
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

/// An update in the long form: with its author and its place among the others.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateInfoAnswer {
    info: UpdateAnswer,
    #[serde(rename = "updateID")]
    update_id: String,
    version: i64,
    latest_version: i64,
    requested_by: Value,
}

/// Updates in the long form; `latest` is the current version of their stack.
pub(super) fn in_full(app: &App, updates: Vec<Update>, latest: i64) -> Vec<UpdateInfoAnswer> {
    let one = |update: Update| UpdateInfoAnswer {
        update_id: update.uid.clone(),
        version: update.version,
        latest_version: latest,
        requested_by: account(app.user()),
        info: update.into(),
    };
    updates.into_iter().map(one).collect()
}

/// Updates in one of the two forms.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum UpdatesAnswer {
    /// The form that the CLI reads.
    Short { updates: Vec<UpdateAnswer> },
    /// A page, with the total number.
    #[serde(rename_all = "camelCase")]
    Long {
        updates: Vec<UpdateInfoAnswer>,
        items_per_page: i64,
        total: i64,
    },
}

/// `GET …/updates`. Page 0, or no size, means all.
pub(super) async fn list(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<ListQuery>,
) -> Result<Json<UpdatesAnswer>, ApiError> {
    let (page, size) = (query.page.unwrap_or(1), query.page_size.unwrap_or(0));
    let part = if page == 0 || size == 0 {
        Part::ALL
    } else {
        Part::page(page, size)
    };
    let found = app.store().history(names.stack(), part).await?;
    if query.output_type.is_empty() {
        let updates = found.into_iter().map(UpdateAnswer::from).collect();
        return Ok(Json(UpdatesAnswer::Short { updates }));
    }
    let total = app.store().count_begun(names.stack(), false).await?;
    let size = if part == Part::ALL {
        total
    } else {
        size.into()
    };
    Ok(Json(long(&app, names.stack(), found, size, total).await?))
}

/// `GET …/updates/latest`
pub(super) async fn latest(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<UpdateInfoAnswer>, ApiError> {
    let found = app.store().history(names.stack(), Part::first(1)).await?;
    let latest = found.into_iter().next();
    let latest = latest.ok_or_else(|| UpdateError::NoUpdates(names.stack()))?;
    one(&app, names.stack(), latest).await
}

/// `GET …/updates/latest/previews`
pub(super) async fn previews(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<PreviewsQuery>,
) -> Result<Json<UpdatesAnswer>, ApiError> {
    let page = query.page.unwrap_or(1);
    let size = query.page_size.unwrap_or(PREVIEWS);
    if page == 0 || size == 0 {
        return Err(ApiError::bad_request("`page` and `pageSize` count from 1"));
    }
    let part = Part::page(page, size);
    let part = if query.asc.unwrap_or(false) {
        part.ascending()
    } else {
        part
    };
    let found = app.store().previews(names.stack(), part).await?;
    let total = app.store().count_begun(names.stack(), true).await?;
    let answer = long(&app, names.stack(), found, size.into(), total).await;
    Ok(Json(answer?))
}

/// `GET …/updates/{version}`
pub(super) async fn read(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<UpdateInfoAnswer>, ApiError> {
    let version = names.number("version")?;
    let found = app.store().update_of_version(names.stack(), version);
    one(&app, names.stack(), found.await?).await
}

async fn one(
    app: &App,
    stack: StackPath,
    update: Update,
) -> Result<Json<UpdateInfoAnswer>, ApiError> {
    let latest = app.store().stack(stack).await?.version;
    Ok(Json(in_full(app, vec![update], latest).remove(0)))
}

async fn long(
    app: &App,
    stack: StackPath,
    updates: Vec<Update>,
    items_per_page: i64,
    total: i64,
) -> Result<UpdatesAnswer, ApiError> {
    let latest = app.store().stack(stack).await?.version;
    Ok(UpdatesAnswer::Long {
        updates: in_full(app, updates, latest),
        items_per_page,
        total,
    })
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
