//! What the state of a program declares: which stack starts which, and what its joins remember.
//!
//! # What this may not do
//!
//! Ask for a state, or open a secret: names that are encrypted declare nothing.

use crate::cascade::Join;
use crate::cloud::StackState;
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::graph::Edge;
use crate::joins::{self, Kept};
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
            if Urn::new(resource.urn.as_str()).token() == tokens::WEBHOOK {
                declared
                    .edges
                    .extend(edge::edge(&joins::map(&resource.inputs)));
            }
        }
        for join in Kept::all(state) {
            declared.edges.extend(join.wanted.edges());
            let memory = join.memory.join(&join.wanted);
            declared.joins.insert(join.wanted.stack, memory);
        }
        declared
    }
}
