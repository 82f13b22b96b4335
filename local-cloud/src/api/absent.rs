//! Features that a local cloud does not have, with the answers of a cloud that does not use them: drift detection, agent
//! pools, policy packs.

use crate::app::App;
use crate::web::{ApiError, PathNames, Query};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

/// The default page size of drift detection runs.
const RUNS: u32 = 10;

/// The requested page. Pages count from 1.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunsQuery {
    page: Option<u32>,
    page_size: Option<u32>,
}

/// `GET …/drift/status`
pub(super) async fn drift_status(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    app.store().stack(names.stack()).await?;
    Ok(Json(no_drift()))
}

/// The answer that no drift is known, because nothing has looked for any.
pub(super) fn no_drift() -> Value {
    json!({ "driftDetected": false, "latestDriftRun": "", "runInProgress": false })
}

/// `GET …/drift/runs`
pub(super) async fn drift_runs(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<RunsQuery>,
) -> Result<Json<Value>, ApiError> {
    app.store().stack(names.stack()).await?;
    let size = query.page_size.unwrap_or(RUNS);
    if query.page == Some(0) || size == 0 {
        return Err(ApiError::bad_request("`page` and `pageSize` count from 1"));
    }
    Ok(Json(
        json!({ "driftRuns": [], "itemsPerPage": size, "total": 0 }),
    ))
}

/// `GET …/policypacks`
pub(super) async fn policy_packs(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    app.store().stack(names.stack()).await?;
    Ok(Json(json!({ "requiredPolicies": [] })))
}

/// `GET …/policygroups`
pub(super) async fn policy_groups(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    app.store().stack(names.stack()).await?;
    Ok(Json(json!({ "policyGroups": [] })))
}

/// `GET /api/orgs/{organization}/agent-pools`
pub(super) async fn agent_pools(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    app.store()
        .organization_must_exist(names.get("organization"))
        .await?;
    Ok(Json(json!({ "agentPools": [] })))
}
