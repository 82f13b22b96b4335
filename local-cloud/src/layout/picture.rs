//! What a picture is made of.

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
