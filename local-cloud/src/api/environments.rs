//! Environments: only that they exist, so that they can have webhooks.

use crate::app::App;
use crate::domain::stacks::{EnvironmentPath, StackError};
use crate::web::{ApiError, Body, PathNames};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

/// An environment to be made.
#[derive(Debug, Deserialize)]
pub(super) struct NewEnvironment {
    project: String,
    name: String,
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
    app.store().create_environment(path).await?;
    Ok(StatusCode::OK)
}

/// What would evaluate an environment: a local cloud keeps none.
pub(super) async fn refuse_evaluation() -> ApiError {
    ApiError::bad_request(
        "a local cloud does not evaluate environments (ESC): put their values into the configuration of the stack",
    )
}

/// `DELETE /api/esc/environments/{organization}/{project}/{environment}`
pub(super) async fn delete(
    State(app): State<App>,
    names: PathNames,
) -> Result<StatusCode, ApiError> {
    let path = names.environment();
    if app.store().delete_environment(path.clone()).await? {
        Ok(StatusCode::OK)
    } else {
        Err(StackError::NoEnvironment(path).into())
    }
}
