//! Which stack starts which: cycles among upstream and downstream stacks.
//!
//! # What this may not do
//!
//! Know webhooks, URNs or the cloud; everything here is a function from edges to answers. The graph library stays
//! inside this file.

use crate::domain::StackRef;
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// A successful update of `upstream` starts an update of `downstream`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The stack that changes first.
    pub upstream: StackRef,
    /// The stack that is updated after it.
    pub downstream: StackRef,
}

/// Stacks that would start each other for ever, in the order in which they do; the first is the smallest by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle(Vec<StackRef>);

impl Cycle {
    /// The stacks on the way round, each once.
    pub fn stacks(&self) -> &[StackRef] {
        &self.0
    }
}

impl fmt::Display for Cycle {
    /// The way round, `p/a → p/b → p/a`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for stack in &self.0 {
            write!(f, "{} → ", stack.short())?;
        }
        write!(f, "{}", self.0[0].short())
    }
}

/// Returns the first cycle among `edges`, one of the shortest that lead through its smallest stack.
///
/// The answer depends on the set of edges alone, not on their order. A stack that triggers itself is a cycle of one.
pub fn find_cycle<'a>(edges: impl IntoIterator<Item = &'a Edge>) -> Option<Cycle> {
    let edges: BTreeSet<&Edge> = edges.into_iter().collect();
    let graph: DiGraphMap<&StackRef, ()> = edges
        .iter()
        .map(|edge| (&edge.upstream, &edge.downstream))
        .collect();
    let cyclic = tarjan_scc(&graph)
        .into_iter()
        .filter(|component| match component.as_slice() {
            [only] => graph.contains_edge(only, only),
            _ => true,
        });
    let component: BTreeSet<&StackRef> = cyclic
        .min_by_key(|component| component.iter().min().copied())?
        .into_iter()
        .collect();
    let start = *component
        .first()
        .expect("a strongly connected component has a member");
    Some(shortest_way_round(&graph, start))
}

/// A shortest way from `start` back to itself; there must be one.
fn shortest_way_round<'a>(graph: &DiGraphMap<&'a StackRef, ()>, start: &'a StackRef) -> Cycle {
    let mut came_from: BTreeMap<&StackRef, &StackRef> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(stack) = queue.pop_front() {
        let next: BTreeSet<&StackRef> = graph.neighbors(stack).collect();
        for downstream in next {
            if downstream == start {
                return Cycle(trace(&came_from, start, stack));
            }
            came_from.entry(downstream).or_insert_with(|| {
                queue.push_back(downstream);
                stack
            });
        }
    }
    unreachable!("a stack in a strongly connected component leads back to itself")
}

fn trace(
    came_from: &BTreeMap<&StackRef, &StackRef>,
    start: &StackRef,
    last: &StackRef,
) -> Vec<StackRef> {
    let mut way = vec![last.clone()];
    while let Some(previous) = way
        .last()
        .filter(|stack| *stack != start)
        .map(|stack| came_from[stack])
    {
        way.push(previous.clone());
    }
    way.reverse();
    way
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edge(upstream: &str, downstream: &str) -> Edge {
        let stack = |name: &str| StackRef::parse_in("acme", &format!("p/{name}")).unwrap();
        Edge {
            upstream: stack(upstream),
            downstream: stack(downstream),
        }
    }

    fn check(edges: &[(&str, &str)], expected: Option<&str>) {
        let mut edges: Vec<Edge> = edges.iter().map(|(from, to)| edge(from, to)).collect();
        for _ in 0..2 {
            assert_eq!(
                find_cycle(&edges).map(|cycle| cycle.to_string()).as_deref(),
                expected,
                "{edges:?}"
            );
            edges.reverse();
        }
    }

    #[test]
    fn names_the_way_round() {
        check(&[], None);
        check(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")], None);
        check(&[("a", "a")], Some("p/a → p/a"));
        check(&[("b", "a"), ("a", "b")], Some("p/a → p/b → p/a"));
        check(
            &[("x", "a"), ("a", "c"), ("c", "b"), ("b", "a")],
            Some("p/a → p/c → p/b → p/a"),
        );
        check(
            &[("z", "z"), ("m", "n"), ("n", "m")],
            Some("p/m → p/n → p/m"),
        );
        check(
            &[("a", "b"), ("b", "c"), ("c", "a"), ("b", "a")],
            Some("p/a → p/b → p/a"),
        );
    }

    proptest! {
        #[test]
        fn every_cycle_is_one_and_every_cyclic_graph_has_one(
            pairs in prop::collection::vec((0..12_u8, 0..12_u8), 0..30),
        ) {
            let edges: Vec<Edge> = pairs.iter().map(|(from, to)| edge(&format!("s{from}"), &format!("s{to}"))).collect();
            match find_cycle(&edges) {
                Some(cycle) => {
                    let stacks = cycle.stacks();
                    let distinct: BTreeSet<_> = stacks.iter().collect();
                    prop_assert_eq!(distinct.len(), stacks.len());
                    for (at, upstream) in stacks.iter().enumerate() {
                        let downstream = stacks[(at + 1) % stacks.len()].clone();
                        let edge = Edge { upstream: upstream.clone(), downstream };
                        prop_assert!(edges.contains(&edge));
                    }
                }
                None => prop_assert!(has_order(&edges)),
            }
        }
    }

    /// Kahn's algorithm, as a second opinion.
    fn has_order(edges: &[Edge]) -> bool {
        let mut left: Vec<&Edge> = edges.iter().collect();
        loop {
            let before = left.len();
            let targets: BTreeSet<&StackRef> = left.iter().map(|edge| &edge.downstream).collect();
            left.retain(|edge| targets.contains(&edge.upstream));
            if left.len() == before {
                return left.is_empty();
            }
        }
    }
}
