//! Where the nodes and edges of a graph are drawn: layers by longest path.
//!
//! Pure: indices in, coordinates out. The same graph always gives the same picture.
//!
//! # What this may not do
//!
//! Know stacks or webhooks; make HTML.

mod layers;
mod places;

use std::collections::BTreeSet;

/// A graph: nodes are numbered from 0, an edge goes from the node that comes first.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    n_nodes: usize,
    edges: BTreeSet<(usize, usize)>,
}

impl Graph {
    /// A graph of `n_nodes` nodes. An edge that is given twice is one edge.
    ///
    /// # Panics
    ///
    /// If an edge names a node that is not there.
    pub(super) fn new(n_nodes: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Graph {
        let edges: BTreeSet<_> = edges.into_iter().collect();
        assert!(
            edges.iter().all(|(from, to)| (*from).max(*to) < n_nodes),
            "an edge names a node that is not there"
        );
        Graph { n_nodes, edges }
    }

    /// The nodes that no edge touches, in order.
    pub(super) fn isolated(&self) -> Vec<usize> {
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

/// Which way the layers follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From left to right: layers are columns.
    Across,
    /// From top to bottom: layers are rows.
    Down,
}

/// How large everything is, in the units of the picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) direction: Direction,
    pub(super) node: (f64, f64),
    /// Between nodes of a layer.
    pub(super) gap: f64,
    /// Between layers.
    pub(super) layer_gap: f64,
    /// Around everything.
    pub(super) margin: f64,
}

/// A node in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) node: usize,
    /// Counts from 0, where nothing comes before.
    pub(super) layer: usize,
    pub(super) x: f64,
    pub(super) y: f64,
}

/// An edge in the picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wire {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether it goes back to an earlier layer, or to where it came from: it closes a cycle.
    pub(super) is_back: bool,
    /// The `d` of an SVG path.
    pub(super) path: String,
}

/// A picture. Isolated nodes are not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) n_layers: usize,
    /// Layer by layer.
    pub(super) places: Vec<Place>,
    pub(super) wires: Vec<Wire>,
}

/// Lays a graph out.
///
/// A node stands in the layer behind the last one that has an edge to it. Cycles are tolerated: the edges that close
/// them do not count for that.
pub(super) fn lay_out(graph: &Graph, sizes: Sizes) -> Layout {
    let layered = layers::assign(graph);
    let rows = layers::order(graph, &layered);
    places::place(graph, &layered, &rows, sizes)
}

#[cfg(test)]
mod tests;
