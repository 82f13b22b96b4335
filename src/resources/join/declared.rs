//! What the state of a program declares: its edges, and what its joins remember.
//!
//! # What this may not do
//!
//! Request a state, or decrypt a secret: encrypted names declare nothing.

use crate::cascade::Join;
use crate::cloud::StackState;
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::graph::{Edge, Net};
use crate::joins::memory::Handled;
use crate::joins::{self, Kept};
use crate::resources::tokens;
use crate::resources::webhook::edge;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The declarations of a program.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The edges, by a webhook or a join.
    pub edges: BTreeSet<Edge>,
    /// What is remembered about each stack that a join starts.
    pub joins: BTreeMap<StackRef, Join>,
    /// The stacks that joins will start and about which nothing is remembered yet.
    pub new: BTreeSet<StackRef>,
    /// For which updates each of them was last started.
    after: BTreeMap<StackRef, BTreeMap<StackRef, Handled>>,
}

impl Declared {
    /// The declarations in this state.
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
            let stack = join.wanted.stack;
            declared.joins.insert(stack.clone(), memory);
            declared.after.insert(stack, join.memory.after);
        }
        declared
    }

    /// The stacks to which nothing new has happened, with the newest update of each: the joins below have handled it, the
    /// list of stacks shows none that is newer, and the same holds for everything upstream. `listed` says when each stack
    /// was last updated.
    ///
    /// A stack that a webhook starts is not among them, unless it has no upstream stacks: only its own past shows what it
    /// has seen.
    pub fn settled(
        &self,
        listed: &BTreeMap<StackRef, Option<Timestamp>>,
    ) -> BTreeMap<StackRef, Handled> {
        let is_seen = |stack: &StackRef, handled: &Handled| {
            let last = listed.get(stack).copied().flatten();
            handled
                .ended
                .zip(last)
                .is_some_and(|(ended, last)| last <= ended)
        };
        let mut newest: BTreeMap<&StackRef, &Handled> = BTreeMap::new();
        for (stack, handled) in self.after.values().flatten() {
            let known = newest.entry(stack).or_insert(handled);
            if known.ended < handled.ended {
                *known = handled;
            }
        }
        let net: Net = self.edges.iter().collect();
        // It ran after it was started for its upstream stacks, so the start had a result.
        let has_run = |stack: &StackRef, handled: &Handled| {
            net.upstream(stack).all(|upstream| {
                let after = self.after.get(stack).and_then(|after| after.get(upstream));
                after.is_some_and(|after| is_seen(upstream, after) && after.ended < handled.ended)
            })
        };
        let settled = newest
            .into_iter()
            .filter(|(stack, handled)| is_seen(stack, handled) && has_run(stack, handled));
        settled
            .map(|(stack, handled)| (stack.clone(), handled.clone()))
            .collect()
    }
}
