//! Previews that the cloud runs: the request, and the results.
//!
//! # What this may not do
//!
//! Know how a request or an answer represents them, or what their events mean.

use super::deployment::Operation;
use crate::domain::Repository;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A request for a preview of a stack. It extends the stack's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviewRequest {
    /// Variables to add to those of the settings.
    pub variables: BTreeMap<String, String>,
    /// The code to use; `None` for what the settings say.
    pub revision: Option<Revision>,
}

/// A place in the history of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revision {
    /// The newest commit of a branch.
    Branch(String),
    /// A commit.
    Commit(String),
}

/// A deployment that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// Its ID.
    pub id: String,
    /// Its number among the deployments of its stack; 0 if the cloud did not say.
    pub version: i64,
}

/// The part of a stack's deployment settings that a preview needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviewSettings {
    /// The repository of the program, if the settings name one.
    pub repository: Option<Repository>,
    /// The commands that run before the CLI.
    pub pre_run_commands: Vec<String>,
}

/// A run of the CLI in a deployment: a preview or an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOfCli {
    /// Its ID, as in the cloud's paths.
    pub id: String,
    /// Its operation.
    pub operation: Operation,
    /// Facts about where it ran: versions, git, CI, variables.
    pub environment: BTreeMap<String, String>,
}

/// The CLI's name for an environment that is defined in a stack's configuration.
pub const INLINE_ENVIRONMENT: &str = "yaml";

/// An environment in the list that the CLI writes as a text (`pulumi/pulumi`, `SetStackEnvironmentsMetadata` in `pkg/backend`).
#[derive(Deserialize)]
struct ListedEnvironment {
    id: String,
}

impl RunOfCli {
    /// The version of the CLI, if known.
    pub fn cli_version(&self) -> Option<&str> {
        self.fact("pulumi.version")
    }

    /// The commit of the program, if known.
    pub fn commit(&self) -> Option<&str> {
        self.fact("git.head")
    }

    /// The ESC environments that the stack's configuration imports, in the CLI's notation: `project/name`, followed by `@`
    /// and a revision if one is pinned, and [`INLINE_ENVIRONMENT`] for one that is defined in the configuration.
    pub fn environments(&self) -> Vec<String> {
        let listed = self.fact("stack.environments").unwrap_or_default();
        let all: Vec<ListedEnvironment> = serde_json::from_str(listed).unwrap_or_default();
        all.into_iter().map(|environment| environment.id).collect()
    }

    fn fact(&self, name: &str) -> Option<&str> {
        let text = self.environment.get(name).map(String::as_str);
        text.filter(|text| !text.is_empty())
    }
}
