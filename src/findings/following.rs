//! Who follows whom: what webhooks start, beside what StackReferences read.
//!
//! # What this may not do
//!
//! Miss an edge whose webhooks the cloud did not tell, or call one surplus whose references it did not tell.

use crate::domain::StackRef;
use crate::graph::{Cycle, Dag, Edge};
use crate::survey::LiveGraph;
use std::collections::BTreeSet;

/// The edges of a live graph that start something, by a webhook or through a join, and what they come to.
#[derive(Clone, Debug)]
pub struct Following {
    /// The edges by which an update of a stack starts another.
    pub started: BTreeSet<Edge>,
    /// All stacks that a webhook is on or names, with the edges that lie on no cycle.
    pub dag: Dag,
    /// The cycles.
    pub cycles: Vec<Cycle>,
}

impl Following {
    /// What the webhooks and joins of a live graph start.
    pub fn of(live: &LiveGraph) -> Following {
        let started = live.started();
        let ends = live.direct().flat_map(|live| live.edge.ends());
        let (dag, cycles) = Dag::without_cycles(ends, &started);
        Following {
            started,
            dag: dag.with_joins(live.joined_stacks()),
            cycles,
        }
    }

    /// The references to stacks that the one who refers does not follow, by whichever path. None while there are stacks
    /// whose webhooks are not known.
    pub fn missing<'a>(&self, live: &'a LiveGraph) -> Vec<&'a Edge> {
        if !live.stacks.values().all(|stack| stack.knows_webhooks) {
            return Vec::new();
        }
        let follows = |edge: &Edge| {
            self.started.contains(edge) || self.dag.reaches(&edge.upstream, &edge.downstream)
        };
        live.followable().filter(|edge| !follows(edge)).collect()
    }

    /// The edges to stacks that have a state and do not refer to the one they follow, as far as the references are known.
    pub fn surplus(&self, live: &LiveGraph) -> Vec<&Edge> {
        let is_known = |stack: &StackRef| {
            live.stacks
                .get(stack)
                .is_some_and(|live| live.knows_references)
        };
        // One without a state may refer to it once it has one.
        let is_there = |stack: &StackRef| match live.stacks.get(stack) {
            Some(found) => found.has_state,
            None => !live.covers(stack),
        };
        let surplus = self.started.iter().filter(|edge| {
            edge.upstream != edge.downstream
                && is_known(&edge.upstream)
                && is_there(&edge.downstream)
                && !live.references.contains(edge)
        });
        surplus.collect()
    }
}
