//! Requests about organizations and the token's user.
//!
//! # What this may not do
//!
//! Choose among several organizations.

use super::paths::path;
use crate::cloud::call::Call;

/// Asks for the default organization of the token's user.
pub fn default_organization() -> Call {
    let operation = "ask for the default organization".to_owned();
    let path = path(&["api", "user", "organizations", "default"]);
    Call::read(operation, path)
}

/// Asks who the token's user is.
pub fn user() -> Call {
    let operation = "ask for the user".to_owned();
    Call::read(operation, path(&["api", "user"]))
}
