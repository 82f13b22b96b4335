//! The bodies about the token's user.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use serde::Deserialize;

/// The stacks that the token's user can see.
#[derive(Deserialize)]
pub(in crate::cloud) struct StackList {
    pub(in crate::cloud) stacks: Vec<StackPlace>,
}

/// One of them, by its names.
#[derive(Deserialize)]
pub(in crate::cloud) struct StackPlace {
    #[serde(rename = "orgName")]
    pub(in crate::cloud) organization: String,
    #[serde(rename = "projectName")]
    pub(in crate::cloud) project: String,
    #[serde(rename = "stackName")]
    pub(in crate::cloud) stack: String,
}

/// The organization that stands in where none is named. The cloud spells the field in its own way.
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
