//! An `AutoDeployer`'s inputs, typed.
//!
//! # What this may not do
//!
//! Decide what follows from them; that is [`super::plan`].

use crate::property::{CheckFailure, Fields, Input, Map};
use crate::resources::component::options::SharedInputs;

/// The inputs of an `AutoDeployer` as a program wrote them. `None` means that the input is absent.
#[derive(Clone, Debug)]
pub struct AutoDeployerInputs {
    /// The inputs shared by all components.
    pub shared: SharedInputs,
    /// The project of the upstream stack.
    pub project: Input<String>,
    /// The upstream stack.
    pub stack: Input<String>,
    /// The stacks to update afterwards, as `project/stack` or `organization/project/stack`.
    pub downstream_refs: Option<Input<Vec<Input<String>>>>,
    /// Whether to add the stacks that have a StackReference to the upstream stack.
    pub discover_downstream: Option<Input<bool>>,
}

impl AutoDeployerInputs {
    /// Parses the inputs; also returns those that are invalid.
    pub fn read(map: &Map) -> (AutoDeployerInputs, Vec<CheckFailure>) {
        let mut fields = Fields::of(map);
        let inputs = AutoDeployerInputs {
            project: fields.required("project"),
            stack: fields.required("stack"),
            downstream_refs: fields.list("downstreamRefs"),
            discover_downstream: fields.optional("discoverDownstream"),
            shared: SharedInputs::read(&mut fields),
        };
        (inputs, fields.finish())
    }
}
