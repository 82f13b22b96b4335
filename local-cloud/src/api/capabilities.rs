//! The capabilities of the cloud, and their routes.

use super::{outputs, secrets, windows};
use crate::app::App;
use crate::domain::capabilities::Capability;
use crate::web::Routes;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

/// `GET /api/capabilities`. The CLI does not use features that are missing here.
pub(super) async fn list(State(app): State<App>) -> Json<Value> {
    let all = app.capabilities().iter().filter_map(Capability::to_json);
    Json(json!({ "capabilities": all.collect::<Vec<_>>() }))
}

/// The routes of a stack for the cloud's capabilities.
pub(super) fn of_stack(app: &App) -> Routes {
    let of_one = |capability| match capability {
        Capability::BatchEncrypt => Routes::default().post("/batch-encrypt", secrets::encrypt_all),
        Capability::StackOutputs => Routes::default().get("/outputs", outputs::read),
        // The routes of windows belong to an organization; the other capabilities change the content of a state, not its
        // transport.
        Capability::CoherenceWindows
        | Capability::DeploymentSchemaVersion
        | Capability::StateMigrations => Routes::default(),
    };
    let routes = app.capabilities().iter().map(of_one);
    routes.fold(Routes::default(), Routes::merge)
}

/// The routes of an organization for the cloud's capabilities.
pub(super) fn of_organization(app: &App) -> Routes {
    if !app.capabilities().has(Capability::CoherenceWindows) {
        return Routes::default();
    }
    Routes::default()
        .post(
            "/coherence-windows/{window}/subgroups",
            windows::refuse_subgroups,
        )
        .delete(
            "/coherence-windows/{window}/subgroups/{subgroup}",
            windows::refuse_subgroups,
        )
}
