//! The capabilities of the cloud, and the routes that each of them has.

use super::secrets;
use crate::app::App;
use crate::domain::capabilities::Capability;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

/// `GET /api/capabilities`. The CLI does not use what is missing here.
pub(super) async fn list(State(app): State<App>) -> Json<Value> {
    let all = app.capabilities().iter().map(Capability::to_json);
    Json(json!({ "capabilities": all.collect::<Vec<_>>() }))
}

/// The routes of a stack that come with the capabilities of the cloud.
pub(super) fn of_stack(app: &App) -> Router<App> {
    let of_one = |capability| match capability {
        Capability::BatchEncrypt => {
            Router::new().route("/batch-encrypt", post(secrets::encrypt_all))
        }
        // It changes what is in a state, not how it is sent.
        Capability::DeploymentSchemaVersion => Router::new(),
    };
    let routes = app.capabilities().iter().map(of_one);
    routes.fold(Router::new(), Router::merge)
}
