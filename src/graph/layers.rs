//! Which stacks can be updated at the same time.
//!
//! # What this may not do
//!
//! Put a stack into the same layer as a stack that starts it, or an earlier one.

use super::dag::Dag;
use crate::domain::StackRef;

impl Dag {
    /// The stacks in layers. The number of a stack's layer is the number of edges on the longest path from a root to it.
    ///
    /// Every edge leads to a later layer. A stack without edges is in the first layer.
    pub fn layers(&self) -> Vec<Vec<&StackRef>> {
        let numbers = self.layer_numbers().into_iter();
        numbers
            .map(|layer| layer.into_iter().map(|stack| self.stack(stack)).collect())
            .collect()
    }

    pub(super) fn layer_numbers(&self) -> Vec<Vec<usize>> {
        let mut depths = vec![0; self.len()];
        for &stack in &self.order {
            for downstream in self.downstream(stack) {
                depths[downstream] = depths[downstream].max(depths[stack] + 1);
            }
        }
        let n_layers = depths.iter().max().map_or(0, |deepest| deepest + 1);
        let mut layers = vec![Vec::new(); n_layers];
        for (stack, depth) in depths.into_iter().enumerate() {
            layers[depth].push(stack);
        }
        layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{acyclic_graph, edges, few, stack};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_longest_path_from_a_root_counts() {
        let edges = edges(&[("net", "db"), ("net", "app"), ("db", "app"), ("dns", "app")]);
        let dag = Dag::with_stacks([&stack("alone")], &edges).unwrap();
        let layers: Vec<Vec<&str>> = dag
            .layers()
            .into_iter()
            .map(|layer| layer.into_iter().map(StackRef::stack).collect())
            .collect();
        assert_eq!(
            layers,
            [vec!["alone", "dns", "net"], vec!["db"], vec!["app"]]
        );
        assert_eq!(Dag::new([]).unwrap().layers(), Vec::<Vec<&StackRef>>::new());
    }

    proptest! {
        #![proptest_config(few())]

        #[test]
        fn every_edge_leads_down_and_every_stack_is_as_high_as_it_can_be(edges in acyclic_graph(200)) {
            let dag = Dag::new(&edges).expect("it has no cycle");
            let layers = dag.layers();
            let depths: BTreeMap<&StackRef, usize> = layers
                .iter()
                .enumerate()
                .flat_map(|(depth, layer)| layer.iter().map(move |stack| (*stack, depth)))
                .collect();
            for stack in dag.stacks() {
                let above = dag.upstream_of(stack).into_iter().map(|upstream| depths[upstream] + 1).max();
                prop_assert_eq!(depths[stack], above.unwrap_or(0));
            }
            prop_assert!(layers.iter().all(|layer| layer.is_sorted()));
        }
    }
}
