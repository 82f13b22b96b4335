//! Graphs of stacks of different shapes and sizes.

use crate::local::Node;

/// A graph to measure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Each stack follows the one before.
    Chain(usize),
    /// All stacks follow the first.
    Fan(usize),
    /// Layers of this many stacks; each stack follows one of the layer before.
    Layers(usize, usize),
    /// Layers of this many stacks; each stack follows all of the layer before.
    Meshed(usize, usize),
}

impl Shape {
    /// Its name in the tables.
    pub(crate) fn name(self) -> String {
        match self {
            Shape::Chain(n) => format!("chain {n}"),
            Shape::Fan(n) => format!("fan {n}"),
            Shape::Layers(layers, width) => format!("layers {layers}×{width}"),
            Shape::Meshed(layers, width) => format!("layers {layers}×{width}, all to all"),
        }
    }

    /// Its stacks, each before those that follow it.
    pub(crate) fn nodes(self) -> Vec<Node> {
        let node = |project: String, downstream: Vec<String>| Node {
            project,
            downstream,
        };
        match self {
            Shape::Chain(n) => (0..n)
                .map(|at| node(stack(at, 0), below(at + 1 < n, at + 1, 0)))
                .collect(),
            Shape::Fan(n) => {
                let leaves: Vec<String> = (1..n).map(|at| stack(1, at)).collect();
                let root = node(stack(0, 0), leaves.clone());
                let leaves = leaves.into_iter().map(|leaf| node(leaf, Vec::new()));
                std::iter::once(root).chain(leaves).collect()
            }
            Shape::Layers(layers, width) => places(layers, width)
                .map(|(layer, place)| {
                    let downstream = below(layer + 1 < layers, layer + 1, place);
                    node(stack(layer, place), downstream)
                })
                .collect(),
            Shape::Meshed(layers, width) => places(layers, width)
                .map(|(layer, place)| {
                    let next = (0..width).filter(|_| layer + 1 < layers);
                    let downstream = next.map(|below| stack(layer + 1, below));
                    node(stack(layer, place), downstream.collect())
                })
                .collect(),
        }
    }
}

fn places(layers: usize, width: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..layers).flat_map(move |layer| (0..width).map(move |place| (layer, place)))
}

fn stack(layer: usize, place: usize) -> String {
    format!("s{layer}-{place}")
}

fn below(is_there: bool, layer: usize, place: usize) -> Vec<String> {
    is_there.then(|| stack(layer, place)).into_iter().collect()
}
