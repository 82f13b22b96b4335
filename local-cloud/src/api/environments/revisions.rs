//! Revisions of environments and their tags.

use super::definitions::{check, decrypt, read};
use super::opening::open;
use crate::app::App;
use crate::domain::environments::{EnvironmentError, Revision, RevisionTag, check_revision_tag};
use crate::web::{ApiError, Body, PathNames, Query, Routes};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

/// How many revisions and tags are returned, by default and at most.
const COUNT: usize = 500;

/// Which revisions to list. Empty texts count as absent, because the client sends them.
#[derive(Debug, Deserialize)]
pub(super) struct RevisionsQuery {
    before: Option<String>,
    count: Option<String>,
}

/// Which tags to list.
#[derive(Debug, Deserialize)]
pub(super) struct TagsQuery {
    after: Option<String>,
    count: Option<String>,
}

/// A tag to create.
#[derive(Debug, Deserialize)]
pub(super) struct NewTag {
    name: String,
    revision: Option<i64>,
}

/// Where to move a tag.
#[derive(Debug, Deserialize)]
pub(super) struct TagChange {
    revision: Option<i64>,
}

/// The routes of one environment's revisions.
pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/versions", list)
        .get("/versions/{version}", read)
        .get("/versions/{version}/decrypt", decrypt)
        .post("/versions/{version}/check", check)
        .post("/versions/{version}/open", open)
        .get("/versions/tags", list_tags)
        .post("/versions/tags", create_tag)
        .get("/versions/tags/{tag}", read_tag)
        .patch("/versions/tags/{tag}", move_tag)
        .delete("/versions/tags/{tag}", delete_tag)
}

/// `GET …/versions`
async fn list(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<RevisionsQuery>,
) -> Result<Json<Value>, ApiError> {
    let before = number("before", query.before)?;
    let before = before.filter(|before| *before != 0);
    let count = count(query.count)?;
    let found = app
        .store()
        .environment_revisions(
            names.environment(),
            before,
            i64::try_from(count).unwrap_or_default(),
        )
        .await?;
    Ok(Json(
        found
            .iter()
            .map(|revision| told(revision, app.user()))
            .collect(),
    ))
}

/// `GET …/versions/tags`
async fn list_tags(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<TagsQuery>,
) -> Result<Json<Value>, ApiError> {
    let mut tags = app.store().revision_tags(names.environment()).await?;
    tags.retain(|tag| query.after.as_ref().is_none_or(|after| tag.name > *after));
    let count = count(query.count)?;
    let has_more = tags.len() > count;
    tags.truncate(count);
    let last = tags.last().filter(|_| has_more);
    let token = last.map(|tag| tag.name.clone()).unwrap_or_default();
    let tags: Vec<_> = tags.iter().map(|tag| told_tag(tag, app.user())).collect();
    Ok(Json(json!({ "tags": tags, "nextToken": token })))
}

/// `POST …/versions/tags`
async fn create_tag(
    State(app): State<App>,
    names: PathNames,
    Body(new): Body<NewTag>,
) -> Result<StatusCode, ApiError> {
    check_revision_tag(&new.name)?;
    app.store()
        .tag_revision(
            names.environment(),
            new.name,
            new.revision,
            false,
            app.moment(),
        )
        .await?;
    Ok(StatusCode::OK)
}

/// `GET …/versions/tags/{tag}`
async fn read_tag(State(app): State<App>, names: PathNames) -> Result<Json<Value>, ApiError> {
    let (path, name) = (names.environment(), names.get("tag"));
    let tags = app.store().revision_tags(path.clone()).await?;
    let found = tags.iter().find(|tag| tag.name == name);
    let tag = found.ok_or(EnvironmentError::NoTag { path, name })?;
    Ok(Json(told_tag(tag, app.user())))
}

/// `PATCH …/versions/tags/{tag}`
async fn move_tag(
    State(app): State<App>,
    names: PathNames,
    Body(change): Body<TagChange>,
) -> Result<StatusCode, ApiError> {
    let name = names.get("tag");
    check_revision_tag(&name)?;
    app.store()
        .tag_revision(
            names.environment(),
            name,
            change.revision,
            true,
            app.moment(),
        )
        .await?;
    Ok(StatusCode::OK)
}

/// `DELETE …/versions/tags/{tag}`
async fn delete_tag(State(app): State<App>, names: PathNames) -> Result<StatusCode, ApiError> {
    let name = names.get("tag");
    check_revision_tag(&name)?;
    app.store()
        .untag_revision(names.environment(), name)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn told(revision: &Revision, user: &str) -> Value {
    json!({
        "number": revision.number,
        "created": revision.created.to_string(),
        "creatorLogin": user,
        "creatorName": user,
        "tags": revision.tags,
    })
}

fn told_tag(tag: &RevisionTag, user: &str) -> Value {
    json!({
        "name": tag.name,
        "revision": tag.revision,
        "created": tag.created.to_string(),
        "modified": tag.modified.to_string(),
        "editorLogin": user,
        "editorName": user,
    })
}

/// The number of items to return.
pub(super) fn count(given: Option<String>) -> Result<usize, ApiError> {
    let count = number("count", given)?.unwrap_or_default();
    let count = usize::try_from(count).unwrap_or_default();
    Ok(if count == 0 { COUNT } else { count.min(COUNT) })
}

/// The number of items to skip.
pub(super) fn skipped(after: Option<String>) -> Result<usize, ApiError> {
    let after = number("after", after)?.unwrap_or_default();
    Ok(usize::try_from(after).unwrap_or_default())
}

fn number(name: &str, given: Option<String>) -> Result<Option<i64>, ApiError> {
    let given = given.filter(|given| !given.is_empty());
    let wrong = |_| ApiError::bad_request(format_args!("`{name}` is not a whole number from 0 on"));
    let number = given
        .map(|given| given.parse::<u32>())
        .transpose()
        .map_err(wrong)?;
    Ok(number.map(i64::from))
}
