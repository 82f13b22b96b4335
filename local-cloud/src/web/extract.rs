//! Parses requests: JSON bodies, queries, scopes in paths.

use super::error::ApiError;
use crate::app::App;
use crate::domain::stacks::{EnvironmentPath, StackPath};
use crate::domain::updates::UpdatePath;
use crate::domain::webhooks::Scope;
use axum::extract::{self, FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::{CONTENT_ENCODING, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use flate2::read::GzDecoder;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::convert::Infallible;
use std::io::Read as _;

/// The longest body of most requests, also after decompression.
const MAX_BODY: usize = 32 << 20;

/// The longest body with a state or a part of one. The CLI gives up on a journal that is rejected for its length, and loses
/// it. SQLite's limit for one value is slightly higher.
const MAX_STATE: usize = 900 << 20;

/// Longer bodies are parsed on a separate thread, so that others need not wait.
const MAX_IN_PLACE: usize = 64 << 10;

const WRONG_TYPE: &str = "the body has the wrong type";

/// A JSON body, whatever its content type. An empty body is an error. A null member counts as absent, because typed clients
/// send every member that they know.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

/// The body as written, for requests in which null has a meaning, or numbers that no float can represent.
#[derive(Debug)]
pub(crate) struct RawBody<T>(pub(crate) T);

/// The same for bodies with a state or a part of one.
#[derive(Debug)]
pub(crate) struct StateBody<T>(pub(crate) T);

impl<T: DeserializeOwned + Send + 'static, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Body<T>, ApiError> {
        read(request, MAX_BODY, without_nulls).await.map(Body)
    }
}

impl<T: DeserializeOwned + Send + 'static, S: Send + Sync> FromRequest<S> for RawBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<RawBody<T>, ApiError> {
        read(request, MAX_BODY, from_json).await.map(RawBody)
    }
}

impl<T: DeserializeOwned + Send + 'static, S: Send + Sync> FromRequest<S> for StateBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<StateBody<T>, ApiError> {
        read(request, MAX_STATE, from_json).await.map(StateBody)
    }
}

/// A text as body.
#[derive(Debug)]
pub(crate) struct TextBody(pub(crate) String);

impl<S: Send + Sync> FromRequest<S> for TextBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<TextBody, ApiError> {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec());
            text.map_err(|_| ApiError::bad_request("the body is not text in UTF-8"))
        };
        read(request, MAX_BODY, text).await.map(TextBody)
    }
}

/// The query of a request.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Query<T>, ApiError> {
        let query = extract::Query::from_request_parts(parts, state).await;
        query
            .map(|extract::Query(query)| Query(query))
            .map_err(|rejection| ApiError::bad_request(rejection.body_text()))
    }
}

/// The client's address for the cloud. The client stores its token under this URL, and looks it up by the URL in a state.
///
/// A proxy announces it in `X-Forwarded-…`, which is only trusted if the cloud serves this machine alone.
#[derive(Debug)]
pub(crate) struct ClientUrl(pub(crate) String);

impl FromRequestParts<App> for ClientUrl {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<ClientUrl, Infallible> {
        Ok(ClientUrl(client_url(&parts.headers, app)))
    }
}

fn client_url(headers: &HeaderMap, app: &App) -> String {
    let header = |name: &str| {
        let text = headers.get(name)?.to_str().ok()?;
        // Each proxy on the way adds its own value; the first is the one that the client used.
        let first = text.split(',').next().unwrap_or_default().trim();
        (!first.is_empty()).then(|| first.to_owned())
    };
    let is_local = !app.hosts().any_address;
    let forwarded = |name: &str| header(name).filter(|_| is_local);
    let Some(host) = forwarded("x-forwarded-host").or_else(|| header(HOST.as_str())) else {
        return app.base_url();
    };
    let is_scheme = |scheme: &String| matches!(scheme.as_str(), "http" | "https");
    let scheme = forwarded("x-forwarded-proto").filter(is_scheme);
    let scheme = scheme.as_deref().unwrap_or("http");
    let prefix = forwarded("x-forwarded-prefix").filter(|prefix| prefix.starts_with('/'));
    let prefix = prefix.unwrap_or_default();
    format!("{scheme}://{host}{}", prefix.trim_end_matches('/'))
}

async fn read<T: Send + 'static>(
    request: Request,
    limit: usize,
    from_json: fn(&[u8]) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let is_packed = is_packed(request.headers())?;
    let body = Limited::new(request.into_body(), limit).collect().await;
    let body = body.map_err(|error| match error.downcast::<LengthLimitError>() {
        Ok(_) => too_long(limit),
        Err(_) => ApiError::bad_request("the body was cut off"),
    })?;
    let bytes = body.to_bytes();
    if bytes.len() <= MAX_IN_PLACE {
        return parse(&bytes, is_packed, limit, from_json);
    }
    let work = tokio::task::spawn_blocking(move || parse(&bytes, is_packed, limit, from_json));
    work.await.map_err(|_| ApiError::bug())?
}

