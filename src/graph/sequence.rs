//! Edges that make each stack run once for a change at the top.
//!
//! # What this may not do
//!
//! Start a stack before one of its own upstream stacks has been updated.

use super::dag::Dag;
use petgraph::unionfind::UnionFind;
use petgraph::visit::EdgeRef as _;
use std::collections::BTreeMap;

impl Dag {
    /// The same stacks with edges that make each stack below a root run exactly once, and in order, for a change of any
    /// root.
    ///
    /// In each connected component, all stacks below the first layer form one chain, sorted by layer and then by name, and
    /// every root of the component starts the first of them. The price: no stacks run at the same time, a stack also runs
    /// for changes that it does not depend on, and a failure stops everything after it.
    #[must_use]
    pub fn in_sequence(&self) -> Dag {
        let parts = self.parts();
        let mut roots: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut chains: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (depth, layer) in self.layer_numbers().into_iter().enumerate() {
            let ranks = if depth == 0 { &mut roots } else { &mut chains };
            for stack in layer {
                ranks.entry(parts[stack]).or_default().push(stack);
            }
        }
        let mut edges = Vec::new();
        for (part, chain) in &chains {
            let first = chain[0];
            edges.extend(roots[part].iter().map(|&root| (root, first)));
            edges.extend(chain.windows(2).map(|pair| (pair[0], pair[1])));
        }
        self.with_edges(edges)
    }

    /// For each stack, by number, the number of its connected component, ignoring the direction of edges.
    fn parts(&self) -> Vec<usize> {
        let mut parts = UnionFind::new(self.len());
        for edge in self.graph.edge_references() {
            parts.union(edge.source().index(), edge.target().index());
        }
        parts.into_labeling()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::StackRef;
    use crate::graph::Edge;
    use crate::graph::testing::{acyclic_graph, cascade, edges, few, stack};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_layers_become_one_chain_in_each_part() {
        let edges = edges(&[
            ("net", "db"),
            ("net", "cluster"),
            ("db", "app"),
            ("cluster", "app"),
            ("dns", "app"),
            ("x", "y"),
        ]);
        let dag = Dag::with_stacks([&stack("alone")], &edges).unwrap();
        let chained: Vec<String> = dag
            .in_sequence()
            .edges()
            .map(|edge| edge.to_string())
            .collect();
        assert_eq!(
            chained,
            [
                "p/cluster → p/db",
                "p/db → p/app",
                "p/dns → p/cluster",
                "p/net → p/cluster",
                "p/x → p/y",
            ]
        );
        assert_eq!(dag.in_sequence().stacks().len(), dag.stacks().len());
    }

    proptest! {
        #![proptest_config(few())]

        #[test]
        fn a_change_of_any_root_runs_each_stack_of_its_part_once_after_all_that_it_depends_on(
            edges in acyclic_graph(200),
        ) {
            let dag = Dag::new(&edges).expect("it has no cycle");
            let chained = dag.in_sequence();
            let new_edges: Vec<Edge> = chained.edges().collect();
            let roots: BTreeSet<&StackRef> = dag.roots().into_iter().collect();
            prop_assert_eq!(&roots, &chained.roots().into_iter().collect());
            for root in &roots {
                let started = cascade(&new_edges, root).expect("a chain is short");
                let place: BTreeMap<&StackRef, usize> = started.iter().enumerate().map(|(at, stack)| (stack, at)).collect();
                prop_assert_eq!(place.len(), started.len(), "none runs twice");
                for below in dag.reached_from(root) {
                    prop_assert!(place.contains_key(below));
                }
                for Edge { upstream, downstream } in &edges {
                    // Everything that a stack depends on is in its component, so it ran before or is a root.
                    if let Some(at) = place.get(downstream) {
                        prop_assert!(roots.contains(upstream) || place[upstream] < *at);
                    }
                }
            }
        }
    }
}
