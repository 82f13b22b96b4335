//! Kinds of refused requests.

use axum::http::StatusCode;

/// The kind of answer for an error. The errors of the domain name it; only this file knows HTTP statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request is invalid.
    Invalid,
    /// The caller may not do this.
    Forbidden,
    /// Something that the request names does not exist.
    NotFound,
    /// The request conflicts with something that exists or is running.
    Conflict,
    /// The cloud failed.
    Internal,
}

impl Refusal {
    /// Its HTTP status, for clients and for the record of a webhook that could not start a deployment.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Refusal::Invalid => StatusCode::BAD_REQUEST,
            Refusal::Forbidden => StatusCode::FORBIDDEN,
            Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::Conflict => StatusCode::CONFLICT,
            Refusal::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
