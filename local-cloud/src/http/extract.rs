//! Reading requests: bodies as JSON, scopes from paths.

use super::error::ApiError;
use crate::stacks::{EnvironmentPath, StackPath};
use crate::webhooks::Scope;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// A JSON body, whatever its content type says. An empty body is an error.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Body<T>, ApiError> {
        let bytes = Bytes::from_request(request, state).await;
        let bytes =
            bytes.map_err(|rejection| ApiError::new(rejection.status(), rejection.body_text()))?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let body = serde_path_to_error::deserialize(&mut json);
        let body = body.map_err(|error| ApiError::bad_request(explain(&error)))?;
        json.end()
            .map_err(|_| ApiError::bad_request("the body goes on behind its JSON"))?;
        Ok(Body(body))
    }
}

/// What is wrong with a body, without what is in it: that may be a secret.
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
        (None, ".") => "the body is not of the right type".to_owned(),
        (None, path) => format!("`{path}` is not of the right type"),
    }
}

/// The parameters of the path: they are part of the route, so a missing one is a bug.
#[derive(Debug)]
pub(super) struct PathNames(RawPathParams);

impl PathNames {
    /// The parameter of this name.
    ///
    /// # Panics
    ///
    /// If the route has no such parameter.
    pub(super) fn get(&self, name: &str) -> String {
        self.find(name).expect("the route has this parameter")
    }

    /// The stack that the path names.
    pub(super) fn stack(&self) -> StackPath {
        StackPath {
            organization: self.get("organization"),
            project: self.get("project"),
            stack: self.get("stack"),
        }
    }

    /// The environment that the path names.
    pub(super) fn environment(&self) -> EnvironmentPath {
        EnvironmentPath {
            organization: self.get("organization"),
            project: self.get("project"),
            environment: self.get("environment"),
        }
    }

    /// The scope that the path names.
    pub(super) fn scope(&self) -> Scope {
        if self.find("stack").is_some() {
            Scope::Stack(self.stack())
        } else if self.find("environment").is_some() {
            Scope::Environment(self.environment())
        } else {
            Scope::Organization(self.get("organization"))
        }
    }

    fn find(&self, name: &str) -> Option<String> {
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
