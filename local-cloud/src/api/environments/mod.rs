//! Environments, and the routes below each.

mod definitions;
mod opening;
mod revisions;
mod tags;

use super::users::account;
use crate::app::App;
use crate::domain::environments::{CloneOptions, Environment};
use crate::domain::stacks::EnvironmentPath;
use crate::web::{ApiError, Body, PathNames, Query, Routes};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// An environment to create.
#[derive(Debug, Deserialize)]
pub(super) struct NewEnvironment {
    project: String,
    name: String,
}

/// An environment to clone from another.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewClone {
    #[serde(default)]
    project: String,
    name: String,
    /// 0 means the newest.
    #[serde(default)]
    version: i64,
    #[serde(default)]
    preserve_history: bool,
    #[serde(default)]
    preserve_environment_tags: bool,
    #[serde(default)]
    preserve_revision_tags: bool,
}

/// Which environments to list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListQuery {
    organization: Option<String>,
    continuation_token: Option<String>,
    max_results: Option<String>,
}

/// Changes of settings.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SettingsBody {
    deletion_protected: Option<bool>,
}

/// The routes below one environment.
pub(super) fn of_environment() -> Routes {
    Routes::default()
        .delete("/", delete)
        .post("/clone", clone)
        .get("/metadata", metadata)
        .get("/settings", settings)
        .patch("/settings", change_settings)
        .merge(definitions::routes())
        .merge(opening::routes())
        .merge(revisions::routes())
        .merge(tags::routes())
}

/// The routes of unsaved definitions.
pub(super) fn of_yaml() -> Routes {
    Routes::default()
        .post("/check", definitions::check_yaml)
        .post("/open", opening::open_yaml)
        .get("/open/{session}", opening::read_yaml)
}

/// `POST /api/esc/environments/{organization}`
pub(super) async fn create(
    State(app): State<App>,
    names: PathNames,
    Body(new): Body<NewEnvironment>,
) -> Result<StatusCode, ApiError> {
    let path = EnvironmentPath {
        organization: names.get("organization"),
        project: new.project,
        environment: new.name,
    };
    path.check()?;
    app.store().create_environment(path, app.moment()).await?;
    Ok(StatusCode::OK)
}

/// `GET /api/esc/environments[/{organization}]`
pub(super) async fn list(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, ApiError> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let organization = names
        .find("organization")
        .or_else(|| given(query.organization));
    let mut found = app.store().environments(organization).await?;
    if let Some(token) = given(query.continuation_token) {
        let last = read_token(&token)?;
        found.retain(|environment| sort_key(&environment.path) > last);
    }
    let mut answer = json!({});
    if let Some(text) = given(query.max_results) {
        let wrong = |_| ApiError::bad_request("`maxResults` is a number from 1 on");
        let size = text.parse::<std::num::NonZeroUsize>().map_err(wrong)?.get();
        if size < found.len() {
            found.truncate(size);
            let last = found.last().map(|environment| sort_key(&environment.path));
            answer["nextToken"] = token(&last.unwrap_or_default()).into();
        }
    }
    answer["environments"] = found
        .iter()
        .map(|environment| summary(&app, environment))
        .collect();
    Ok(Json(answer))
}

/// `DELETE /api/esc/environments/{organization}/{project}/{environment}`
async fn delete(State(app): State<App>, names: PathNames) -> Result<StatusCode, ApiError> {
    app.store().delete_environment(names.environment()).await?;
    Ok(StatusCode::OK)
}

/// `POST …/clone`
async fn clone(
    State(app): State<App>,
    names: PathNames,
    Body(new): Body<NewClone>,
) -> Result<StatusCode, ApiError> {
    let from = names.environment();
    let project = Some(new.project).filter(|project| !project.is_empty());
    let to = EnvironmentPath {
        organization: from.organization.clone(),
        project: project.unwrap_or_else(|| from.project.clone()),
        environment: new.name,
    };
    to.check()?;
    let options = CloneOptions {
        version: Some(new.version).filter(|version| *version != 0),
        has_history: new.preserve_history,
        has_tags: new.preserve_environment_tags,
        has_revision_tags: new.preserve_revision_tags,
    };
    app.store()
        .clone_environment(from, to, options, app.moment())
        .await?;
    Ok(StatusCode::OK)
}

/// `GET …/metadata`
async fn metadata(State(app): State<App>, names: PathNames) -> Result<Json<Value>, ApiError> {
    let environment = app.store().environment(names.environment()).await?;
    Ok(Json(
        json!({ "id": environment.uid, "ownedBy": account(app.user()) }),
    ))
}

/// `GET …/settings`
async fn settings(State(app): State<App>, names: PathNames) -> Result<Json<Value>, ApiError> {
    let environment = app.store().environment(names.environment()).await?;
    Ok(Json(settings_of(&environment)))
}

/// `PATCH …/settings`
async fn change_settings(
    State(app): State<App>,
    names: PathNames,
    Body(body): Body<SettingsBody>,
) -> Result<StatusCode, ApiError> {
    let path = names.environment();
    match body.deletion_protected {
        Some(is_protected) => app.store().protect_environment(path, is_protected).await?,
        None => drop(app.store().environment(path).await?),
    }
    Ok(StatusCode::OK)
}

fn settings_of(environment: &Environment) -> Value {
    json!({ "deletionProtected": environment.is_protected })
}

/// An environment in the form of lists.
fn summary(app: &App, environment: &Environment) -> Value {
    let path = &environment.path;
    let tags = environment.tags.iter();
    let tags: Map<_, _> = tags
        .map(|tag| (tag.name.clone(), tag.value.as_str().into()))
        .collect();
    json!({
        "id": environment.uid,
        "organization": path.organization,
        "project": path.project,
        "name": path.environment,
        "created": environment.created.to_string(),
        "modified": environment.modified.to_string(),
        "ownedBy": account(app.user()),
        "tags": tags,
        "settings": settings_of(environment),
        "referrerMetadata": {
            "environmentReferrerCount": 0,
            "stackReferrerCount": 0,
            "insightsAccountReferrerCount": 0,
        },
    })
}

/// The sort key of an environment: the parts of its name.
fn sort_key(path: &EnvironmentPath) -> Vec<String> {
    vec![
        path.organization.clone(),
        path.project.clone(),
        path.environment.clone(),
    ]
}

fn token(last: &[String]) -> String {
    URL_SAFE_NO_PAD.encode(last.join("/"))
}

fn read_token(token: &str) -> Result<Vec<String>, ApiError> {
    let wrong = || ApiError::bad_request("`continuationToken` is none that this cloud gave");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    let names: Vec<_> = text.split('/').map(str::to_owned).collect();
    if names.len() == 3 {
        Ok(names)
    } else {
        Err(wrong())
    }
}
