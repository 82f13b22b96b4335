//! Graphs for tests, and independent implementations to compare with, which share no code with what they test.
//!
//! # What this may not do
//!
//! Be in the product.

use super::edge::Edge;
use crate::domain::StackRef;
use proptest::prelude::*;
use proptest::test_runner::Config;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Fewer cases than usual, because each graph is large.
pub(super) fn few() -> Config {
    Config::with_cases(48)
}

/// The most starts of a cascade in a test.
pub(super) const MAX_STARTS: u64 = 20_000;

pub(crate) fn stack(name: &str) -> StackRef {
    StackRef::parse_in("acme", &format!("p/{name}")).expect("a name")
}

pub(crate) fn edge(upstream: &str, downstream: &str) -> Edge {
    Edge {
        upstream: stack(upstream),
        downstream: stack(downstream),
    }
}

pub(crate) fn edges(pairs: &[(&str, &str)]) -> Vec<Edge> {
    pairs
        .iter()
        .map(|(upstream, downstream)| edge(upstream, downstream))
        .collect()
}

/// Edges among at most 200 stacks, with and without cycles.
pub(super) fn any_graph() -> impl Strategy<Value = Vec<Edge>> {
    (1..=200_usize).prop_flat_map(|n| {
        let pairs = prop::collection::vec((0..n, 0..n), 0..=n + n / 2);
        pairs.prop_map(|pairs| {
            let name = |number: usize| format!("s{number}");
            pairs
                .into_iter()
                .map(|(from, to)| edge(&name(from), &name(to)))
                .collect()
        })
    })
}

/// Edges without a cycle among at most `most` stacks, whose names are independent of their order.
pub(super) fn acyclic_graph(most: usize) -> impl Strategy<Value = Vec<Edge>> {
    (2..=most).prop_flat_map(|n| {
        let names = Just((0..n).collect::<Vec<usize>>()).prop_shuffle();
        let pairs = prop::collection::btree_set((0..n, 0..n), 0..=2 * n);
        (names, pairs).prop_map(|(names, pairs)| {
            let name = |number: usize| format!("s{}", names[number]);
            pairs
                .into_iter()
                .filter(|(one, other)| one < other)
                .map(|(from, to)| edge(&name(from), &name(to)))
                .collect()
        })
    })
}

/// Whether the stacks can be ordered, by Kahn's algorithm.
pub(super) fn has_order<'a>(edges: impl IntoIterator<Item = &'a Edge>) -> bool {
    let mut left: Vec<&Edge> = edges.into_iter().collect();
    loop {
        let before = left.len();
        let targets: BTreeSet<&StackRef> = left.iter().map(|edge| &edge.downstream).collect();
        left.retain(|edge| targets.contains(&edge.upstream));
        if left.len() == before {
            return left.is_empty();
        }
    }
}

/// For each stack with an edge, the stacks that its edges lead to, once per edge.
fn downstream<'a>(
    edges: impl IntoIterator<Item = &'a Edge>,
) -> BTreeMap<&'a StackRef, Vec<&'a StackRef>> {
    let mut downstream: BTreeMap<&StackRef, Vec<&StackRef>> = BTreeMap::new();
    for edge in edges {
        downstream
            .entry(&edge.upstream)
            .or_default()
            .push(&edge.downstream);
        downstream.entry(&edge.downstream).or_default();
    }
    downstream
}

/// For each stack with an edge, the stacks that a path of at least one edge leads to.
pub(super) fn reachable<'a>(
    edges: impl IntoIterator<Item = &'a Edge>,
) -> BTreeMap<&'a StackRef, BTreeSet<&'a StackRef>> {
    let downstream = downstream(edges);
    let follow = |from: &StackRef| {
        let mut seen = BTreeSet::new();
        let mut next = downstream[from].clone();
        while let Some(stack) = next.pop() {
            if seen.insert(stack) {
                next.extend(&downstream[stack]);
            }
        }
        seen
    };
    downstream
        .keys()
        .map(|from| (*from, follow(from)))
        .collect()
}

/// The stacks that one change of `root` starts, in order and as often as they are started: each run starts all downstream
/// stacks again. `None` if there are more than [`MAX_STARTS`].
pub(super) fn cascade<'a>(edges: &'a [Edge], root: &'a StackRef) -> Option<Vec<StackRef>> {
    let downstream = downstream(edges);
    let mut started = Vec::new();
    let mut succeeded = VecDeque::from([root]);
    while let Some(stack) = succeeded.pop_front() {
        for next in downstream.get(stack).into_iter().flatten() {
            started.push((*next).clone());
            succeeded.push_back(next);
            if started.len() as u64 > MAX_STARTS {
                return None;
            }
        }
    }
    Some(started)
}
