//! Stacks.

use crate::app::App;
use crate::domain::stacks::{Stack, StackFilter, StackPath};
use crate::domain::state::Untyped;
use crate::web::{ApiError, Body, PathNames, Query, StateBody};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A stack to be made. Teams and configuration kept on the cloud are passed over: there are none here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewStack {
    stack_name: String,
    tags: Option<BTreeMap<String, String>>,
    state: Option<Untyped>,
}

/// The new names of a stack; an empty one stays as it is.
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

/// Whether to remove what still has resources. The CLI says `force`, a provider `forceDestroy`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeleteQuery {
    #[serde(default)]
    force: bool,
    #[serde(default)]
    force_destroy: bool,
}

/// Which stacks to list. The list is never longer than one page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListQuery {
    organization: Option<String>,
    project: Option<String>,
    tag_name: Option<String>,
    tag_value: Option<String>,
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
    let active = app.store().active_update(path, app.clock().now()).await?;
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
) -> Result<StatusCode, ApiError> {
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
    app.store().rename_stack(old, new, app.moment()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PATCH …/tags`: replaces all tags.
pub(super) async fn replace_tags(
    State(app): State<App>,
    names: PathNames,
    Body(new): Body<BTreeMap<String, String>>,
) -> Result<StatusCode, ApiError> {
    app.store()
        .change_tags(names.stack(), |tags| *tags = new)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST …/tags`: sets one tag.
pub(super) async fn set_tag(
    State(app): State<App>,
    names: PathNames,
    Body(Tag { name, value }): Body<Tag>,
) -> Result<StatusCode, ApiError> {
    let set = |tags: &mut BTreeMap<_, _>| drop(tags.insert(name, value));
    app.store().change_tags(names.stack(), set).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE …/tags/{tag}`: removes one tag, if it is there.
pub(super) async fn remove_tag(
    State(app): State<App>,
    names: PathNames,
) -> Result<StatusCode, ApiError> {
    let name = names.get("tag");
    let remove = move |tags: &mut BTreeMap<_, _>| drop(tags.remove(&name));
    app.store().change_tags(names.stack(), remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/user/stacks`
pub(super) async fn list(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, ApiError> {
    let ListQuery {
        organization,
        project,
        tag_name,
        tag_value,
    } = query;
    let [organization, project, tag_name, tag_value] = [organization, project, tag_name, tag_value]
        .map(|given| given.filter(|text| !text.is_empty()));
    let filter = StackFilter {
        organization,
        project,
        tag_name,
        tag_value,
    };
    let stacks = app.store().stacks(filter).await?;
    Ok(Json(
        json!({ "stacks": stacks.iter().map(summary).collect::<Vec<_>>(), "continuationToken": null }),
    ))
}

fn summary(stack: &Stack) -> Value {
    json!({
        "id": stack.uid,
        "orgName": stack.path.organization,
        "projectName": stack.path.project,
        "stackName": stack.path.stack,
        "lastUpdate": stack.last_update,
        "resourceCount": stack.last_update.map(|_| stack.resource_count),
    })
}