/// Whether the body is compressed with gzip, the only compression that clients use.
fn is_packed(headers: &HeaderMap) -> Result<bool, ApiError> {
    let given = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
    match given.unwrap_or_default().to_ascii_lowercase().as_slice() {
        b"" | b"identity" => Ok(false),
        b"gzip" | b"x-gzip" => Ok(true),
        _ => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "only `gzip` is known as an encoding of bodies",
        )),
    }
}

fn parse<T>(
    bytes: &[u8],
    is_packed: bool,
    limit: usize,
    from_json: fn(&[u8]) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    if !is_packed {
        return from_json(bytes);
    }
    let mut unpacked = Vec::new();
    let mut reader = GzDecoder::new(bytes).take(limit as u64 + 1);
    let n_bytes = reader.read_to_end(&mut unpacked);
    match n_bytes {
        Ok(n_bytes) if n_bytes > limit => Err(too_long(limit)),
        Ok(_) => from_json(&unpacked),
        Err(_) => Err(ApiError::bad_request("the body is not packed with gzip")),
    }
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // A list would be parsed as an object whose members are in this order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(ApiError::bad_request(WRONG_TYPE));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let body = serde_path_to_error::deserialize(&mut json);
    let body = body.map_err(|error| ApiError::bad_request(explain(&error)))?;
    json.end()
        .map_err(|_| ApiError::bad_request("the body goes on behind its JSON"))?;
    Ok(body)
}

/// Parses JSON as if null members were absent.
fn without_nulls<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut body: Value = from_json(bytes)?;
    drop_nulls(&mut body);
    serde_path_to_error::deserialize(body).map_err(|error| ApiError::bad_request(explain(&error)))
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn too_long(limit: usize) -> ApiError {
    let sentence = format_args!("the body is longer than {} MiB", limit >> 20);
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, sentence)
}

/// What is wrong with a body, without its content, which may be secret.
fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    if !error.inner().is_data() {
        return "the body is not JSON".to_owned();
    }
    let text = error.inner().to_string();
    let missing = text
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'));
    match (missing, error.path().to_string().as_str()) {
        (Some((field, _)), _) => format!("`{field}` is required"),
        (None, ".") => WRONG_TYPE.to_owned(),
        (None, path) => format!("`{path}` has the wrong type"),
    }
}

/// The parameters in the path. They are part of the route, so a missing one is a bug.
#[derive(Debug)]
pub(crate) struct PathNames(RawPathParams);

impl PathNames {
    /// The parameter of this name.
    ///
    /// # Panics
    ///
    /// If the route has no such parameter.
    pub(crate) fn get(&self, name: &str) -> String {
        self.find(name).expect("the route has this parameter")
    }

    /// The parameter with this name as a number; an error if it is not a number.
    ///
    /// # Panics
    ///
    /// If the route has no such parameter.
    pub(crate) fn number(&self, name: &str) -> Result<i64, ApiError> {
        let text = self.get(name);
        let none =
            |_| ApiError::bad_request(format_args!("the {name} `{text}` is not a whole number"));
        text.parse().map_err(none)
    }

    /// The stack in the path.
    pub(crate) fn stack(&self) -> StackPath {
        StackPath {
            organization: self.get("organization"),
            project: self.get("project"),
            stack: self.get("stack"),
        }
    }

    /// The update in the path.
    pub(crate) fn update(&self) -> UpdatePath {
        UpdatePath {
            stack: self.stack(),
            uid: self.get("update"),
        }
    }

    /// The environment in the path.
    pub(crate) fn environment(&self) -> EnvironmentPath {
        EnvironmentPath {
            organization: self.get("organization"),
            project: self.get("project"),
            environment: self.get("environment"),
        }
    }

    /// The scope in the path.
    pub(crate) fn scope(&self) -> Scope {
        if self.find("stack").is_some() {
            Scope::Stack(self.stack())
        } else if self.find("environment").is_some() {
            Scope::Environment(self.environment())
        } else {
            Scope::Organization(self.get("organization"))
        }
    }

    /// The parameter with this name, if the route has it.
    pub(crate) fn find(&self, name: &str) -> Option<String> {
        self.0
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathNames {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathNames, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        params
            .map(PathNames)
            .map_err(|rejection| ApiError::bad_request(rejection.body_text()))
    }
}
