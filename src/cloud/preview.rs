//! Previews that the cloud runs: what is asked for, and what they leave behind.
//!
//! # What this may not do
//!
//! Know how they are written in a request or an answer, or what their events mean.

use super::deployment::Operation;
use crate::domain::Repository;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A preview of a stack, as it is asked for: beyond this, the stack's settings hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviewRequest {
    /// Variables that are added to those of the settings.
    pub variables: BTreeMap<String, String>,
    /// Which code to take; `None` for what the settings say.
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
    /// Names it everywhere.
    pub id: String,
    /// Counts the deployments of its stack; 0 if the cloud did not say.
    pub version: i64,
}

/// What counts for a preview of a stack's deployment settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviewSettings {
    /// Where the program is, if it is in a repository that the settings name.
    pub repository: Option<Repository>,
    /// The commands that run before the CLI.
    pub pre_run_commands: Vec<String>,
}

/// A run of the CLI that a deployment made, a preview or an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOfCli {
    /// Names it in the paths of the cloud.
    pub id: String,
    /// What it did.
    pub operation: Operation,
    /// Facts about where it ran: versions, git, CI, variables.
    pub environment: BTreeMap<String, String>,
}

/// What the CLI calls the environment that is written in a stack's configuration.
pub const INLINE_ENVIRONMENT: &str = "yaml";

/// An environment in the list that the CLI writes as a text (`pulumi/pulumi`, `SetStackEnvironmentsMetadata` in `pkg/backend`).
#[derive(Deserialize)]
struct ListedEnvironment {
    id: String,
}

impl RunOfCli {
    /// The version of the CLI, if the cloud says.
    pub fn cli_version(&self) -> Option<&str> {
        self.fact("pulumi.version")
    }

    /// The commit of the program, if it is known.
    pub fn commit(&self) -> Option<&str> {
        self.fact("git.head")
    }

    /// The ESC environments that the stack's configuration comes from, as the CLI calls them: `project/name`, with `@` and a
    /// revision if one is meant, and [`INLINE_ENVIRONMENT`] for one that is written in the configuration itself.
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
