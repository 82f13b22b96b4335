//! The capabilities of the cloud, and the routes that each of them has.

use super::{outputs, secrets, windows};
use crate::app::App;
use crate::domain::capabilities::Capability;
use axum::extract::State;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

/// `GET /api/capabilities`. The CLI does not use what is missing here.
pub(super) async fn list(State(app): State<App>) -> Json<Value> {
    let all = app.capabilities().iter().filter_map(Capability::to_json);
    Json(json!({ "capabilities": all.collect::<Vec<_>>() }))
}

/// The routes of a stack that come with the capabilities of the cloud.
pub(super) fn of_stack(app: &App) -> Router<App> {
    let of_one = |capability| match capability {
        Capability::BatchEncrypt => {
            Router::new().route("/batch-encrypt", post(secrets::encrypt_all))
        }
        Capability::StackOutputs => Router::new().route("/outputs", get(outputs::read)),
        // Those of windows are an organization's; the others change what is in a state, and not how it is sent.
        Capability::CoherenceWindows
        | Capability::DeploymentSchemaVersion
        | Capability::StateMigrations => Router::new(),
    };
    let routes = app.capabilities().iter().map(of_one);
    routes.fold(Router::new(), Router::merge)
}

/// The routes of an organization that the cloud has for its capabilities.
pub(super) fn of_organization(app: &App) -> Router<App> {
    if !app.capabilities().has(Capability::CoherenceWindows) {
        return Router::new();
    }
    Router::new()
        .route(
            "/coherence-windows/{window}/subgroups",
            post(windows::refuse_subgroups),
        )
        .route(
            "/coherence-windows/{window}/subgroups/{subgroup}",
            delete(windows::refuse_subgroups),
        )
}
