//! From layers and order to coordinates.
//!
//! Everything is placed along and across the layers; only the last step decides which of the two is x.

use super::graph::Graph;
use super::layers::{Layered, Slot, count};
use super::picture::{Direction, Layout, Place, Sizes, Wire};
use std::collections::HashMap;
use std::fmt::Write as _;

/// The distance of edges where they cross a layer, as a fraction of a node.
const BEND: f64 = 0.3;

/// How far an edge that leads back protrudes, as a fraction of the distance between layers.
const BULGE: f64 = 0.9;

/// The distance from the first layer, and the position within the layer.
type Point = (f64, f64);

/// The drawing of a graph with ordered layers.
pub(super) fn place(graph: &Graph, layered: &Layered, rows: &[Vec<Slot>], sizes: Sizes) -> Layout {
    let frame = Frame::new(sizes, !layered.back.is_empty());
    let widths: Vec<f64> = rows.iter().map(|row| frame.extent(row)).collect();
    let widest = widths.iter().copied().fold(0.0, f64::max);
    let mut centers: HashMap<Slot, Point> = HashMap::new();
    for (layer, (row, width)) in rows.iter().zip(&widths).enumerate() {
        let along =
            sizes.margin + count(layer) * (frame.length + sizes.layer_gap) + frame.length / 2.0;
        let mut across = frame.lead + (widest - width) / 2.0;
        for slot in row {
            let breadth = frame.breadth_of(*slot);
            centers.insert(*slot, (along, across + breadth / 2.0));
            across += breadth + sizes.gap;
        }
    }
    let places = rows.iter().enumerate().flat_map(|(layer, row)| {
        let nodes = row.iter().filter_map(|slot| match slot {
            Slot::Node(node) => Some(*node),
            Slot::Bend(..) => None,
        });
        let (centers, frame) = (&centers, &frame);
        nodes.map(move |node| {
            let (x, y) = frame.turn(centers[&Slot::Node(node)]);
            let (width, height) = sizes.node;
            Place {
                node,
                layer,
                x: x - width / 2.0,
                y: y - height / 2.0,
            }
        })
    });
    let wires = graph.edges.iter().map(|edge| Wire {
        from: edge.0,
        to: edge.1,
        is_back: layered.back.contains(edge),
        path: frame.wire(layered, &centers, *edge),
    });
    let along = count(rows.len()) * (frame.length + sizes.layer_gap) - sizes.layer_gap;
    let (width, height) = frame.turn((
        along + 2.0 * sizes.margin,
        widest + frame.lead + sizes.margin,
    ));
    if rows.is_empty() {
        return Layout::default();
    }
    Layout {
        width,
        height,
        n_layers: rows.len(),
        places: places.collect(),
        wires: wires.collect(),
    }
}

/// The sizes along and across the layers.
struct Frame {
    direction: Direction,
    /// Of a node, along the layers.
    length: f64,
    /// Of a node, across the layers.
    breadth: f64,
    gap: f64,
    layer_gap: f64,
    /// Space before the first node of a layer, for edges that lead back.
    lead: f64,
}

impl Frame {
    fn new(sizes: Sizes, has_back: bool) -> Frame {
        let (length, breadth) = match sizes.direction {
            Direction::Across => sizes.node,
            Direction::Down => (sizes.node.1, sizes.node.0),
        };
        let bulge = if has_back {
            sizes.layer_gap * BULGE
        } else {
            0.0
        };
        Frame {
            direction: sizes.direction,
            length,
            breadth,
            gap: sizes.gap,
            layer_gap: sizes.layer_gap,
            lead: sizes.margin + bulge,
        }
    }

    fn breadth_of(&self, slot: Slot) -> f64 {
        match slot {
            Slot::Node(_) => self.breadth,
            Slot::Bend(..) => self.breadth * BEND,
        }
    }

    /// The space that a layer takes across.
    fn extent(&self, row: &[Slot]) -> f64 {
        let slots: f64 = row.iter().map(|slot| self.breadth_of(*slot)).sum();
        slots + self.gap * (count(row.len()) - 1.0).max(0.0)
    }

    /// Converts along and across to x and y, or vice versa.
    fn turn(&self, (along, across): Point) -> (f64, f64) {
        match self.direction {
            Direction::Across => (along, across),
            Direction::Down => (across, along),
        }
    }

    fn wire(
        &self,
        layered: &Layered,
        centers: &HashMap<Slot, Point>,
        edge: (usize, usize),
    ) -> String {
        let (from, to) = (centers[&Slot::Node(edge.0)], centers[&Slot::Node(edge.1)]);
        let half = self.length / 2.0;
        let mut pen = Pen {
            frame: self,
            path: String::new(),
        };
        if layered.back.contains(&edge) {
            self.back_wire(&mut pen, from, to);
            return pen.path;
        }
        pen.start((from.0 + half, from.1));
        let mut at = (from.0 + half, from.1);
        for layer in layered.bends(edge) {
            let bend = centers[&Slot::Bend(edge, layer)];
            pen.curve(at, (bend.0 - half, bend.1));
            at = (bend.0 + half, bend.1);
            pen.line(at);
        }
        pen.curve(at, (to.0 - half, to.1));
        pen.path
    }

    /// From the side of a node, around everything between, into the side of the other node.
    fn back_wire(&self, pen: &mut Pen<'_>, from: Point, to: Point) {
        // The ends of an edge from a node to itself are slightly apart.
        let apart = if from == to { self.length / 4.0 } else { 0.0 };
        let (from, to) = ((from.0 + apart, from.1), (to.0 - apart, to.1));
        let side = |point: Point| (point.0, point.1 - self.breadth / 2.0);
        let (start, end) = (side(from), side(to));
        let out = start.1.min(end.1) - self.layer_gap * BULGE;
        pen.start(start);
        pen.bezier((start.0, out), (end.0, out), end);
    }
}

/// Writes the `d` attribute of a path.
struct Pen<'a> {
    frame: &'a Frame,
    path: String,
}

impl Pen<'_> {
    fn start(&mut self, to: Point) {
        let (x, y) = self.frame.turn(to);
        // Writing to a string never fails.
        let _ = write!(self.path, "M{x:.1} {y:.1}");
    }

    fn line(&mut self, to: Point) {
        let (x, y) = self.frame.turn(to);
        let _ = write!(self.path, "L{x:.1} {y:.1}");
    }

    /// A curve that begins and ends in the direction of the layers.
    fn curve(&mut self, from: Point, to: Point) {
        let middle = f64::midpoint(from.0, to.0);
        self.bezier((middle, from.1), (middle, to.1), to);
    }

    fn bezier(&mut self, first: Point, second: Point, to: Point) {
        let turned = [first, second, to].map(|point| self.frame.turn(point));
        let [leave, arrive, end] = turned.map(|(x, y)| format!("{x:.1} {y:.1}"));
        let _ = write!(self.path, "C{leave} {arrive} {end}");
    }
}
