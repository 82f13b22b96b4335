//! The state of a stack: which resources it has, and what it holds of other stacks.
//!
//! # What this may not do
//!
//! Know what a resource is, or what an input means.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The state of a stack at one moment, possibly in the middle of an update.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StackState {
    /// The resources, including those that are still to be deleted.
    pub resources: Vec<StateResource>,
    /// The creates that began and have not ended.
    pub creating: Vec<StateCreate>,
}

/// A resource of a state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateResource {
    /// Its URN.
    pub urn: String,
    /// Its ID; empty if it has none.
    pub id: String,
    /// The URN of its parent; empty if it has none.
    pub parent: String,
    /// The reference to its provider, `urn::id`; empty if it has none.
    pub provider: String,
    /// Whether it was deleted for a replacement that was not created yet.
    pub is_pending_replacement: bool,
    /// Its inputs, as in the state. Only those of this package's resources are kept.
    pub inputs: Map<String, Value>,
    /// Its outputs, likewise.
    pub outputs: Map<String, Value>,
}

/// The outputs of other stacks that the state of a stack holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldOutputs {
    /// The StackReferences, in the order of the state.
    pub references: Vec<HeldReference>,
    /// What decrypts their secrets: a type and its state. `None` if the state does not say.
    pub secrets_provider: Option<Value>,
}

/// A StackReference of a state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldReference {
    /// The stack that it refers to, as written.
    pub name: String,
    /// The outputs of that stack when it was read, as in a state.
    pub values: BTreeMap<String, Value>,
}

/// A create that began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateCreate {
    /// The URN of the resource.
    pub urn: String,
    /// Its inputs, as in the state; secrets are encrypted.
    pub inputs: Map<String, Value>,
}
