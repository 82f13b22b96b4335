//! Edges grouped by the stacks at their ends.
//!
//! # What this may not do
//!
//! Know where the edges come from.

use crate::domain::StackRef;
use crate::graph::Edge;
use std::collections::{BTreeMap, BTreeSet};

/// The edges by downstream stack and by upstream stack, sorted by name.
#[derive(Debug, Default)]
pub(super) struct Ends<'a> {
    /// For each downstream stack, the stacks that start it.
    pub(super) upstream_of: BTreeMap<&'a StackRef, BTreeSet<&'a StackRef>>,
    /// For each upstream stack, the stacks that it starts.
    pub(super) downstream_of: BTreeMap<&'a StackRef, BTreeSet<&'a StackRef>>,
}

impl<'a> Ends<'a> {
    pub(super) fn of(edges: impl IntoIterator<Item = &'a Edge>) -> Ends<'a> {
        let mut ends = Ends::default();
        for Edge {
            upstream,
            downstream,
        } in edges
        {
            ends.upstream_of
                .entry(downstream)
                .or_default()
                .insert(upstream);
            ends.downstream_of
                .entry(upstream)
                .or_default()
                .insert(downstream);
        }
        ends
    }

    /// The edges that start a stack.
    pub(super) fn edges_to(&self, downstream: &StackRef) -> Vec<Edge> {
        let upstream = self.upstream_of.get(downstream).into_iter().flatten();
        upstream
            .map(|upstream| Edge {
                upstream: (*upstream).clone(),
                downstream: downstream.clone(),
            })
            .collect()
    }

    /// The edges from a stack.
    pub(super) fn edges_from(&self, upstream: &StackRef) -> Vec<Edge> {
        let downstream = self.downstream_of.get(upstream).into_iter().flatten();
        downstream
            .map(|downstream| Edge {
                upstream: upstream.clone(),
                downstream: (*downstream).clone(),
            })
            .collect()
    }
}
