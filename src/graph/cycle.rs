//! Stacks that would start each other forever.
//!
//! # What this may not do
//!
//! Depend on the order of edges: the same set always gives the same answer.

use super::edge::{Edge, path_text};
use super::search::shortest_path;
use crate::domain::StackRef;
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Stacks that would start each other forever, in that order. The first is the smallest by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cycle(Vec<StackRef>);

impl Cycle {
    /// The stacks on the cycle, each once.
    pub fn stacks(&self) -> &[StackRef] {
        &self.0
    }

    /// The edges of the cycle, in order; the last one leads back to the first stack.
    pub fn edges(&self) -> impl Iterator<Item = Edge> + '_ {
        let next = self.0.iter().cycle().skip(1);
        self.0.iter().zip(next).map(|(upstream, downstream)| Edge {
            upstream: upstream.clone(),
            downstream: downstream.clone(),
        })
    }
}

impl fmt::Display for Cycle {
    /// The cycle, `p/a → p/b → p/a`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&path_text(self.0.iter().chain(self.0.first())))
    }
}

/// Returns the first cycle among `edges`: one of the shortest through its smallest stack.
///
/// The answer depends only on the set of edges, not on their order. A stack that follows itself is a cycle of one.
pub fn find_cycle<'a>(edges: impl IntoIterator<Item = &'a Edge>) -> Option<Cycle> {
    let graph = graph_of(edges);
    let first = components(&graph).into_iter().next()?;
    Some(shortest_round(&graph, &first))
}

/// Returns one cycle for each strongly connected component of `edges`, ordered by their smallest stacks.
///
/// In such a component every stack reaches every other; every cycle lies within one. A graph without cycles has none.
pub fn find_cycles<'a>(edges: impl IntoIterator<Item = &'a Edge>) -> Vec<Cycle> {
    find_cycles_over(edges, &BTreeSet::new())
}

/// Like [`find_cycles`], but if one of the `wanted` edges lies in a component, its cycle leads over the first of them.
pub fn find_cycles_over<'a>(
    edges: impl IntoIterator<Item = &'a Edge>,
    wanted: &BTreeSet<Edge>,
) -> Vec<Cycle> {
    let graph = graph_of(edges);
    let is_in = |edge: &Edge, component: &BTreeSet<&StackRef>| {
        let (upstream, downstream) = (&edge.upstream, &edge.downstream);
        component.contains(upstream)
            && graph.contains_edge(upstream, downstream)
            && component.contains(downstream)
    };
    let cycle =
        |component: &BTreeSet<&StackRef>| match wanted.iter().find(|edge| is_in(edge, component)) {
            Some(edge) => shortest_over(&graph, edge),
            None => shortest_round(&graph, component),
        };
    components(&graph).iter().map(cycle).collect()
}

/// The edges that lie on no cycle. The graph of these edges has no cycle.
pub(super) fn edges_off_cycles<'a>(edges: &BTreeSet<&'a Edge>) -> BTreeSet<&'a Edge> {
    let components = components(&graph_of(edges.iter().copied()));
    let component_of: BTreeMap<&StackRef, usize> = components
        .iter()
        .enumerate()
        .flat_map(|(number, component)| component.iter().map(move |stack| (*stack, number)))
        .collect();
    let is_inside = |edge: &Edge| {
        let upstream = component_of.get(&edge.upstream);
        upstream.is_some() && upstream == component_of.get(&edge.downstream)
    };
    let off = edges.iter().copied().filter(|edge| !is_inside(edge));
    off.collect()
}

fn graph_of<'a>(edges: impl IntoIterator<Item = &'a Edge>) -> DiGraphMap<&'a StackRef, ()> {
    edges
        .into_iter()
        .map(|edge| (&edge.upstream, &edge.downstream))
        .collect()
}

/// The strongly connected components with a cycle, ordered by their smallest stacks.
fn components<'a>(graph: &DiGraphMap<&'a StackRef, ()>) -> Vec<BTreeSet<&'a StackRef>> {
    let has_cycle = |component: &Vec<&StackRef>| match component.as_slice() {
        [only] => graph.contains_edge(only, only),
        _ => true,
    };
    let mut components: Vec<BTreeSet<&StackRef>> = tarjan_scc(graph)
        .into_iter()
        .filter(has_cycle)
        .map(BTreeSet::from_iter)
        .collect();
    components.sort_unstable();
    components
}

