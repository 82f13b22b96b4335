//! The user and the organizations.

use crate::app::App;
use crate::web::ApiError;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

/// Who did something, as the API tells it.
pub(super) fn account(login: &str) -> Value {
    json!({ "name": login, "githubLogin": login, "avatarUrl": "" })
}

/// `GET /api/user`
pub(super) async fn user(State(app): State<App>) -> Result<Json<Value>, ApiError> {
    let organizations = app.store().organizations().await?;
    let organization = |name: &String| json!({ "githubLogin": name, "name": name, "avatarUrl": "", "role": "admin" });
    let user = app.user();
    Ok(Json(json!({
        "id": user,
        "githubLogin": user,
        "name": user,
        "email": "",
        "avatarUrl": "",
        "hasMFA": false,
        "identities": [],
        "isManagedByMultiOrg": false,
        "isOrgManaged": false,
        "siteAdmin": false,
        "organizations": organizations.iter().map(organization).collect::<Vec<_>>(),
    })))
}

/// `GET /api/user/organizations/default`
pub(super) async fn default_organization(State(app): State<App>) -> Json<Value> {
    Json(json!({ "GitHubLogin": app.default_organization(), "Messages": [] }))
}
