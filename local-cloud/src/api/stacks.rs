//! Stacks.

use crate::app::App;
use crate::domain::stacks::{Stack, StackFilter, StackPart, StackPath};
use crate::domain::state::Untyped;
use crate::domain::tags::{TagChange, Tags};
use crate::web::{ApiError, Body, PathNames, Query, StateBody};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

/// A stack to create. Teams and configuration stored on the cloud are ignored, because there are none here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewStack {
    stack_name: String,
    tags: Option<Tags>,
    state: Option<Untyped>,
}

/// The new names of a stack; an empty one stays unchanged.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rename {
    #[serde(default)]
    new_name: String,
    #[serde(default)]
    new_project: String,
}

/// A tag.
#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    name: String,
    value: String,
}

/// The value of a tag.
#[derive(Debug, Deserialize)]
pub(super) struct TagValue {
    value: String,
}

/// Whether to delete a stack that still has resources. The CLI sends `force`, a provider `forceDestroy`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeleteQuery {
    #[serde(default)]
    force: bool,
    #[serde(default)]
    force_destroy: bool,
}

/// Which stacks to list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListQuery {
    organization: Option<String>,
    project: Option<String>,
    tag_name: Option<String>,
    tag_value: Option<String>,
    continuation_token: Option<String>,
    max_results: Option<String>,
}

/// `POST /api/stacks/{organization}/{project}`
pub(super) async fn create(
    State(app): State<App>,
    names: PathNames,
    StateBody(new): StateBody<NewStack>,
) -> Result<Json<Value>, ApiError> {
    let (organization, project) = (names.get("organization"), names.get("project"));
    let path = StackPath {
        organization,
        project,
        stack: new.stack_name,
    };
    let stack = Stack::new(path, new.tags.unwrap_or_default())?;
    let state = new.state.filter(|state| !state.is_empty());
    let state = state.map(|state| state.to_text()).transpose();
    let state = state?;
    app.store().create_stack(stack, state).await?;
    Ok(Json(json!({ "messages": [] })))
}

/// `HEAD /api/stacks/{organization}/{project}`: whether the project has stacks.
pub(super) async fn has_project(
    State(app): State<App>,
    names: PathNames,
) -> Result<StatusCode, ApiError> {
    let (organization, project) = (names.get("organization"), names.get("project"));
    let found = app.store().has_stacks(organization, project).await;
    if found? {
        Ok(StatusCode::OK)
    } else {
        Ok(StatusCode::NOT_FOUND)
    }
}

/// `GET /api/stacks/{organization}/{project}/{stack}`
pub(super) async fn read(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    let path = names.stack();
    let stack = app.store().stack(path.clone()).await?;
    let active = app
        .store()
        .active_update(path, app.clock().steady())
        .await?;
    let mut answer = json!({
        "id": stack.uid,
        "orgName": stack.path.organization,
        "projectName": stack.path.project,
        "stackName": stack.path.stack,
        "activeUpdate": active.as_ref().map_or("", |active| &active.uid),
        "tags": stack.tags,
        "version": stack.version,
    });
    if let Some(active) = active.filter(|active| active.is_running) {
        answer["currentOperation"] = json!({
            "kind": active.kind.as_str(),
            "author": app.user(),
            "started": active.started,
        });
    }
    Ok(Json(answer))
}

