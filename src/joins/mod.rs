//! Joins in the state of their program: their inputs, and what they remember.
//!
//! # What this may not do
//!
//! Request a state, decrypt a secret, or decide anything: a join whose names are encrypted is unknown here.

pub mod inputs;
pub mod memory;

use crate::cloud::{StackState, StateResource};
use crate::engine::urn::Urn;
use crate::property::Map;
use inputs::Wanted;
use memory::Memory;

/// The type token of a join.
pub const TOKEN: &str = "auto-deploy:index:Join";

/// A join in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its inputs.
    pub wanted: Wanted,
    /// What it remembers.
    pub memory: Memory,
}

impl Kept {
    /// The join of a resource; `None` if the resource is not a join, or cannot be parsed completely.
    pub fn of(resource: &StateResource) -> Option<Kept> {
        if Urn::new(resource.urn.as_str()).token() != TOKEN {
            return None;
        }
        let wanted = Wanted::of(&map(&resource.inputs))?;
        Some(Kept {
            memory: Memory::read(wanted.stack.organization(), &map(&resource.outputs)),
            wanted,
        })
    }

    /// The joins of a state, in the state's order.
    pub fn all(state: &StackState) -> Vec<Kept> {
        state.resources.iter().filter_map(Kept::of).collect()
    }
}

/// Properties of a state.
pub fn map(properties: &serde_json::Map<String, serde_json::Value>) -> Map {
    let members = properties.clone().into_iter();
    members.map(|(name, value)| (name, value.into())).collect()
}
