//! The graph to draw.

use std::collections::BTreeSet;

/// A graph whose nodes are numbered from 0. An edge leads from its first node to its second.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub(super) n_nodes: usize,
    pub(super) edges: BTreeSet<(usize, usize)>,
}

impl Graph {
    /// A graph with `n_nodes` nodes. Duplicate edges count once.
    ///
    /// # Panics
    ///
    /// If an edge names a node that does not exist.
    pub fn new(n_nodes: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Graph {
        let edges: BTreeSet<_> = edges.into_iter().collect();
        assert!(
            edges.iter().all(|(from, to)| (*from).max(*to) < n_nodes),
            "an edge names a node that is not there"
        );
        Graph { n_nodes, edges }
    }

    /// The nodes without edges, in order.
    pub fn isolated(&self) -> Vec<usize> {
        let mut is_touched = vec![false; self.n_nodes];
        for (from, to) in &self.edges {
            is_touched[*from] = true;
            is_touched[*to] = true;
        }
        let nodes = is_touched.iter().enumerate();
        nodes
            .filter(|(_, is_touched)| !**is_touched)
            .map(|(node, _)| node)
            .collect()
    }
}