/// One of the shortest cycles through the smallest stack of a component.
fn shortest_round(graph: &DiGraphMap<&StackRef, ()>, component: &BTreeSet<&StackRef>) -> Cycle {
    let first = component.first();
    let start = first.expect("a strongly connected component has a member");
    let mut stacks = path(graph, start, start);
    stacks.pop();
    Cycle(stacks)
}

/// One of the shortest cycles over an edge, which must lie in a component.
fn shortest_over(graph: &DiGraphMap<&StackRef, ()>, edge: &Edge) -> Cycle {
    let mut stacks = vec![edge.upstream.clone()];
    if edge.upstream != edge.downstream {
        stacks.extend(path(graph, &edge.downstream, &edge.upstream));
        stacks.pop();
    }
    let smallest = (0..stacks.len()).min_by_key(|&place| &stacks[place]);
    stacks.rotate_left(smallest.unwrap_or_default());
    Cycle(stacks)
}

/// A shortest path including both ends; the first of several by name. There must be one.
fn path<'a>(
    graph: &DiGraphMap<&'a StackRef, ()>,
    from: &'a StackRef,
    to: &'a StackRef,
) -> Vec<StackRef> {
    let next = |stack| graph.neighbors(stack).collect::<BTreeSet<&StackRef>>();
    let path = shortest_path(from, to, next);
    let path = path.expect("each stack in a strongly connected component leads to each other");
    path.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{any_graph, edges, few, has_order, reachable};
    use proptest::prelude::*;

    fn check(pairs: &[(&str, &str)], expected: &[&str]) {
        let mut edges = edges(pairs);
        for _ in 0..2 {
            let cycles: Vec<String> = find_cycles(&edges).iter().map(Cycle::to_string).collect();
            assert_eq!(cycles, expected, "{edges:?}");
            let first = find_cycle(&edges).map(|cycle| cycle.to_string());
            assert_eq!(first.as_deref(), expected.first().copied(), "{edges:?}");
            edges.reverse();
        }
    }

    #[test]
    fn names_the_cycle() {
        check(&[], &[]);
        check(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")], &[]);
        check(&[("a", "a")], &["p/a → p/a"]);
        check(&[("b", "a"), ("a", "b")], &["p/a → p/b → p/a"]);
        check(
            &[("x", "a"), ("a", "c"), ("c", "b"), ("b", "a")],
            &["p/a → p/c → p/b → p/a"],
        );
        check(
            &[("z", "z"), ("m", "n"), ("n", "m")],
            &["p/m → p/n → p/m", "p/z → p/z"],
        );
        check(
            &[("a", "b"), ("b", "c"), ("c", "a"), ("b", "a")],
            &["p/a → p/b → p/a"],
        );
    }

    #[test]
    fn a_cycle_leads_over_the_edge_that_is_asked_for() {
        let all = edges(&[
            ("a", "b"),
            ("b", "a"),
            ("c", "a"),
            ("b", "c"),
            ("x", "x"),
            ("c", "d"),
        ]);
        let over = |wanted: &[(&str, &str)]| -> Vec<String> {
            let wanted = edges(wanted).into_iter().collect();
            find_cycles_over(&all, &wanted)
                .iter()
                .map(Cycle::to_string)
                .collect()
        };
        assert_eq!(over(&[("c", "a")]), ["p/a → p/b → p/c → p/a", "p/x → p/x"]);
        assert_eq!(
            over(&[("c", "d"), ("x", "x"), ("a", "c")]),
            ["p/a → p/b → p/a", "p/x → p/x"]
        );
    }

    proptest! {
        #![proptest_config(few())]

        #[test]
        fn every_cycle_is_one_and_every_cyclic_graph_has_one(edges in any_graph()) {
            let cycles = find_cycles(&edges);
            for cycle in &cycles {
                let distinct: BTreeSet<_> = cycle.stacks().iter().collect();
                prop_assert_eq!(distinct.len(), cycle.stacks().len());
                for edge in cycle.edges() {
                    prop_assert!(edges.contains(&edge));
                }
            }
            prop_assert_eq!(cycles.is_empty(), has_order(&edges));
            prop_assert_eq!(find_cycle(&edges), cycles.into_iter().next());
        }

        #[test]
        fn what_lies_on_no_cycle_has_an_order(edges in any_graph()) {
            let all: BTreeSet<&Edge> = edges.iter().collect();
            let off = edges_off_cycles(&all);
            prop_assert!(has_order(off.iter().copied()));
            // No more edges are removed than necessary: each of the others closes a cycle.
            let reachable = reachable(&edges);
            for edge in all.difference(&off) {
                prop_assert!(reachable[&edge.downstream].contains(&edge.upstream));
            }
        }
    }
}
