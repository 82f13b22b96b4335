//! What the state of a program declares: which stack starts which, and what its joins remember.
//!
//! # What this may not do
//!
//! Ask for a state, or open a secret: names that are encrypted declare nothing.

use super::check;
use super::inputs::Wanted;
use super::memory::Memory;
use crate::cascade::Join;
use crate::cloud::StackState;
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::graph::Edge;
use crate::property::Map;
use crate::resources::tokens;
use crate::resources::webhook::edge;
use std::collections::{BTreeMap, BTreeSet};

/// What a program declares.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Which stack starts which, by a webhook or through a join.
    pub edges: BTreeSet<Edge>,
    /// What is remembered of each stack that a join starts.
    pub joins: BTreeMap<StackRef, Join>,
}

impl Declared {
    /// What this state declares.
    pub fn of(state: &StackState) -> Declared {
        let mut declared = Declared::default();
        for resource in &state.resources {
            let map = |properties: &serde_json::Map<String, serde_json::Value>| -> Map {
                let members = properties.clone().into_iter();
                members.map(|(name, value)| (name, value.into())).collect()
            };
            match Urn::new(resource.urn.as_str()).token() {
                tokens::WEBHOOK => declared.edges.extend(edge::edge(&map(&resource.inputs))),
                tokens::JOIN => declared.add_join(&map(&resource.inputs), &map(&resource.outputs)),
                _ => {}
            }
        }
        declared
    }

    fn add_join(&mut self, inputs: &Map, outputs: &Map) {
        if let Some(wanted) = Wanted::of(inputs) {
            let memory = Memory::read(wanted.stack.organization(), outputs);
            self.joins.insert(wanted.stack, memory.join());
            self.edges.extend(check::edges(inputs));
        }
    }
}
