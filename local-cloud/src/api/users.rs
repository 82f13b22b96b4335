//! The user and the organizations.

use crate::app::App;
use crate::web::{ApiError, PathNames};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

/// The author of something, in the form of the API.
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

/// `GET /api/orgs/{organization}/members`: the only user is a member of every organization, since the beginning of time.
pub(super) async fn members(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    app.store()
        .organization_must_exist(names.get("organization"))
        .await?;
    let user = app.user();
    let beginning = "1970-01-01T00:00:00Z";
    Ok(Json(json!({ "members": [{
        "role": "admin",
        "user": account(user),
        "created": beginning,
        "knownToPulumi": true,
        "virtualAdmin": false,
        "links": { "self": format!("{}/{user}", app.base_url()) },
        "fgaRole": { "id": "admin", "name": "Admin", "modifiedAt": beginning },
    }] })))
}

/// `GET /api/user/organizations/default`
pub(super) async fn default_organization(State(app): State<App>) -> Json<Value> {
    Json(json!({ "GitHubLogin": app.default_organization(), "Messages": [] }))
}
