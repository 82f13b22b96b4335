//! The state of a stack, as far as it says who has what.
//!
//! # What this may not do
//!
//! Know what a resource is, or what an input means.

use serde_json::{Map, Value};

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

/// A create that was begun.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateCreate {
    /// The URN of the resource.
    pub urn: String,
    /// Its inputs, as the state has them: secrets are encrypted.
    pub inputs: Map<String, Value>,
}
