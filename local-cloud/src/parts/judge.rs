//! Examines answers before they are sent.

use axum::http::{Method, StatusCode};
use std::fmt::Debug;

/// Compares the answers of the API with their documentation.
pub trait Judge: Debug + Send + Sync {
    /// What is wrong with an answer to this method and path, in a sentence; `None` if nothing is.
    fn objection(
        &self,
        method: &Method,
        path: &str,
        status: StatusCode,
        body: &[u8],
    ) -> Option<String>;
}
