use super::*;
use insta::assert_snapshot;
use std::fmt::Write as _;

const SIZES: Sizes = Sizes {
    direction: Direction::Across,
    node: (100.0, 40.0),
    gap: 20.0,
    layer_gap: 60.0,
    margin: 10.0,
};

/// The layers of a graph with one letter for each node, in their order, and the edges that go back.
fn layers(n_nodes: usize, edges: &[&str]) -> String {
    let number = |letter: char| letter as usize - 'a' as usize;
    let letter = |node: usize| char::from_u32('a' as u32 + u32::try_from(node).unwrap()).unwrap();
    let edges = edges.iter().map(|edge| {
        let mut ends = edge.chars();
        (number(ends.next().unwrap()), number(ends.next().unwrap()))
    });
    let graph = Graph::new(n_nodes, edges);
    let layout = lay_out(&graph, SIZES);
    let mut text = String::new();
    for layer in 0..layout.n_layers {
        let row = layout.places.iter().filter(|place| place.layer == layer);
        let row: String = row.map(|place| letter(place.node)).collect();
        write!(text, "{row} ").unwrap();
    }
    for wire in layout.wires.iter().filter(|wire| wire.is_back) {
        write!(text, "back:{}{} ", letter(wire.from), letter(wire.to)).unwrap();
    }
    let isolated: String = graph.isolated().into_iter().map(letter).collect();
    write!(text, "alone:{isolated}").unwrap();
    text
}

#[test]
fn layers_are_by_longest_path() {
    assert_snapshot!(layers(3, &["ab", "bc"]), @"a b c alone:");
    assert_snapshot!(layers(4, &["ab", "ac", "bd", "cd"]), @"a bc d alone:");
    assert_snapshot!(layers(4, &["ab", "bc", "cd", "ad"]), @"a b c d alone:");
    assert_snapshot!(layers(4, &["ab", "ab"]), @"a b alone:cd");
    assert_snapshot!(layers(0, &[]), @"alone:");
    assert_snapshot!(layers(2, &[]), @"alone:ab");
}

#[test]
fn cycles_are_tolerated() {
    assert_snapshot!(layers(3, &["ab", "bc", "ca"]), @"a b c back:ca alone:");
    assert_snapshot!(layers(2, &["aa", "ab"]), @"a b back:aa alone:");
    assert_snapshot!(layers(2, &["bb"]), @"b back:bb alone:a");
    // Two cycles behind a beginning that is in neither.
    assert_snapshot!(layers(5, &["ea", "ab", "ba", "ac", "cd", "da"]), @"e a bc d back:ba back:da alone:");
}

#[test]
fn crossings_are_undone() {
    // Drawn in the order of their names, every edge would cross.
    assert_snapshot!(layers(6, &["af", "be", "cd"]), @"abc fed alone:");
    assert_snapshot!(layers(6, &["ad", "ae", "bf", "cd", "ce"]), @"acb def alone:");
}

#[test]
fn edges_pass_between_nodes() {
    // The edge from the first to the last layer has its own place in the one between.
    let layout = lay_out(&Graph::new(3, [(0, 1), (1, 2), (0, 2)]), SIZES);
    let long = layout
        .wires
        .iter()
        .find(|wire| (wire.from, wire.to) == (0, 2))
        .unwrap();
    assert_snapshot!(long.path, @"M110.0 46.0C140.0 46.0 140.0 76.0 170.0 76.0L270.0 76.0C300.0 76.0 300.0 46.0 330.0 46.0");
    let between = layout.places.iter().find(|place| place.node == 1).unwrap();
    assert!(between.y + 40.0 < 76.0 || between.y > 76.0, "{between:?}");
}

#[test]
fn down_is_across_turned() {
    let graph = Graph::new(4, [(0, 1), (0, 2), (1, 3), (2, 3), (3, 0)]);
    let across = lay_out(&graph, SIZES);
    let sizes = Sizes {
        direction: Direction::Down,
        node: (40.0, 100.0),
        ..SIZES
    };
    let down = lay_out(&graph, sizes);
    assert_eq!((down.width, down.height), (across.height, across.width));
    for (a, b) in across.places.iter().zip(&down.places) {
        assert_eq!((a.node, a.layer, a.x, a.y), (b.node, b.layer, b.y, b.x));
    }
}

/// Random graphs, the same in each run.
fn any_graph(seed: u64, n_nodes: usize, n_edges: usize) -> Graph {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let edges: Vec<_> = (0..n_edges)
        .map(|_| (next(n_nodes), next(n_nodes)))
        .collect();
    Graph::new(n_nodes, edges)
}

#[test]
fn whatever_the_graph_nothing_overlaps_and_edges_go_on() {
    for seed in 0..200 {
        let n_nodes = 1 + usize::try_from(seed).unwrap() % 12;
        let graph = any_graph(seed, n_nodes, n_nodes * 2);
        for direction in [Direction::Across, Direction::Down] {
            let sizes = Sizes { direction, ..SIZES };
            let layout = lay_out(&graph, sizes);
            assert_eq!(
                layout.places.len() + graph.isolated().len(),
                n_nodes,
                "seed {seed}"
            );
            assert_eq!(layout.wires.len(), graph.edges.len(), "seed {seed}");
            for (index, a) in layout.places.iter().enumerate() {
                assert!(a.x >= 0.0 && a.x + 100.0 <= layout.width, "seed {seed}");
                assert!(a.y >= 0.0 && a.y + 40.0 <= layout.height, "seed {seed}");
                for b in &layout.places[index + 1..] {
                    let is_apart = (a.x - b.x).abs() >= 100.0 || (a.y - b.y).abs() >= 40.0;
                    assert!(is_apart, "seed {seed}: {a:?} and {b:?}");
                }
            }
            let layer = |node| {
                layout
                    .places
                    .iter()
                    .find(|place| place.node == node)
                    .unwrap()
                    .layer
            };
            for wire in &layout.wires {
                let goes_on = layer(wire.from) < layer(wire.to);
                assert_eq!(goes_on, !wire.is_back, "seed {seed}: {wire:?}");
            }
        }
    }
}

#[test]
fn large_graphs_are_laid_out() {
    // Ten layers of a hundred, each node with three before it.
    let edges = (100..1000).flat_map(|node| {
        (0..3).map(move |n| (node - 100 - node % 100 + (node * 7 + n) % 100, node))
    });
    let layout = lay_out(&Graph::new(1000, edges), SIZES);
    assert_eq!((layout.n_layers, layout.places.len()), (10, 1000));
    // A chain that a recursive walk would not survive.
    let chain = Graph::new(20_000, (1..20_000).map(|node| (node - 1, node)));
    assert_eq!(layers::assign(&chain).n_layers, 20_000);
    // More bends than are drawn.
    let fan = (1..1000).flat_map(|node| [(node - 1, node), (0, node)]);
    assert_eq!(lay_out(&Graph::new(1000, fan), SIZES).n_layers, 1000);
}
