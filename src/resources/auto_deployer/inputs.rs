//! An `AutoDeployer`'s inputs, typed.
//!
//! # What this may not do
//!
//! Decide what follows from them; that is [`super::plan`].

use crate::domain::Filter;
use crate::property::{CheckFailure, Fields, Input, Map};
use crate::resources::component::modes::CheckMode;

/// What a program wrote for an `AutoDeployer`. `None` is an input that was not written.
#[derive(Clone, Debug)]
pub struct AutoDeployerInputs {
    /// The organization of the stacks; by default the program's own.
    pub organization: Option<Input<String>>,
    /// The project of the upstream stack.
    pub project: Input<String>,
    /// The upstream stack.
    pub stack: Input<String>,
    /// The stacks to update after it, `project/stack` or `organization/project/stack`.
    pub downstream_refs: Option<Input<Vec<Input<String>>>>,
    /// Whether to add the stacks that hold a StackReference to the upstream stack.
    pub discover_downstream: Option<Input<bool>>,
    /// What to do about what is found on the cloud.
    pub checks: Option<Input<CheckMode>>,
    /// Whether the webhooks deliver.
    pub active: Option<Input<bool>>,
    /// The events of the upstream stack that start the downstream stacks.
    pub filters: Option<Input<Vec<Input<Filter>>>>,
}

impl AutoDeployerInputs {
    /// Reads the inputs, with every one that cannot be read as what it should be.
    pub fn read(map: &Map) -> (AutoDeployerInputs, Vec<CheckFailure>) {
        let mut fields = Fields::of(map);
        let inputs = AutoDeployerInputs {
            organization: fields.optional("organization"),
            project: fields.required("project"),
            stack: fields.required("stack"),
            downstream_refs: fields.list("downstreamRefs"),
            discover_downstream: fields.optional("discoverDownstream"),
            checks: fields.optional("checks"),
            active: fields.optional("active"),
            filters: fields.list("filters"),
        };
        (inputs, fields.finish())
    }
}
