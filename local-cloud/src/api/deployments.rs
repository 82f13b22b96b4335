//! Deployments of stacks, and of whole organizations.

use super::absent::no_drift;
use super::history::{UpdateInfoAnswer, in_full};
use super::users::account;
use crate::actions::deployments;
use crate::app::App;
use crate::domain::deployments::{Deployment, DeploymentError, Text, UnknownOperation, View};
use crate::domain::stacks::StackPath;
use crate::domain::updates::Update;
use crate::store::{DeploymentRow, DeploymentsOf, Paging, Step};
use crate::web::{ApiError, PathNames, Query, RawBody};
use axum::Json;
use axum::extract::State;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::str::FromStr;

/// The largest page of deployments.
const MAX_PAGE: u32 = 100;

/// The requested page of a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListQuery {
    page: Option<u32>,
    page_size: Option<u32>,
    asc: Option<bool>,
    status: Option<String>,
}

/// `POST …/deployments`
pub(super) async fn create(
    State(app): State<App>,
    names: PathNames,
    headers: HeaderMap,
    RawBody(mut body): RawBody<Map<String, Value>>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (operation, inherits) = requested(&mut body)?;
    let by = initiator(&headers);
    let made = deployments::create(&app, names.stack(), operation, inherits, body, by).await?;
    let answer = json!({
        "id": made.uid,
        "version": made.version,
        "consoleUrl": made.console_url(&app.base_url()),
    });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// The operation that a request for a deployment asks for, and whether it uses the settings of the stack. Both are removed
/// from the body, which then contains changes to those settings.
pub(super) fn requested<T: FromStr<Err = UnknownOperation>>(
    body: &mut Map<String, Value>,
) -> Result<(T, bool), ApiError> {
    let operation = match body.remove("operation") {
        Some(Value::String(name)) => name.parse().map_err(DeploymentError::Operation)?,
        Some(Value::Null) | None => return Err(ApiError::bad_request("`operation` is required")),
        Some(_) => {
            return Err(ApiError::bad_request("`operation` has the wrong type"));
        }
    };
    let inherits = match body.remove("inheritSettings") {
        Some(Value::Bool(inherits)) => inherits,
        Some(Value::Null) | None => true,
        Some(_) => {
            return Err(ApiError::bad_request(
                "`inheritSettings` has the wrong type",
            ));
        }
    };
    Ok((operation, inherits))
}

/// What started a deployment, according to its request.
fn initiator(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    if let Some(given) = text("x-pulumi-deployment-initiator").filter(|given| !given.is_empty()) {
        return given.to_owned();
    }
    let is_cli = text(USER_AGENT.as_str()).is_some_and(|agent| agent.starts_with("pulumi-cli/"));
    if is_cli { "cli" } else { "api" }.to_owned()
}

/// `GET …/deployments`
pub(super) async fn list(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, ApiError> {
    list_of(&app, DeploymentsOf::Stack(names.stack()), query).await
}

/// `GET /api/orgs/{organization}/deployments`
pub(super) async fn list_organization(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, ApiError> {
    let of = DeploymentsOf::Organization(names.get("organization"));
    list_of(&app, of, query).await
}

async fn list_of(app: &App, of: DeploymentsOf, query: ListQuery) -> Result<Json<Value>, ApiError> {
    let number = query.page.unwrap_or(1);
    let size = query.page_size.unwrap_or(10);
    if number == 0 || !(1..=MAX_PAGE).contains(&size) {
        return Err(ApiError::bad_request(
            "`page` counts from 1, and `pageSize` is 1 to 100",
        ));
    }
    let status = match query.status.as_deref().filter(|status| !status.is_empty()) {
        None => None,
        Some(name) => Some(name.parse().map_err(|_| {
            ApiError::bad_request(format_args!("`{name}` is not a status of a deployment"))
        })?),
    };
    let page = Paging {
        number,
        size,
        is_ascending: query.asc.unwrap_or(false),
        status,
    };
    let (found, total) = app.store().list_deployments(of, page).await?;
    let answers = listed(app, found).await?;
    Ok(Json(
        json!({ "deployments": answers, "itemsPerPage": size, "total": total }),
    ))
}

/// `GET …/deployments/{deployment}`
pub(super) async fn read(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    one(&app, names.stack(), names.get("deployment")).await
}

/// `GET …/deployments/version/{version}`
pub(super) async fn read_version(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    let version = names.get("version");
    if version.parse::<i64>().is_err() {
        return Err(ApiError::bad_request("a version is a whole number"));
    }
    one(&app, names.stack(), version).await
}

async fn one(app: &App, stack: StackPath, given: String) -> Result<Json<Value>, ApiError> {
    let (row, deployment) = app.store().deployment(stack.clone(), given).await?;
    let latest = app.store().latest_deployment(stack).await?;
    let steps = app.store().steps(vec![row]).await?.remove(0);
    let settings = app.store().settings_of_deployment(row).await?;
    let mut answer = answer(&deployment, &steps, app.user());
    answer["latestVersion"] = latest.into();
    answer["configuration"] = configuration(&settings.view().map_err(DeploymentError::from)?);
    Ok(Json(answer))
}

/// The configuration of a deployment. Of secrets, only the names are included.
fn configuration(view: &View) -> Value {
    let variable = |(name, value): (&String, &Text)| match value {
        Text::Plain(text) => json!({ "name": name, "secret": false, "value": text }),
        Text::Sealed { .. } => json!({ "name": name, "secret": true }),
    };
    let variables = &view.operation_context.environment_variables;
    let mut configuration =
        json!({ "environmentVariables": variables.iter().map(variable).collect::<Vec<_>>() });
    if let Some(source) = view.source() {
        let mut git = json!({ "repoURL": source.repo_url });
        for (name, text) in [
            ("branch", source.branch),
            ("commit", source.commit),
            ("repoDir", source.repo_dir),
        ] {
            if !text.is_empty() {
                git[name] = text.into();
            }
        }
        configuration["source"] = json!({ "git": git });
    }
    configuration
}

/// Deployments in the form of lists. One that has not begun has an empty list of jobs, because the published client
/// requires one.
async fn listed(
    app: &App,
    found: Vec<(DeploymentRow, Deployment)>,
) -> Result<Vec<Value>, ApiError> {
    let rows = found.iter().map(|(row, _)| *row).collect();
    let steps = app.store().steps(rows).await?;
    let rows = found.iter().map(|(row, _)| *row).collect();
    let mut updates = app.store().updates_of(rows).await?.into_iter();
    let rows = found.iter().map(|(row, _)| *row).collect();
    let mut paused = app.store().paused_deployments(rows).await?.into_iter();
    let mut answers = Vec::with_capacity(found.len());
    for ((_, deployment), steps) in found.into_iter().zip(steps) {
        let mut answer = answer(&deployment, &steps, app.user());
        let updates = updates.next().unwrap_or_default();
        answer["projectName"] = deployment.stack.project.into();
        answer["stackName"] = deployment.stack.stack.into();
        answer["paused"] = paused.next().unwrap_or_default().into();
        if answer.get("jobs").is_none() {
            answer["jobs"] = json!([]);
        }
        answer["updates"] = updates.iter().map(nested_update).collect();
        answers.push(answer);
    }
    Ok(answers)
}

/// The common part of a deployment in a list and by itself. One that has not begun has no jobs.
fn answer(deployment: &Deployment, steps: &[Step], user: &str) -> Value {
    let mut answer = json!({
        "id": deployment.uid,
        "version": deployment.version,
        "created": time(deployment.created),
        "modified": time(deployment.modified),
        "status": deployment.status.as_str(),
        "requestedBy": account(user),
        "pulumiOperation": deployment.operation.as_str(),
        "initiator": deployment.initiator,
    });
    if let Some(started) = deployment.started {
        answer["jobs"] = json!([{
            "status": deployment.status.as_str(),
            "started": time(started),
            "lastUpdated": time(deployment.modified),
            "steps": steps.iter().map(step).collect::<Vec<_>>(),
        }]);
    }
    answer
}

fn nested_update(update: &Update) -> Value {
    // The kinds of previews have the prefix `P`.
    let preview = if update.is_preview { "P" } else { "" };
    json!({
        "id": update.uid,
        "updateID": update.uid,
        "version": update.version,
        "startTime": update.started,
        "endTime": update.ended.unwrap_or_default(),
        "result": update.status.result(),
        "kind": format!("{preview}{}", update.kind.as_str()),
        "message": update.message,
        "environment": update.environment,
    })
}

fn step(step: &Step) -> Value {
    json!({
        "name": step.name, "status": step.status, "started": time(step.started), "lastUpdated": time(step.modified),
    })
}

/// `GET …/deployments/{deployment}/updates`
pub(super) async fn updates(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Vec<UpdateInfoAnswer>>, ApiError> {
    let found = app
        .store()
        .deployment(names.stack(), names.get("deployment"));
    let (row, deployment) = found.await?;
    let updates = app.store().updates_of(vec![row]).await?.remove(0);
    let latest = app.store().stack(deployment.stack).await?.version;
    Ok(Json(in_full(&app, updates, latest)))
}

/// `POST …/deployments/{deployment}/cancel`
pub(super) async fn cancel(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    deployments::cancel(&app, names.stack(), names.get("deployment")).await?;
    Ok(Json(json!({})))
}

/// `GET /api/deployments/{deployment}/status`
pub(super) async fn status(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<String>, ApiError> {
    let found = app.store().deployment_status(names.get("deployment"));
    Ok(Json(found.await?))
}

/// `GET …/deployments/metadata`
pub(super) async fn metadata(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    let paused = app.store().paused(names.stack()).await?;
    let schedules = app.store().schedules(names.stack()).await?;
    Ok(Json(json!({
        "paused": paused.stack || paused.organization,
        "stackPaused": paused.stack,
        "organizationPaused": paused.organization,
        "hasSchedules": !schedules.is_empty(),
        "drift": no_drift(),
    })))
}

/// `POST …/deployments/pause`
pub(super) async fn pause(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    app.store().pause_stack(names.stack(), true).await?;
    Ok(Json(json!({})))
}

/// `POST …/deployments/resume`
pub(super) async fn resume(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    app.store().pause_stack(names.stack(), false).await?;
    Ok(Json(json!({})))
}

/// `POST /api/orgs/{organization}/deployments/pause`
pub(super) async fn pause_organization(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    app.store()
        .pause_organization(names.get("organization"), true)
        .await?;
    Ok(Json(json!({})))
}

/// `POST /api/orgs/{organization}/deployments/resume`
pub(super) async fn resume_organization(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    app.store()
        .pause_organization(names.get("organization"), false)
        .await?;
    Ok(Json(json!({})))
}

/// `GET /api/orgs/{organization}/deployments/metadata`
pub(super) async fn metadata_organization(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    let found = app.store().count_deployments(names.get("organization"));
    let found = found.await?;
    let keys = [
        "notStarted",
        "accepted",
        "running",
        "failed",
        "succeeded",
        "skipped",
    ];
    let counts = keys.into_iter().zip(found.by_status);
    let mut counts: Map<_, _> = counts.map(|(key, n)| (key.to_owned(), n.into())).collect();
    counts.insert("total".into(), found.by_status.iter().sum::<i64>().into());
    Ok(Json(json!({
        "paused": found.is_paused, "concurrency": app.concurrency(), "deploymentCounts": counts,
    })))
}

/// A time in the form of the API; the earliest possible one if it is out of range.
pub(super) fn time(unix_ms: i64) -> String {
    Timestamp::from_millisecond(unix_ms)
        .unwrap_or(Timestamp::MIN)
        .to_string()
}
