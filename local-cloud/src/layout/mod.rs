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
pub struct Graph {
    n_nodes: usize,
    edges: BTreeSet<(usize, usize)>,
}

impl Graph {
    /// A graph of `n_nodes` nodes. An edge that is given twice is one edge.
    ///
    /// # Panics
    ///
    /// If an edge names a node that is not there.
    pub fn new(n_nodes: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Graph {
        let edges: BTreeSet<_> = edges.into_iter().collect();
        assert!(
            edges.iter().all(|(from, to)| (*from).max(*to) < n_nodes),
            "an edge names a node that is not there"
        );
        Graph { n_nodes, edges }
    }

    /// The nodes that no edge touches, in order.
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

/// Which way the layers follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right: layers are columns.
    Across,
    /// From top to bottom: layers are rows.
    Down,
}

/// How large everything is, in the units of the picture.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Which way the layers follow each other.
    pub direction: Direction,
    /// The width and height of a node.
    pub node: (f64, f64),
    /// Between nodes of a layer.
    pub gap: f64,
    /// Between layers.
    pub layer_gap: f64,
    /// Around everything.
    pub margin: f64,
}

/// A node in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Its number.
    pub node: usize,
    /// Counts from 0, where nothing comes before.
    pub layer: usize,
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
}

/// An edge in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    /// The node that comes first.
    pub from: usize,
    /// The node that comes after it.
    pub to: usize,
    /// Whether it goes back to an earlier layer, or to where it came from: it closes a cycle.
    pub is_back: bool,
    /// The `d` of an SVG path.
    pub path: String,
}

/// A picture. Isolated nodes are not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
    /// How many layers there are.
    pub n_layers: usize,
    /// Layer by layer.
    pub places: Vec<Place>,
    /// The edges.
    pub wires: Vec<Wire>,
}

/// Lays a graph out.
///
/// A node stands in the layer behind the last one that has an edge to it. Cycles are tolerated: the edges that close
/// them do not count for that.
pub fn lay_out(graph: &Graph, sizes: Sizes) -> Layout {
    let layered = layers::assign(graph);
    let rows = layers::order(graph, &layered);
    places::place(graph, &layered, &rows, sizes)
}

#[cfg(test)]
mod tests;
