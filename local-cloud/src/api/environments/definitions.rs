//! Definitions of environments: reading, saving and checking them.

use crate::actions::environments::{self, Evaluated};
use crate::app::App;
use crate::domain::environments::{Data, Revision, Value as EscValue, Version, exprs};
use crate::web::{ApiError, Body, PathNames, Query, Routes, TextBody};
use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The header with the number of the revision that an answer is about.
const REVISION: HeaderName = HeaderName::from_static("pulumi-esc-revision");

const YAML: HeaderValue = HeaderValue::from_static("application/x-yaml");

/// Texts to encrypt, in Base64.
#[derive(Debug, Deserialize)]
pub(super) struct Plaintexts {
    plaintexts: Vec<String>,
}

/// How to check a definition.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CheckQuery {
    #[serde(default)]
    show_secrets: bool,
}

/// The routes of one environment's definition.
pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/", read)
        .head("/", read)
        .patch("/", define)
        .get("/decrypt", decrypt)
        .post("/check", check)
        .post("/encrypt-secrets", encrypt)
}

/// `GET …/{environment}` and `…/versions/{version}`: the definition with its secrets encrypted.
pub(super) async fn read(State(app): State<App>, names: PathNames) -> Result<Response, ApiError> {
    let revision = app
        .store()
        .environment_revision(names.environment(), version(&names))
        .await?;
    Ok(answer(&revision, YAML, revision.definition.clone()))
}

/// `GET …/decrypt` and `…/versions/{version}/decrypt`: the definition with its secrets as plain text.
pub(super) async fn decrypt(
    State(app): State<App>,
    names: PathNames,
) -> Result<Response, ApiError> {
    let revision = app
        .store()
        .environment_revision(names.environment(), version(&names))
        .await?;
    let revision = environments::decrypted(&app, revision)?;
    Ok(answer(&revision, YAML, revision.definition.clone()))
}

/// `PATCH …/{environment}`: saves a new definition.
async fn define(
    State(app): State<App>,
    names: PathNames,
    headers: HeaderMap,
    TextBody(text): TextBody,
) -> Result<Response, ApiError> {
    let etag = headers
        .get(IF_MATCH)
        .map(|etag| etag.to_str().unwrap_or_default().to_owned());
    let revision = environments::define(&app, names.environment(), text, etag).await?;
    let json = HeaderValue::from_static("application/json");
    Ok(answer(&revision, json, "{}".to_owned()))
}

/// `POST …/check` and `…/versions/{version}/check`
pub(super) async fn check(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<CheckQuery>,
) -> Result<Json<Value>, ApiError> {
    let path = names.environment();
    let checked = environments::evaluate_revision(&app, path, version(&names), false).await?;
    Ok(Json(told(&checked, query.show_secrets)))
}

/// `POST /api/esc/environments/{organization}/yaml/check`
pub(super) async fn check_yaml(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<CheckQuery>,
    TextBody(text): TextBody,
) -> Result<Json<Value>, ApiError> {
    let organization = names.get("organization");
    let checked = environments::evaluate_text(&app, &organization, &text, false).await?;
    Ok(Json(told(&checked, query.show_secrets)))
}

/// `POST …/encrypt-secrets`
async fn encrypt(
    State(app): State<App>,
    names: PathNames,
    Body(body): Body<Plaintexts>,
) -> Result<Json<Value>, ApiError> {
    let text = |given: &String| {
        let bytes = STANDARD.decode(given).ok()?;
        String::from_utf8(bytes).ok()
    };
    let texts = body.plaintexts.iter().map(text).collect::<Option<Vec<_>>>();
    let wrong = || ApiError::bad_request("`plaintexts` are texts in Base64");
    let sealed = environments::encrypt(&app, names.environment(), texts.ok_or_else(wrong)?).await?;
    Ok(Json(json!({ "ciphertexts": sealed })))
}

/// The revision in the path; the newest if there is none.
pub(super) fn version(names: &PathNames) -> Version {
    let version = names.find("version");
    version.map_or(Version::Latest, |version| Version::read(&version))
}

/// An evaluated environment in the form of the API.
pub(super) fn told(evaluated: &Evaluated, shows_secrets: bool) -> Value {
    let Evaluated {
        name,
        definition,
        value,
    } = evaluated;
    let counts = exprs::function_counts(&definition.values);
    json!({
        "exprs": exprs::exprs(name, &definition.values),
        "properties": properties(value, shows_secrets),
        "environmentFunctionSummary": { "funcCounts": counts, "rotationPaths": [] },
    })
}

/// The values of an environment by name.
fn properties(value: &EscValue, shows_secrets: bool) -> Map<String, Value> {
    let Data::Object(members) = &value.data else {
        return Map::new();
    };
    let member =
        |(name, member): (&String, &EscValue)| (name.clone(), member.to_json(shows_secrets));
    members.iter().map(member).collect()
}

fn answer(revision: &Revision, kind: HeaderValue, body: String) -> Response {
    let etag = HeaderValue::try_from(revision.etag()).expect("it is made of digits and letters");
    let headers = [
        (CONTENT_TYPE, kind),
        (ETAG, etag),
        (REVISION, revision.number.into()),
    ];
    (headers, body).into_response()
}
