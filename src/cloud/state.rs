//! The state of a stack, as far as it says who has what, and what it holds of others.
//!
//! # What this may not do
//!
//! Know what a resource is, or what an input means.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What the state of a stack says at one moment, in the middle of an update as well.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StackState {
    /// The resources, those that are still to be deleted among them.
    pub resources: Vec<StateResource>,
    /// The creates that were begun and of which the state has seen no end.
    pub creating: Vec<StateCreate>,
}

/// A resource of a state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateResource {
    /// Its URN.
    pub urn: String,
    /// Its id; empty for what has none.
    pub id: String,
    /// The URN of what it is in; empty for what is in nothing.
    pub parent: String,
    /// The reference of its provider, `urn::id`; empty for what has none.
    pub provider: String,
    /// Whether it was deleted for a replacement that is not made yet.
    pub is_pending_replacement: bool,
    /// Its inputs, as the state has them; only those of this package's resources are kept.
    pub inputs: Map<String, Value>,
    /// Its outputs, likewise.
    pub outputs: Map<String, Value>,
}

/// What the state of a stack holds of other stacks' outputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldOutputs {
    /// The StackReferences, in the order of the state.
    pub references: Vec<HeldReference>,
    /// What decrypts the secrets among them: its type and state. Absent if nothing is said to.
    pub secrets_provider: Option<Value>,
}

/// A StackReference of a state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldReference {
    /// The stack that it refers to, as it was written.
    pub name: String,
    /// The outputs of that stack when it was read, in the form of a state.
    pub values: BTreeMap<String, Value>,
}

/// A create that was begun.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateCreate {
    /// The URN of the resource.
    pub urn: String,
    /// Its inputs, as the state has them: secrets are encrypted.
    pub inputs: Map<String, Value>,
}
