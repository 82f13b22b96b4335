//! What follows what: the stacks that webhooks and joins start, compared with StackReferences.
//!
//! # What this may not do
//!
//! Report an edge as missing if the webhooks are unknown, or as surplus if the references are unknown.

use crate::domain::StackRef;
use crate::graph::{Cycle, Dag, Edge};
use crate::survey::LiveGraph;
use std::collections::BTreeSet;

/// The edges of a live graph that start something, by a webhook or a join, and the graph that they form.
#[derive(Clone, Debug)]
pub struct Following {
    /// The edges over which an update of a stack starts another stack.
    pub started: BTreeSet<Edge>,
    /// All stacks with a webhook, or named by one, and the edges that are on no cycle.
    pub dag: Dag,
    /// The cycles.
    pub cycles: Vec<Cycle>,
}

impl Following {
    /// Derives them from the webhooks and joins of a live graph.
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

    /// The references to stacks that the referring stack does not follow, directly or indirectly. None while the webhooks
    /// of some stack are unknown.
    pub fn missing<'a>(&self, live: &'a LiveGraph) -> Vec<&'a Edge> {
        if !live.stacks.values().all(|stack| stack.knows_webhooks) {
            return Vec::new();
        }
        let follows = |edge: &Edge| {
            self.started.contains(edge) || self.dag.reaches(&edge.upstream, &edge.downstream)
        };
        live.followable().filter(|edge| !follows(edge)).collect()
    }

    /// The edges to stacks that have a state without a reference to the stack they follow, where the references are known.
    pub fn surplus(&self, live: &LiveGraph) -> Vec<&Edge> {
        let is_known = |stack: &StackRef| {
            live.stacks
                .get(stack)
                .is_some_and(|live| live.knows_references)
        };
        // A stack without a state may get a reference with its first update.
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
