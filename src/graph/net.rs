//! Edges that are added one by one, without ever closing a cycle.
//!
//! # What this may not do
//!
//! Search all edges for each new one: a program may declare thousands, one at a time.

use super::cycle::{Cycle, find_cycle};
use super::edge::Edge;
use super::search::Search;
use crate::domain::StackRef;
use std::collections::{BTreeMap, BTreeSet};

/// Edges, indexed by both ends. The edges of a program have no cycle, which [`closed_by`] relies on.
#[derive(Clone, Debug, Default)]
pub struct Net {
    below: Neighbours,
    above: Neighbours,
}

type Neighbours = BTreeMap<StackRef, BTreeSet<StackRef>>;

impl<'a> FromIterator<&'a Edge> for Net {
    fn from_iter<I: IntoIterator<Item = &'a Edge>>(edges: I) -> Net {
        let mut net = Net::default();
        for edge in edges {
            net.insert(edge);
        }
        net
    }
}

impl Net {
    /// Adds an edge.
    pub fn insert(&mut self, edge: &Edge) {
        let Edge {
            upstream,
            downstream,
        } = edge;
        let below = self.below.entry(upstream.clone()).or_default();
        below.insert(downstream.clone());
        let above = self.above.entry(downstream.clone()).or_default();
        above.insert(upstream.clone());
    }

    /// The stacks directly above this one.
    pub fn upstream(&self, stack: &StackRef) -> impl Iterator<Item = &StackRef> {
        self.above.get(stack).into_iter().flatten()
    }

    /// These stacks and everything above them.
    pub fn above<'a>(
        &'a self,
        stacks: impl IntoIterator<Item = &'a StackRef>,
    ) -> BTreeSet<&'a StackRef> {
        let mut up = Search::new(stacks);
        while up.step(|stack| self.upstream(stack)) {}
        up.into_reached()
    }

    /// The edges, sorted.
    pub fn edges(&self) -> impl Iterator<Item = Edge> {
        self.below.iter().flat_map(|(upstream, below)| {
            below.iter().map(|downstream| Edge {
                upstream: upstream.clone(),
                downstream: downstream.clone(),
            })
        })
    }
}

/// A cycle that `edges` close, alone or with those of `nets`, which together have no cycle.
pub fn closed_by(edges: &[Edge], nets: &[&Net]) -> Option<Cycle> {
    let new: Net = edges.iter().collect();
    let all: Vec<&Net> = nets.iter().copied().chain([&new]).collect();
    let below: Vec<&Neighbours> = all.iter().map(|net| &net.below).collect();
    let above: Vec<&Neighbours> = all.iter().map(|net| &net.above).collect();
    // Such a cycle contains a new edge. It lies entirely below the ends of the new edges and above their beginnings, so
    // only the smaller of these two parts is searched.
    let mut down = Search::new(edges.iter().map(|edge| &edge.downstream));
    let mut up = Search::new(edges.iter().map(|edge| &edge.upstream));
    while down.step(|stack| around(&below, stack)) && up.step(|stack| around(&above, stack)) {}
    let edge = |upstream: &StackRef, downstream: &StackRef| Edge {
        upstream: upstream.clone(),
        downstream: downstream.clone(),
    };
    let mut found = Vec::new();
    if down.is_over() {
        for here in down.reached() {
            found.extend(around(&below, here).map(|there| edge(here, there)));
        }
    } else {
        for here in up.reached() {
            found.extend(around(&above, here).map(|there| edge(there, here)));
        }
    }
    find_cycle(&found)
}

/// The neighbours of a stack in several nets.
fn around<'a>(
    neighbours: &[&'a Neighbours],
    stack: &StackRef,
) -> impl Iterator<Item = &'a StackRef> {
    neighbours
        .iter()
        .filter_map(move |neighbours| neighbours.get(stack))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::edge;
    use proptest::prelude::*;

    proptest! {
        /// Adds one edge after another unless it closes a cycle, and compares with a search of all edges each time.
        #[test]
        fn what_closes_a_cycle_is_found_as_by_looking_at_everything(
            pairs in prop::collection::vec((0..9_usize, 0..9_usize, 0..2_usize), 0..40)
        ) {
            const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
            let mut nets = [Net::default(), Net::default()];
            let mut taken: Vec<Edge> = Vec::new();
            for (upstream, downstream, place) in pairs {
                let new = edge(NAMES[upstream], NAMES[downstream]);
                let closed = closed_by(std::slice::from_ref(&new), &[&nets[0], &nets[1]]);
                let expected = find_cycle(taken.iter().chain([&new]));
                prop_assert_eq!(closed.is_some(), expected.is_some());
                if let Some(cycle) = closed {
                    let is_there = |edge: &Edge| *edge == new || taken.contains(edge);
                    prop_assert!(cycle.edges().all(|edge| is_there(&edge)));
                } else {
                    nets[place].insert(&new);
                    taken.push(new);
                }
            }
        }

        /// Several edges at once may close a cycle among themselves.
        #[test]
        fn several_edges_at_once(
            before in prop::collection::vec((0..4_usize, 5..9_usize), 0..8),
            pairs in prop::collection::vec((0..9_usize, 0..9_usize), 0..8)
        ) {
            const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
            let edges = |pairs: &[(usize, usize)]| -> Vec<Edge> {
                pairs.iter().map(|&(up, down)| edge(NAMES[up], NAMES[down])).collect()
            };
            let (before, new) = (edges(&before), edges(&pairs));
            let mut net = Net::default();
            for edge in &before {
                net.insert(edge);
            }
            let expected = find_cycle(before.iter().chain(&new));
            prop_assert_eq!(closed_by(&new, &[&net]).is_some(), expected.is_some());
        }
    }
}
