//! Tags of environments.

use super::revisions::{count, skipped};
use crate::app::App;
use crate::domain::environments::{EnvironmentError, Tag, check_tag};
use crate::web::{ApiError, Body, PathNames, Query, Routes};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Which tags to list. `after` is the number of tags to skip.
#[derive(Debug, Deserialize)]
pub(super) struct TagsQuery {
    after: Option<String>,
    count: Option<String>,
}

/// A tag to create.
#[derive(Debug, Deserialize)]
pub(super) struct NewTag {
    name: String,
    value: String,
}

/// A change of a tag: the value that the client has read, and the new one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TagChange {
    current_tag: CurrentTag,
    #[serde(default)]
    new_tag: ChangedTag,
}

#[derive(Debug, Deserialize)]
struct CurrentTag {
    value: String,
}

/// Absent or empty members stay unchanged.
#[derive(Debug, Default, Deserialize)]
struct ChangedTag {
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: String,
}

/// The routes of one environment's tags.
pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/tags", list)
        .post("/tags", create)
        .get("/tags/{tag}", read)
        .patch("/tags/{tag}", change)
        .delete("/tags/{tag}", delete)
}

/// `GET …/tags`
async fn list(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<TagsQuery>,
) -> Result<Json<Value>, ApiError> {
    let tags = app.store().environment(names.environment()).await?.tags;
    let from = skipped(query.after)?;
    let to = (from + count(query.count)?).min(tags.len());
    // The CLI continues until it reads a 0.
    let token = if to < tags.len() { to } else { 0 };
    let tags = tags.get(from..to).unwrap_or_default();
    let tags: Map<_, _> = tags
        .iter()
        .map(|tag| (tag.name.clone(), told(tag, app.user())))
        .collect();
    Ok(Json(
        json!({ "tags": tags, "nextToken": token.to_string() }),
    ))
}

/// `POST …/tags`
async fn create(
    State(app): State<App>,
    names: PathNames,
    Body(new): Body<NewTag>,
) -> Result<Json<Value>, ApiError> {
    check_tag(&new.name)?;
    let tag = app
        .store()
        .create_environment_tag(names.environment(), new.name, new.value, app.moment())
        .await?;
    Ok(Json(told(&tag, app.user())))
}

/// `GET …/tags/{tag}`
async fn read(State(app): State<App>, names: PathNames) -> Result<Json<Value>, ApiError> {
    let (path, name) = (names.environment(), names.get("tag"));
    let tags = app.store().environment(path.clone()).await?.tags;
    let found = tags.iter().find(|tag| tag.name == name);
    let tag = found.ok_or(EnvironmentError::NoTag { path, name })?;
    Ok(Json(told(tag, app.user())))
}

/// `PATCH …/tags/{tag}`
async fn change(
    State(app): State<App>,
    names: PathNames,
    Body(change): Body<TagChange>,
) -> Result<Json<Value>, ApiError> {
    let (name, expected) = (names.get("tag"), change.current_tag.value);
    let or = |given: String, kept: &str| {
        if given.is_empty() {
            kept.to_owned()
        } else {
            given
        }
    };
    let new_name = or(change.new_tag.name, &name);
    let new_value = or(change.new_tag.value, &expected);
    check_tag(&new_name)?;
    let tag = app
        .store()
        .change_environment_tag(
            names.environment(),
            name,
            expected,
            (new_name, new_value),
            app.moment(),
        )
        .await?;
    Ok(Json(told(&tag, app.user())))
}

/// `DELETE …/tags/{tag}`
async fn delete(State(app): State<App>, names: PathNames) -> Result<StatusCode, ApiError> {
    app.store()
        .delete_environment_tag(names.environment(), names.get("tag"))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn told(tag: &Tag, user: &str) -> Value {
    json!({
        "name": tag.name,
        "value": tag.value,
        "created": tag.created.to_string(),
        "modified": tag.modified.to_string(),
        "editorLogin": user,
        "editorName": user,
    })
}
