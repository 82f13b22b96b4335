//! The layers of nodes, and the order of nodes within a layer.

use super::graph::Graph;
use std::collections::{BTreeSet, HashMap};

/// How often the order of the layers is improved in both directions. More makes no difference.
const N_SWEEPS: usize = 8;

/// The maximum number of bends of all edges. In a graph with more, edges run through nodes.
const MAX_BENDS: usize = 20_000;

/// The layers of the nodes, and the edges that they ignore.
#[derive(Debug)]
pub(super) struct Layered {
    /// By node; `None` for isolated nodes.
    pub(super) layers: Vec<Option<usize>>,
    pub(super) n_layers: usize,
    /// The edges that close cycles.
    pub(super) back: BTreeSet<(usize, usize)>,
    /// Whether edges that cross layers get a place in each.
    has_bends: bool,
}

/// Something that takes a place in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Slot {
    Node(usize),
    /// The place where this edge crosses this layer.
    Bend((usize, usize), usize),
}

/// Puts each node into the layer after the last one with an edge to it.
pub(super) fn assign(graph: &Graph) -> Layered {
    let back = back_edges(graph);
    let mut n_before = vec![0_usize; graph.n_nodes];
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); graph.n_nodes];
    for edge in graph.edges.difference(&back) {
        n_before[edge.1] += 1;
        after[edge.0].push(edge.1);
    }
    let mut layers = vec![0; graph.n_nodes];
    let mut ready: Vec<_> = (0..graph.n_nodes)
        .filter(|node| n_before[*node] == 0)
        .collect();
    while let Some(node) = ready.pop() {
        for next in &after[node] {
            layers[*next] = layers[*next].max(layers[node] + 1);
            n_before[*next] -= 1;
            if n_before[*next] == 0 {
                ready.push(*next);
            }
        }
    }
    let mut layers: Vec<_> = layers.into_iter().map(Some).collect();
    for node in graph.isolated() {
        layers[node] = None;
    }
    let n_layers = layers.iter().flatten().max().map_or(0, |last| last + 1);
    let n_bends: usize = graph
        .edges
        .difference(&back)
        .map(|edge| span(&layers, *edge).len())
        .sum();
    Layered {
        layers,
        n_layers,
        back,
        has_bends: n_bends <= MAX_BENDS,
    }
}

impl Layered {
    /// The layers that an edge crosses between its nodes, if it gets places there.
    pub(super) fn bends(&self, edge: (usize, usize)) -> std::ops::Range<usize> {
        if self.has_bends && !self.back.contains(&edge) {
            span(&self.layers, edge)
        } else {
            0..0
        }
    }
}

fn span(layers: &[Option<usize>], (from, to): (usize, usize)) -> std::ops::Range<usize> {
    match (layers[from], layers[to]) {
        (Some(from), Some(to)) => from + 1..to,
        _ => 0..0,
    }
}

/// The edges that close cycles, found by a walk that begins at nodes without incoming edges.
fn back_edges(graph: &Graph) -> BTreeSet<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        OnTheWay,
        Done,
    }
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); graph.n_nodes];
    let mut is_entered = vec![false; graph.n_nodes];
    for (from, to) in &graph.edges {
        after[*from].push(*to);
        is_entered[*to] |= from != to;
    }
    let starts = (0..graph.n_nodes).filter(|node| !is_entered[*node]);
    let starts: Vec<_> = starts.chain(0..graph.n_nodes).collect();
    let mut seen = vec![Seen::No; graph.n_nodes];
    let mut back = BTreeSet::new();
    // This is not recursive, because a chain of stacks may be long. Each entry is a node, and the number of its edges that
    // were followed.
    let mut way: Vec<(usize, usize)> = Vec::new();
    for start in starts {
        if seen[start] == Seen::No {
            seen[start] = Seen::OnTheWay;
            way.push((start, 0));
        }
        while let Some((node, n_walked)) = way.last_mut() {
            let Some(next) = after[*node].get(*n_walked).copied() else {
                seen[*node] = Seen::Done;
                way.pop();
                continue;
            };
            *n_walked += 1;
            match seen[next] {
                Seen::No => {
                    seen[next] = Seen::OnTheWay;
                    way.push((next, 0));
                }
                Seen::OnTheWay => {
                    back.insert((*node, next));
                }
                Seen::Done => {}
            }
        }
    }
    back
}

/// Orders the nodes of each layer so that few edges cross: everything is near the middle of its neighbours.
pub(super) fn order(graph: &Graph, layered: &Layered) -> Vec<Vec<Slot>> {
    let mut rows = vec![Vec::new(); layered.n_layers];
    for (node, layer) in layered.layers.iter().enumerate() {
        if let Some(layer) = layer {
            rows[*layer].push(Slot::Node(node));
        }
    }
    let mut before: HashMap<Slot, Vec<Slot>> = HashMap::new();
    let mut behind: HashMap<Slot, Vec<Slot>> = HashMap::new();
    for edge in graph.edges.difference(&layered.back) {
        let mut last = Slot::Node(edge.0);
        let bends = layered.bends(*edge).map(|layer| Slot::Bend(*edge, layer));
        for slot in bends.chain([Slot::Node(edge.1)]) {
            if let Slot::Bend(_, layer) = slot {
                rows[layer].push(slot);
            }
            behind.entry(last).or_default().push(slot);
            before.entry(slot).or_default().push(last);
            last = slot;
        }
    }
    for _ in 0..N_SWEEPS {
        for layer in 1..rows.len() {
            sort(&mut rows, layer, layer - 1, &before);
        }
        for layer in (1..rows.len()).rev() {
            sort(&mut rows, layer - 1, layer, &behind);
        }
    }
    rows
}

/// Sorts a layer by the middle of each slot's neighbours in a fixed layer. A slot without neighbours there keeps its place.
fn sort(rows: &mut [Vec<Slot>], layer: usize, fixed: usize, joined: &HashMap<Slot, Vec<Slot>>) {
    let positions = middles(&rows[fixed]);
    let own = middles(&rows[layer]);
    let wish = |slot: &Slot| {
        let found = joined.get(slot).into_iter().flatten();
        let found: Vec<f64> = found
            .filter_map(|other| positions.get(other).copied())
            .collect();
        if found.is_empty() {
            own[slot]
        } else {
            found.iter().sum::<f64>() / count(found.len())
        }
    };
    let mut wishes: Vec<(f64, Slot)> = rows[layer].iter().map(|slot| (wish(slot), *slot)).collect();
    // The sort is stable: slots with the same preference keep their order.
    wishes.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    rows[layer] = wishes.into_iter().map(|(_, slot)| slot).collect();
}

/// The position of each slot in a layer, with the middle of the layer at 0.
fn middles(row: &[Slot]) -> HashMap<Slot, f64> {
    let half = (count(row.len()) - 1.0) / 2.0;
    let slots = row.iter().enumerate();
    slots
        .map(|(position, slot)| (*slot, count(position) - half))
        .collect()
}

/// A count as a coordinate.
pub(super) fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).expect("a picture has fewer parts"))
}
