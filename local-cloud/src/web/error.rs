//! Errors in the form of the API: `{"code": 404, "message": "Not Found: …"}`.
//!
//! Clients read the code in the body, so every error has one, even if no route matches.

use crate::domain::deployments::DeploymentError;
use crate::domain::environments::{Diagnostic, EnvironmentError};
use crate::domain::names::NameError;
use crate::domain::schedules::ScheduleError;
use crate::domain::stacks::StackError;
use crate::domain::state::InvalidState;
use crate::domain::updates::UpdateError;
use crate::domain::webhooks::WebhookError;
use crate::parts::{Refusal, StoreError, log};
use axum::Json;
use axum::extract::OriginalUri;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::any::Any;
use std::error::Error;
use tracing::error;

/// An answer with an error.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
    /// The problems in the definition of an environment, in the form of the API.
    diagnostics: Vec<Value>,
}

impl ApiError {
    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The message for the client.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// An error that the client can act on; the status precedes the sentence.
    pub(crate) fn new(status: StatusCode, sentence: impl std::fmt::Display) -> ApiError {
        let reason = status.canonical_reason().unwrap_or("Error");
        ApiError {
            status,
            message: format!("{reason}: {sentence}"),
            diagnostics: Vec::new(),
        }
    }

    pub(crate) fn bad_request(sentence: impl std::fmt::Display) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, sentence)
    }

    pub(crate) fn unauthorized() -> ApiError {
        ApiError::new(
            StatusCode::UNAUTHORIZED,
            "No credentials provided or are invalid.",
        )
    }

    pub(crate) fn foreign_host() -> ApiError {
        ApiError::new(
            StatusCode::FORBIDDEN,
            "this host, or this page, may not use a local cloud",
        )
    }

    pub(crate) fn bug() -> ApiError {
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "a bug in the local cloud: please report it",
        )
    }

    /// An error of the domain.
    fn refused(refusal: Refusal, error: &(dyn Error + 'static)) -> ApiError {
        match refusal {
            Refusal::Internal => ApiError::internal(error),
            _ => ApiError::new(refusal.status(), error),
        }
    }

    /// An internal error: the log has the cause, the client does not get it.
    pub(crate) fn internal(trouble: &(dyn Error + 'static)) -> ApiError {
        log::error("a request failed", trouble);
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, trouble)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "code": self.status.as_u16(), "message": self.message });
        if !self.diagnostics.is_empty() {
            body["diagnostics"] = self.diagnostics.into();
        }
        (self.status, Json(body)).into_response()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        StackError::from(error).into()
    }
}

impl From<NameError> for ApiError {
    fn from(error: NameError) -> ApiError {
        StackError::from(error).into()
    }
}

impl From<InvalidState> for ApiError {
    fn from(error: InvalidState) -> ApiError {
        UpdateError::from(error).into()
    }
}

impl From<StackError> for ApiError {
    fn from(error: StackError) -> ApiError {
        ApiError::refused(error.refusal(), &error)
    }
}

impl From<UpdateError> for ApiError {
    fn from(error: UpdateError) -> ApiError {
        ApiError::refused(error.refusal(), &error)
    }
}

impl From<WebhookError> for ApiError {
    fn from(error: WebhookError) -> ApiError {
        ApiError::refused(error.refusal(), &error)
    }
}

impl From<DeploymentError> for ApiError {
    fn from(error: DeploymentError) -> ApiError {
        ApiError::refused(error.refusal(), &error)
    }
}

impl From<EnvironmentError> for ApiError {
    fn from(error: EnvironmentError) -> ApiError {
        let answer = ApiError::refused(error.refusal(), &error);
        let EnvironmentError::Definition(wrong) = error else {
            return answer;
        };
        let sentence = wrong.first().map(ToString::to_string).unwrap_or_default();
        ApiError {
            diagnostics: wrong.iter().map(Diagnostic::to_json).collect(),
            ..ApiError::bad_request(sentence)
        }
    }
}

impl From<ScheduleError> for ApiError {
    fn from(error: ScheduleError) -> ApiError {
        ApiError::refused(error.refusal(), &error)
    }
}

/// The body for a status that a test injects.
pub(crate) fn scripted(status: StatusCode) -> Response {
    ApiError::new(status, "scripted trouble").into_response()
}

/// The objection of a judge to an answer.
pub(crate) fn objection(objection: &str) -> Response {
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, objection).into_response()
}

/// No route matches.
pub(crate) async fn no_route(OriginalUri(uri): OriginalUri) -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        format_args!("a local cloud has no `{}`", uri.path()),
    )
}

/// A route matches, but not with this method.
pub(crate) async fn no_method(method: Method) -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format_args!("no `{method}` here"),
    )
}

/// A handler had a bug.
#[expect(clippy::needless_pass_by_value, reason = "the layer calls it so")]
pub(crate) fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    let cause = text
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    error!(%cause, "a request panicked: {cause}");
    ApiError::bug().into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[tokio::test]
    async fn a_bug_is_answered_without_its_details() {
        let answer = panicked(Box::new("the details".to_owned()));
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(answer.into_body(), 1024)
            .await
            .unwrap();
        assert_snapshot!(String::from_utf8_lossy(&body), @r#"{"code":500,"message":"Internal Server Error: a bug in the local cloud: please report it"}"#);
    }
}
