//! Why a request is refused.

use axum::http::StatusCode;

/// What kind of answer an error is. The errors of the domain name it; only this file knows HTTP statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request is wrong.
    Invalid,
    /// The caller may not do this.
    Forbidden,
    /// Something that the request names does not exist.
    NotFound,
    /// Something that exists already, or runs, conflicts with the request.
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
