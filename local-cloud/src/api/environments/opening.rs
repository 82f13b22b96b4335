//! Opening environments: a client opens one, and reads its values by the session's ID.

use super::definitions::{told, version};
use crate::actions::environments::{self, Evaluated};
use crate::app::App;
use crate::domain::environments::EnvironmentError;
use crate::domain::environments::text::{self, Step};
use crate::web::{ApiError, PathNames, Query, Routes, TextBody};
use axum::Json;
use axum::extract::State;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

/// How long an opened environment can be read, by default and at most.
const LIFETIME: SignedDuration = SignedDuration::from_hours(2);
const LONGEST_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// How to open an environment.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpenQuery {
    duration: Option<String>,
    environment_overrides: Option<String>,
}

/// The part of an opened environment to read.
#[derive(Debug, Deserialize)]
pub(super) struct ReadQuery {
    property: Option<String>,
}

/// The routes for opening one environment.
pub(super) fn routes() -> Routes {
    Routes::default()
        .post("/open", open)
        .get("/open/{session}", read)
}

/// `POST …/open` and `…/versions/{version}/open`
pub(super) async fn open(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<OpenQuery>,
) -> Result<Json<Value>, ApiError> {
    let path = names.environment();
    let opened = environments::evaluate_revision(&app, path.clone(), version(&names), true).await?;
    keep(&app, path.to_string(), &opened, query)
}

/// `GET …/open/{session}`
pub(super) async fn read(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<ReadQuery>,
) -> Result<Json<Value>, ApiError> {
    find(&app, &names.environment().to_string(), &names, query)
}

/// `POST /api/esc/environments/{organization}/yaml/open`
pub(super) async fn open_yaml(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<OpenQuery>,
    TextBody(text): TextBody,
) -> Result<Json<Value>, ApiError> {
    let organization = names.get("organization");
    if query
        .environment_overrides
        .as_deref()
        .is_some_and(|given| !given.is_empty())
    {
        let sentence =
            "a local cloud does not replace imports: `--override-env` has no effect here";
        return Err(ApiError::bad_request(sentence));
    }
    let opened = environments::evaluate_text(&app, &organization, &text, true).await?;
    keep(&app, organization, &opened, query)
}

/// `GET /api/esc/environments/{organization}/yaml/open/{session}`
pub(super) async fn read_yaml(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<ReadQuery>,
) -> Result<Json<Value>, ApiError> {
    find(&app, &names.get("organization"), &names, query)
}

fn keep(
    app: &App,
    place: String,
    opened: &Evaluated,
    query: OpenQuery,
) -> Result<Json<Value>, ApiError> {
    let wrong =
        || ApiError::bad_request("`duration` is a time such as `2h` or `1h30m`, and at most 24h");
    let given = query.duration.filter(|given| !given.is_empty());
    let lifetime = given.map_or(Ok(LIFETIME), |given| {
        given.parse::<SignedDuration>().map_err(|_| wrong())
    })?;
    if lifetime.is_negative() || lifetime > LONGEST_LIFETIME {
        return Err(wrong());
    }
    let end = app.clock().now() + lifetime;
    let id = app.opened().keep(place, told(opened, true), end);
    let id = id.map_err(EnvironmentError::from)?;
    Ok(Json(json!({ "id": id })))
}

fn find(
    app: &App,
    place: &str,
    names: &PathNames,
    query: ReadQuery,
) -> Result<Json<Value>, ApiError> {
    let id = names.get("session");
    let found = app.opened().find(place, &id, app.clock().now());
    let found = found.ok_or(EnvironmentError::NotOpen(id))?;
    let Some(property) = query.property.filter(|property| !property.is_empty()) else {
        return Ok(Json(found));
    };
    let steps = text::path(&property).map_err(ApiError::bad_request)?;
    let mut value = &json!({ "value": found["properties"] });
    for step in &steps {
        let inner = &value["value"];
        value = match step {
            Step::Name(name) => &inner[name],
            Step::Index(index) => &inner[index],
        };
    }
    if value.is_null() {
        return Err(ApiError::bad_request(format_args!(
            "there is no value `{property}`"
        )));
    }
    Ok(Json(value.clone()))
}
