//! The bodies about the token's user.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use serde::Deserialize;

/// The organization to use where none is named. The cloud spells the field in its own way.
#[derive(Deserialize)]
pub(in crate::cloud) struct DefaultOrganization {
    #[serde(
        rename = "GitHubLogin",
        alias = "gitHubLogin",
        alias = "githubLogin",
        default
    )]
    pub(in crate::cloud) login: String,
}

/// The user of the token.
#[derive(Deserialize)]
pub(in crate::cloud) struct User {
    #[serde(rename = "githubLogin")]
    pub(in crate::cloud) login: String,
}
