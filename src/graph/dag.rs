//! A graph of stacks without cycles.
//!
//! # What this may not do
//!
//! Exist for a graph with a cycle: code that holds a [`Dag`] need not consider one.

use super::cycle::{Cycle, edges_off_cycles, find_cycle, find_cycles};
use super::edge::Edge;
use crate::domain::StackRef;
use fixedbitset::FixedBitSet;
use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;
use std::collections::BTreeSet;

/// A set of stacks and edges without a cycle. Every list that it returns is sorted by name, unless stated otherwise, and
/// depends only on the set.
///
/// ```
/// use auto_deploy::domain::StackRef;
/// use auto_deploy::graph::{Dag, Edge};
///
/// let stack = |project| StackRef::new("acme", project, "prod").expect("it is a stack");
/// let edge = |upstream, downstream| Edge {
///     upstream: stack(upstream),
///     downstream: stack(downstream),
/// };
/// let diamond = [
///     edge("network", "database"),
///     edge("network", "cluster"),
///     edge("database", "app"),
///     edge("cluster", "app"),
/// ];
/// let dag = Dag::new(&diamond).expect("it has no cycle");
/// assert_eq!(dag.layers().len(), 3);
/// // One start for each edge that leads to it: the app runs twice.
/// let app = stack("app");
/// let runs = dag.runs_for(&stack("network")).expect("it is a stack of the graph");
/// assert_eq!(runs[&app], 2);
/// assert_eq!(*dag.diamonds()[0].bottom.short(), *"app/prod");
///
/// let cycle = Dag::new(&[edge("a", "b"), edge("b", "a")]).expect_err("it has one");
/// assert_eq!(cycle.to_string(), "a/prod → b/prod → a/prod");
/// ```
#[derive(Clone, Debug)]
pub struct Dag {
    /// Stacks are numbered in the order of their names.
    pub(super) graph: DiGraph<StackRef, (), usize>,
    /// The numbers of the stacks in topological order.
    pub(super) order: Vec<usize>,
    /// For each stack, by number, the stacks that a change of it reaches, without itself.
    pub(super) below: Vec<FixedBitSet>,
    /// For each stack, by number, the stacks whose change reaches it, without itself.
    pub(super) above: Vec<FixedBitSet>,
    /// The stacks, by number, that run once however many others start them.
    pub(super) joined: FixedBitSet,
}

