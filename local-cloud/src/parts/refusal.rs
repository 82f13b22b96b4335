//! Why something that was asked for is not done.

use axum::http::StatusCode;

/// What kind of answer an error is. The errors of the domain say it; which HTTP status tells it is written here alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// What was asked for cannot be.
    Invalid,
    /// Whoever asks may not.
    Forbidden,
    /// What it is about does not exist.
    NotFound,
    /// Something else is in the way.
    Conflict,
    /// The cloud could not do it, whoever asks.
    Internal,
}

impl Refusal {
    /// The HTTP status that tells it: to a client, and in the record of a webhook that could start nothing.
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
