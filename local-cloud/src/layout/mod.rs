//! Where the nodes and edges of a graph are drawn: layers by longest path.
//!
//! Pure: indices in, coordinates out. The same graph always gives the same picture.
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

/// Lays a graph out.
///
/// A node is in the layer behind the last one that has an edge to it. Cycles are tolerated: the edges that close them
/// do not count for that.
pub fn lay_out(graph: &Graph, sizes: Sizes) -> Layout {
    let layered = layers::assign(graph);
    let rows = layers::order(graph, &layered);
    places::place(graph, &layered, &rows, sizes)
}

#[cfg(test)]
mod tests;