impl Dag {
    /// The graph of these edges.
    ///
    /// # Errors
    ///
    /// The [`Cycle`] that [`find_cycle`] finds, if there is one.
    pub fn new<'a>(edges: impl IntoIterator<Item = &'a Edge>) -> Result<Dag, Cycle> {
        Dag::with_stacks(std::iter::empty(), edges)
    }

    /// Like [`Dag::new`], with stacks that may have no edges.
    ///
    /// # Errors
    ///
    /// The [`Cycle`] that [`find_cycle`] finds, if there is one.
    pub fn with_stacks<'a>(
        stacks: impl IntoIterator<Item = &'a StackRef>,
        edges: impl IntoIterator<Item = &'a Edge>,
    ) -> Result<Dag, Cycle> {
        let edges: BTreeSet<&Edge> = edges.into_iter().collect();
        let ends = edges.iter().flat_map(|edge| edge.ends());
        let stacks: BTreeSet<&StackRef> = stacks.into_iter().chain(ends).collect();
        let graph = numbered(&stacks, &edges);
        match toposort(&graph, None) {
            Ok(order) => Ok(Dag::ordered(graph, order)),
            Err(_) => Err(find_cycle(edges).expect("only a cycle leaves a graph without an order")),
        }
    }

    /// The graph without the edges that lie on cycles, and one cycle for each strongly connected component, as from
    /// [`find_cycles`].
    ///
    /// For an existing graph, which cannot be refused. All stacks stay.
    pub fn without_cycles<'a>(
        stacks: impl IntoIterator<Item = &'a StackRef>,
        edges: impl IntoIterator<Item = &'a Edge>,
    ) -> (Dag, Vec<Cycle>) {
        let edges: BTreeSet<&Edge> = edges.into_iter().collect();
        let ends = edges.iter().flat_map(|edge| edge.ends());
        let stacks: BTreeSet<&StackRef> = stacks.into_iter().chain(ends).collect();
        let off = edges_off_cycles(&edges);
        let dag = Dag::with_stacks(stacks, off).expect("the edges on cycles were taken out");
        (dag, find_cycles(edges))
    }

    fn ordered(graph: DiGraph<StackRef, (), usize>, order: Vec<NodeIndex<usize>>) -> Dag {
        let order: Vec<usize> = order.into_iter().map(NodeIndex::index).collect();
        let nothing = FixedBitSet::with_capacity(order.len());
        let mut below = vec![nothing.clone(); order.len()];
        for &stack in order.iter().rev() {
            for downstream in graph.neighbors(NodeIndex::new(stack)) {
                let mut reached = std::mem::take(&mut below[stack]);
                reached.union_with(&below[downstream.index()]);
                reached.insert(downstream.index());
                below[stack] = reached;
            }
        }
        let mut above = vec![nothing.clone(); order.len()];
        for (stack, reached) in below.iter().enumerate() {
            for downstream in reached.ones() {
                above[downstream].insert(stack);
            }
        }
        Dag {
            graph,
            order,
            below,
            above,
            joined: nothing,
        }
    }

    /// The graph in which joins start these stacks, so each of them runs once per change, after everything that reaches it.
    #[must_use]
    pub fn with_joins<'a>(mut self, joined: impl IntoIterator<Item = &'a StackRef>) -> Dag {
        let numbers: Vec<usize> = joined
            .into_iter()
            .filter_map(|stack| self.number(stack))
            .collect();
        self.joined.extend(numbers);
        self
    }

    /// All stacks.
    pub fn stacks(&self) -> impl ExactSizeIterator<Item = &StackRef> {
        self.graph.raw_nodes().iter().map(|node| &node.weight)
    }

    /// All edges, sorted by upstream stack, then by downstream stack.
    pub fn edges(&self) -> impl ExactSizeIterator<Item = Edge> + '_ {
        self.graph.edge_references().map(|edge| Edge {
            upstream: self.graph[edge.source()].clone(),
            downstream: self.graph[edge.target()].clone(),
        })
    }

    /// The stacks that nothing starts.
    pub fn roots(&self) -> Vec<&StackRef> {
        self.root_numbers().map(|root| self.stack(root)).collect()
    }

    /// The stacks that a change of `stack` starts directly; none if it is not in the graph.
    pub fn downstream_of(&self, stack: &StackRef) -> Vec<&StackRef> {
        let number = self.number(stack);
        let next = number
            .map(|number| self.downstream(number))
            .unwrap_or_default();
        next.into_iter().map(|next| self.stack(next)).collect()
    }

    /// The stacks whose change starts `stack` directly; none if it is not in the graph.
    pub fn upstream_of(&self, stack: &StackRef) -> Vec<&StackRef> {
        let number = self.number(stack);
        let next = number
            .map(|number| self.upstream(number))
            .unwrap_or_default();
        next.into_iter().map(|next| self.stack(next)).collect()
    }

    /// All stacks that a change of `stack` reaches, directly or indirectly, without itself.
    pub fn reached_from(&self, stack: &StackRef) -> Vec<&StackRef> {
        let number = self.number(stack);
        let reached = number.map(|number| self.below[number].ones());
        reached
            .into_iter()
            .flatten()
            .map(|below| self.stack(below))
            .collect()
    }

    /// Whether a change of `upstream` reaches `downstream`. A stack does not reach itself.
    pub fn reaches(&self, upstream: &StackRef, downstream: &StackRef) -> bool {
        match (self.number(upstream), self.number(downstream)) {
            (Some(upstream), Some(downstream)) => self.below[upstream].contains(downstream),
            _ => false,
        }
    }

    pub(super) fn stack(&self, number: usize) -> &StackRef {
        &self.graph[NodeIndex::new(number)]
    }

    /// The number of a stack. Numbers follow the order of names.
    pub(super) fn number(&self, stack: &StackRef) -> Option<usize> {
        let nodes = self.graph.raw_nodes();
        nodes.binary_search_by(|node| node.weight.cmp(stack)).ok()
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn root_numbers(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).filter(|&stack| self.above[stack].is_clear())
    }

    /// The numbers of the stacks that a stack starts directly, sorted.
    pub(super) fn downstream(&self, stack: usize) -> Vec<usize> {
        self.neighbors(stack, petgraph::Outgoing)
    }

    /// The numbers of the stacks that start a stack directly, sorted.
    pub(super) fn upstream(&self, stack: usize) -> Vec<usize> {
        self.neighbors(stack, petgraph::Incoming)
    }

    fn neighbors(&self, stack: usize, direction: petgraph::Direction) -> Vec<usize> {
        let next = self
            .graph
            .neighbors_directed(NodeIndex::new(stack), direction);
        // The library returns the edge that was added last first, and they were added in order.
        let mut next: Vec<usize> = next.map(NodeIndex::index).collect();
        next.reverse();
        next
    }

    /// The same stacks with other edges, which must be consistent with the topological order of this graph.
    pub(super) fn with_edges(&self, mut edges: Vec<(usize, usize)>) -> Dag {
        edges.sort_unstable();
        let mut graph = DiGraph::with_capacity(self.len(), edges.len());
        for stack in self.stacks() {
            graph.add_node(stack.clone());
        }
        for (upstream, downstream) in edges {
            graph.add_edge(NodeIndex::new(upstream), NodeIndex::new(downstream), ());
        }
        let order = toposort(&graph, None);
        Dag {
            joined: self.joined.clone(),
            ..Dag::ordered(graph, order.expect("the edges lead down"))
        }
    }
}

