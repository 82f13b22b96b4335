//! The bodies about the token's user.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use serde::Deserialize;

/// The default organization. The spelling of the field is the cloud's.
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