/// `DELETE /api/stacks/{organization}/{project}/{stack}`
pub(super) async fn delete(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<DeleteQuery>,
) -> Result<StatusCode, ApiError> {
    let by_force = query.force || query.force_destroy;
    app.store()
        .delete_stack(names.stack(), by_force, app.moment())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST …/rename`
pub(super) async fn rename(
    State(app): State<App>,
    names: PathNames,
    Body(body): Body<Rename>,
) -> Result<Json<Value>, ApiError> {
    let old = names.stack();
    let mut new = old.clone();
    for (name, given) in [
        (&mut new.stack, body.new_name),
        (&mut new.project, body.new_project),
    ] {
        if !given.is_empty() {
            *name = given;
        }
    }
    new.check()?;
    let uid = app.store().rename_stack(old, new, app.moment()).await?;
    Ok(Json(json!({ "updateId": uid })))
}

/// `PATCH …/tags`: replaces all tags.
pub(super) async fn replace_tags(
    State(app): State<App>,
    names: PathNames,
    Body(new): Body<Tags>,
) -> Result<StatusCode, ApiError> {
    change_tags(&app, &names, TagChange::Replace(new)).await
}

/// `POST …/tags`: adds a tag.
pub(super) async fn add_tag(
    State(app): State<App>,
    names: PathNames,
    Body(Tag { name, value }): Body<Tag>,
) -> Result<StatusCode, ApiError> {
    change_tags(&app, &names, TagChange::Add { name, value }).await
}

/// `PATCH …/tags/{tag}`: changes a tag. The name in the body is ignored, because the path contains it.
pub(super) async fn set_tag(
    State(app): State<App>,
    names: PathNames,
    Body(TagValue { value }): Body<TagValue>,
) -> Result<StatusCode, ApiError> {
    let name = names.get("tag");
    change_tags(&app, &names, TagChange::Set { name, value }).await
}

/// `DELETE …/tags/{tag}`: removes a tag.
pub(super) async fn remove_tag(
    State(app): State<App>,
    names: PathNames,
) -> Result<StatusCode, ApiError> {
    let name = names.get("tag");
    change_tags(&app, &names, TagChange::Remove { name }).await
}

async fn change_tags(
    app: &App,
    names: &PathNames,
    change: TagChange,
) -> Result<StatusCode, ApiError> {
    app.store().change_tags(names.stack(), change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/user/stacks`
pub(super) async fn list(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, ApiError> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let filter = StackFilter {
        organization: given(query.organization),
        project: given(query.project),
        tag_name: given(query.tag_name),
        tag_value: given(query.tag_value),
    };
    if filter.tag_value.is_some() && filter.tag_name.is_none() {
        return Err(ApiError::bad_request(
            "`tagValue` needs a `tagName` that has this value",
        ));
    }
    let part = StackPart {
        after: given(query.continuation_token)
            .map(|token| from_token(&token))
            .transpose()?,
        size: given(query.max_results)
            .map(|size| page_size(&size))
            .transpose()?,
    };
    let (stacks, next) = app.store().stacks(filter, part).await?;
    let mut answer = json!({ "stacks": stacks.iter().map(summary).collect::<Vec<_>>() });
    if let Some(last) = next {
        answer["continuationToken"] = to_token(&last).into();
    }
    Ok(Json(answer))
}

fn page_size(text: &str) -> Result<usize, ApiError> {
    let size = text.parse().ok().filter(|size| *size > 0);
    size.ok_or_else(|| ApiError::bad_request("`maxResults` must be a whole number above 0"))
}

/// The token for the part of a list that begins after this stack.
fn to_token(last: &StackPath) -> String {
    let text = serde_json::to_string(last).expect("names are JSON");
    URL_SAFE_NO_PAD.encode(text)
}

fn from_token(token: &str) -> Result<StackPath, ApiError> {
    let text = URL_SAFE_NO_PAD.decode(token).ok();
    let path = text.and_then(|text| serde_json::from_slice(&text).ok());
    path.ok_or_else(|| ApiError::bad_request("`continuationToken` is not one of ours"))
}

fn summary(stack: &Stack) -> Value {
    let mut summary = json!({
        "id": stack.uid,
        "orgName": stack.path.organization,
        "projectName": stack.path.project,
        "stackName": stack.path.stack,
    });
    if let Some(last_update) = stack.last_update {
        summary["lastUpdate"] = last_update.into();
        summary["resourceCount"] = stack.resource_count.into();
    }
    summary
}
