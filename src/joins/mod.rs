//! Joins as the state of their program has them: what was written, and what is remembered.
//!
//! # What this may not do
//!
//! Ask for a state, open a secret, or decide anything: a join whose names are encrypted is not known here.

pub mod inputs;
pub mod memory;

use crate::cloud::{StackState, StateResource};
use crate::engine::urn::Urn;
use crate::property::Map;
use inputs::Wanted;
use memory::Memory;

/// The type token of a join.
pub const TOKEN: &str = "auto-deploy:index:Join";

/// A join, as a state has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What it was made from.
    pub wanted: Wanted,
    /// What it remembers.
    pub memory: Memory,
}

impl Kept {
    /// The join that a resource is; `None` if it is another resource, or not all of it can be read.
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

    /// The joins of a state, in its order.
    pub fn all(state: &StackState) -> Vec<Kept> {
        state.resources.iter().filter_map(Kept::of).collect()
    }
}

/// Properties as a state has them.
pub fn map(properties: &serde_json::Map<String, serde_json::Value>) -> Map {
    let members = properties.clone().into_iter();
    members.map(|(name, value)| (name, value.into())).collect()
}
