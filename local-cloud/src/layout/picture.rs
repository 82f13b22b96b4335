//! The elements of a drawing.

/// The direction of the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right: layers are columns.
    Across,
    /// From top to bottom: layers are rows.
    Down,
}

/// The sizes, in the units of the drawing.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// The direction of the layers.
    pub direction: Direction,
    /// The width and height of a node.
    pub node: (f64, f64),
    /// The distance between nodes of a layer.
    pub gap: f64,
    /// The distance between layers.
    pub layer_gap: f64,
    /// The margin around everything.
    pub margin: f64,
}

/// A node in the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Its number.
    pub node: usize,
    /// Counts from 0, for nodes without incoming edges.
    pub layer: usize,
    /// Its left edge.
    pub x: f64,
    /// Its top edge.
    pub y: f64,
}

/// An edge in the drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    /// The node where it begins.
    pub from: usize,
    /// The node where it ends.
    pub to: usize,
    /// Whether it leads back to an earlier layer or to the same node, which closes a cycle.
    pub is_back: bool,
    /// The `d` attribute of an SVG path.
    pub path: String,
}

/// A drawing, without isolated nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// The number of layers.
    pub n_layers: usize,
    /// The nodes, layer by layer.
    pub places: Vec<Place>,
    /// The edges.
    pub wires: Vec<Wire>,
}