/// The graph in the library's form: stacks numbered by name, edges added in order.
fn numbered(stacks: &BTreeSet<&StackRef>, edges: &BTreeSet<&Edge>) -> DiGraph<StackRef, (), usize> {
    let mut graph = DiGraph::with_capacity(stacks.len(), edges.len());
    for stack in stacks {
        graph.add_node((*stack).clone());
    }
    let numbers: Vec<&StackRef> = stacks.iter().copied().collect();
    let number = |stack: &StackRef| {
        let number = numbers.binary_search(&stack);
        NodeIndex::new(number.expect("the ends of the edges are among the stacks"))
    };
    for edge in edges {
        graph.add_edge(number(&edge.upstream), number(&edge.downstream), ());
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{
        acyclic_graph, any_graph, edges, few, has_order, reachable, stack,
    };
    use proptest::prelude::*;

    #[test]
    fn a_cycle_is_refused_and_named() {
        let refused = Dag::new(&edges(&[("a", "b"), ("b", "c"), ("c", "b")])).map(drop);
        assert_eq!(refused.unwrap_err().to_string(), "p/b → p/c → p/b");
        let refused = Dag::new(&edges(&[("a", "a")])).map(drop);
        assert_eq!(refused.unwrap_err().to_string(), "p/a → p/a");
    }

    #[test]
    fn a_graph_that_is_there_is_taken_without_its_cycles() {
        let edges = edges(&[("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("x", "x")]);
        let (dag, cycles) = Dag::without_cycles([&stack("alone")], &edges);
        let kept: Vec<String> = dag.edges().map(|edge| edge.to_string()).collect();
        assert_eq!(kept, ["p/a → p/b", "p/c → p/d"]);
        let cycles: Vec<String> = cycles.iter().map(Cycle::to_string).collect();
        assert_eq!(cycles, ["p/b → p/c → p/b", "p/x → p/x"]);
        let stacks: Vec<&str> = dag.stacks().map(StackRef::stack).collect();
        assert_eq!(stacks, ["a", "alone", "b", "c", "d", "x"]);
    }

    #[test]
    fn neighbours_are_in_the_order_of_names() {
        let dag = Dag::new(&edges(&[("m", "z"), ("m", "a"), ("z", "b"), ("a", "b")])).unwrap();
        let names = |stacks: Vec<&StackRef>| -> Vec<String> {
            stacks
                .into_iter()
                .map(|stack| stack.stack().to_owned())
                .collect()
        };
        assert_eq!(names(dag.roots()), ["m"]);
        assert_eq!(names(dag.downstream_of(&stack("m"))), ["a", "z"]);
        assert_eq!(names(dag.upstream_of(&stack("b"))), ["a", "z"]);
        assert_eq!(names(dag.reached_from(&stack("m"))), ["a", "b", "z"]);
        assert_eq!(names(dag.downstream_of(&stack("unheard-of"))), [""; 0]);
    }

    proptest! {
        #![proptest_config(few())]

        #[test]
        fn it_exists_exactly_for_a_graph_with_an_order(edges in any_graph()) {
            prop_assert_eq!(Dag::new(&edges).is_ok(), has_order(&edges));
        }

        #[test]
        fn reaching_is_following_edges(edges in acyclic_graph(60)) {
            let dag = Dag::new(&edges).expect("it has no cycle");
            for (upstream, reached) in reachable(&edges) {
                prop_assert_eq!(dag.reached_from(upstream), Vec::from_iter(reached));
                for downstream in dag.stacks() {
                    let is_among = dag.reached_from(upstream).contains(&downstream);
                    prop_assert_eq!(dag.reaches(upstream, downstream), is_among);
                }
            }
        }
    }
}
