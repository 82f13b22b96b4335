//! The logs of deployments.

use super::deployments::time;
use crate::app::App;
use crate::store::{DeploymentRow, LogLine};
use crate::web::{ApiError, PathNames, Query};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

/// The page size of logs. A client that reads only the first page sees all of most logs.
const N_LINES: u32 = 10_000;

/// The requested part of a log: from where the last page ended, or of one step.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogQuery {
    continuation_token: Option<String>,
    job: Option<i64>,
    step: Option<i64>,
    offset: Option<i64>,
    count: Option<u32>,
}

/// `GET …/deployments/{deployment}/logs`
pub(super) async fn read(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<LogQuery>,
) -> Result<Json<Value>, ApiError> {
    // The status is read first, so that no line before the end is missed.
    let found = app
        .store()
        .deployment(names.stack(), names.get("deployment"));
    let (row, deployment) = found.await?;
    if query.job.is_some() || query.step.is_some() {
        return step_logs(&app, row, &query).await;
    }
    let after = match query
        .continuation_token
        .as_deref()
        .filter(|token| !token.is_empty())
    {
        None => 0,
        Some(token) => token.parse().map_err(|_| {
            ApiError::bad_request("`continuationToken` does not belong to this log")
        })?,
    };
    let lines = app.store().log(row, after, N_LINES).await?;
    let is_full = lines.len() == N_LINES as usize;
    let is_over = deployment.status.has_ended();
    let last = lines.last().map_or(after, |line| line.number);
    let mut answer =
        json!({ "__type": "DeploymentLogs", "lines": lines.iter().map(line).collect::<Vec<_>>() });
    if is_full || !is_over {
        answer["nextToken"] = last.to_string().into();
    }
    Ok(Json(answer))
}

async fn step_logs(
    app: &App,
    row: DeploymentRow,
    query: &LogQuery,
) -> Result<Json<Value>, ApiError> {
    let (offset, count) = (query.offset.unwrap_or(0), query.count.unwrap_or(100));
    let step = query.step.unwrap_or(0);
    if query.job.unwrap_or(0) != 0 || step < 0 || offset < 0 || !(1..=499).contains(&count) {
        return Err(ApiError::bad_request(
            "a deployment has job 0, and `count` is 1 to 499",
        ));
    }
    let lines = app.store().step_log(row, step, offset, count).await?;
    let lines_of_step = lines
        .iter()
        .map(|line| json!({ "timestamp": time(line.timestamp), "line": line.text }));
    let mut answer =
        json!({ "__type": "DeploymentLogsStep", "lines": lines_of_step.collect::<Vec<_>>() });
    if lines.len() == count as usize {
        answer["nextOffset"] = (offset + i64::from(count)).into();
    }
    Ok(Json(answer))
}

fn line(line: &LogLine) -> Value {
    match &line.header {
        Some(header) => json!({ "header": header, "timestamp": time(line.timestamp) }),
        None => json!({ "timestamp": time(line.timestamp), "line": line.text }),
    }
}
