//! What the cloud says of a stack.
//!
//! # What this may not do
//!
//! Know how it is written in an answer.

use crate::domain::StackRef;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A stack, as the list of an organization's stacks has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackSummary {
    /// The stack.
    pub stack: StackRef,
    /// When it was last updated, in seconds since 1970; `None` if never.
    pub last_update: Option<u64>,
    /// How many resources it has; `None` if the cloud does not say.
    pub resource_count: Option<u64>,
}

/// The outputs of a stack, as its latest update that has ended left them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StackOutputs {
    /// The values by name, in the form of a state: a secret is an object with its ciphertext. `None` if the stack has no
    /// state.
    pub values: Option<BTreeMap<String, Value>>,
    /// What decrypts the secrets among them: its type and state. Absent if nothing is said to.
    pub secrets_provider: Option<Value>,
}

/// What counts of a stack's deployment settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentSettings {
    /// Whether they say where the program is.
    pub has_source: bool,
    /// What deploys the stack when someone pushes to a branch; `None` if nothing does.
    pub pushes: Option<Pushes>,
    /// Whether runs that wait are dropped in favour of the last one (`skipIntermediateDeployments`).
    pub skips_intermediate: bool,
    /// The names of the environment variables that its deployments get.
    pub variables: BTreeSet<String>,
    /// Whether its deployments have their own role.
    pub has_role: bool,
}

/// Pushes that deploy a stack (`deployCommits`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushes {
    /// The repository, `owner/name`, if the settings tell.
    pub repository: Option<String>,
    /// The branch, without `refs/heads/`, if the settings tell.
    pub branch: Option<String>,
    /// Only pushes that change these files; all if empty.
    pub paths: Vec<String>,
}

/// Whether deployments of a stack wait until someone resumes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pauses {
    /// Those of this stack.
    pub stack: bool,
    /// Those of all stacks of the organization.
    pub organization: bool,
}

impl Pauses {
    /// Whether deployments wait, for whatever reason.
    pub fn any(self) -> bool {
        self.stack || self.organization
    }
}
