//! Stacks, as the cloud describes them.
//!
//! # What this may not do
//!
//! Know how an answer represents them.

use crate::domain::StackRef;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A stack in the list of an organization's stacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackSummary {
    /// The stack.
    pub stack: StackRef,
    /// When it was last updated, in seconds since 1970; `None` if never.
    pub last_update: Option<u64>,
    /// The number of its resources; `None` if the cloud does not say.
    pub resource_count: Option<u64>,
}

/// The outputs of a stack after its last completed update.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StackOutputs {
    /// The values by name, as in a state, where a secret is an object with its ciphertext. `None` if the stack has no
    /// state.
    pub values: Option<BTreeMap<String, Value>>,
    /// What decrypts their secrets: a type and its state. `None` if the cloud does not say.
    pub secrets_provider: Option<Value>,
}

/// The relevant part of a stack's deployment settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentSettings {
    /// Whether they name the source of the program.
    pub has_source: bool,
    /// The pushes that deploy the stack; `None` if none do.
    pub pushes: Option<Pushes>,
    /// Whether queued deployments are dropped in favour of the last one (`skipIntermediateDeployments`).
    pub skips_intermediate: bool,
    /// The names of the environment variables of its deployments.
    pub variables: BTreeSet<String>,
    /// Whether its deployments have their own role.
    pub has_role: bool,
}

/// The git pushes that deploy a stack (`deployCommits`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushes {
    /// The repository, `owner/name`, if the settings name one.
    pub repository: Option<String>,
    /// The branch without `refs/heads/`, if the settings name one.
    pub branch: Option<String>,
    /// Only pushes that change these files deploy the stack; every push if empty.
    pub paths: Vec<String>,
}

/// Whether the deployments of a stack are paused until someone resumes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pauses {
    /// Whether the stack is paused.
    pub stack: bool,
    /// Whether the whole organization is paused.
    pub organization: bool,
}

impl Pauses {
    /// Whether its deployments are paused by either.
    pub fn any(self) -> bool {
        self.stack || self.organization
    }
}
