//! Stacks.

use super::error::ApiError;
use super::extract::{Body, PathNames};
use crate::app::App;
use crate::stacks::{Stack, StackError, StackFilter, StackPath};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
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
    /// Refused: dropping it would lose what the client believes to be kept.
    state: Option<Value>,
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
    Body(new): Body<NewStack>,
) -> Result<Json<Value>, ApiError> {
    if new.state.is_some() {
        return Err(StackError::WithState.into());
    }
    let (organization, project) = (names.get("organization"), names.get("project"));
    let path = StackPath {
        organization,
        project,
        stack: new.stack_name,
    };
    app.store()
        .create_stack(Stack::new(path, new.tags.unwrap_or_default())?)
        .await?;
    Ok(Json(json!({ "messages": [] })))
}

/// `GET /api/stacks/{organization}/{project}/{stack}`
pub(super) async fn read(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    let path = names.stack();
    let found = app
        .store()
        .stack(path.clone())
        .await
        .map_err(StackError::from)?;
    let stack = found.ok_or(StackError::NoStack(path))?;
    Ok(Json(json!({
        "id": stack.uid,
        "orgName": stack.path.organization,
        "projectName": stack.path.project,
        "stackName": stack.path.stack,
        "activeUpdate": "",
        "tags": stack.tags,
        "version": 0,
    })))
}

/// `DELETE /api/stacks/{organization}/{project}/{stack}`
pub(super) async fn delete(
    State(app): State<App>,
    names: PathNames,
) -> Result<StatusCode, ApiError> {
    let path = names.stack();
    if app
        .store()
        .delete_stack(path.clone())
        .await
        .map_err(StackError::from)?
    {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(StackError::NoStack(path).into())
    }
}

/// `GET /api/user/stacks`
pub(super) async fn list(
    State(app): State<App>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Value>, ApiError> {
    let Query(query) = query.map_err(|rejection| ApiError::bad_request(rejection.body_text()))?;
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
    let stacks = app.store().stacks(filter).await.map_err(StackError::from)?;
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
    })
}
