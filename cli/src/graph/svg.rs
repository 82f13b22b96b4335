//! The graph as a self-contained image, for a browser or a README, on a light or a dark background.
//!
//! The layout is that of the local cloud's console.
//!
//! # What this may not do
//!
//! Make a request, or load anything: this is a pure function, and the image needs nothing else.

use crate::output::style::Tone;
use crate::output::table::Cell;
use crate::output::text::fit;
use auto_deploy::domain::StackRef;
use auto_deploy::graph::Edge;
use local_cloud::layout::{Direction, Graph, Sizes, lay_out};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const SIZES: Sizes = Sizes {
    direction: Direction::Across,
    node: (200.0, 52.0),
    gap: 18.0,
    layer_gap: 72.0,
    margin: 16.0,
};

/// How many characters of a name fit into a node.
const N_LETTERS: usize = 24;

/// How many stacks without edges are placed in a row below the graph.
const N_ALONE: usize = 4;

/// The kind of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// A webhook.
    Webhook,
    /// A join: the stack runs once, after all of its upstream stacks.
    Join,
    /// Only a StackReference.
    Reference,
}

/// Draws a graph, with `labels` below the names of stacks.
pub(crate) fn draw(
    title: &str,
    labels: &BTreeMap<StackRef, Cell>,
    edges: &BTreeSet<Edge>,
    made_by: impl Fn(&Edge) -> Wire,
) -> String {
    let ends = edges.iter().flat_map(Edge::ends);
    let names: Vec<&StackRef> = labels
        .keys()
        .chain(ends)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let number = |stack: &StackRef| {
        names
            .binary_search(&stack)
            .expect("every end of an edge is among the names")
    };
    let pairs = edges
        .iter()
        .map(|edge| (number(&edge.upstream), number(&edge.downstream)));
    let graph = Graph::new(names.len(), pairs);
    let layout = lay_out(&graph, SIZES);
    let alone = graph.isolated();
    let (width, height) = size(layout.width, layout.height, alone.len());
    let mut svg = String::new();
    begin(&mut svg, title, width, height);
    for wire in &layout.wires {
        let edge = Edge {
            upstream: names[wire.from].clone(),
            downstream: names[wire.to].clone(),
        };
        let made_by = made_by(&edge);
        let class = match (wire.is_back, made_by) {
            (true, _) => " class=\"bad\"",
            (false, Wire::Reference) => " class=\"dashed\"",
            (false, Wire::Join) => " class=\"join\"",
            (false, Wire::Webhook) => "",
        };
        let title = match made_by {
            Wire::Join => format!("{edge}, by a join"),
            Wire::Webhook | Wire::Reference => edge.to_string(),
        };
        let _ = writeln!(
            svg,
            "  <path{class} d=\"{}\" marker-end=\"url(#end)\"><title>{}</title></path>",
            wire.path,
            escaped(&title)
        );
    }
    for place in &layout.places {
        node(&mut svg, names[place.node], labels, place.x, place.y);
    }
    for (place, stack) in alone.iter().enumerate() {
        let (column, row) = (place % N_ALONE, place / N_ALONE);
        let (node_width, node_height) = SIZES.node;
        let x = SIZES.margin + steps(column) * (node_width + SIZES.gap);
        let y = layout.height.max(SIZES.margin) + steps(row) * (node_height + SIZES.gap);
        node(&mut svg, names[*stack], labels, x, y);
    }
    svg.push_str("</svg>\n");
    svg
}

fn size(width: f64, height: f64, n_alone: usize) -> (f64, f64) {
    let (node_width, node_height) = SIZES.node;
    let across = steps(n_alone.min(N_ALONE)) * (node_width + SIZES.gap) - SIZES.gap;
    let down = steps(n_alone.div_ceil(N_ALONE)) * (node_height + SIZES.gap);
    let width = width.max(across + 2.0 * SIZES.margin);
    let height = if n_alone == 0 {
        height
    } else {
        height.max(SIZES.margin) + down
    };
    (
        width.max(2.0 * SIZES.margin),
        height.max(2.0 * SIZES.margin),
    )
}

#[expect(clippy::cast_precision_loss, reason = "there are few rows and columns")]
fn steps(n: usize) -> f64 {
    n as f64
}

/// The colours of the local cloud's console as variables, so that the image follows the reader's colour scheme.
const STYLE: &str = "
    svg { --ink: #1f2328; --quiet: #59636e; --ground: #ffffff; --node: #f6f8fa; --line: #8c959f;
      --good: #1a7f37; --bad: #c62828; --odd: #9a6700; --busy: #0969da; background: var(--ground); }
    @media (prefers-color-scheme: dark) { svg { --ink: #e6edf3; --quiet: #9198a1; --ground: #0d1117; --node: #161b22;
      --line: #6e7681; --good: #3fb950; --bad: #f85149; --odd: #d29922; --busy: #4493f8; } }
    text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: var(--ink); }
    text.said { font-size: 11px; fill: var(--tone, var(--quiet)); }
    rect { fill: var(--node); stroke: var(--tone, var(--line)); rx: 6px; }
    path { fill: none; stroke: var(--line); stroke-width: 1.5; }
    path.dashed { stroke-dasharray: 5 4; } path.join { stroke-width: 3; } path.bad { stroke: var(--bad); }
    marker path { fill: var(--line); stroke: none; }
    .good { --tone: var(--good); } .bad { --tone: var(--bad); } .odd { --tone: var(--odd); } .busy { --tone: var(--busy); }
";

fn begin(svg: &mut String, title: &str, width: f64, height: f64) {
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">"
    );
    let _ = writeln!(svg, "  <title>{}</title>", escaped(title));
    let _ = writeln!(svg, "  <style>{STYLE}  </style>");
    svg.push_str("  <defs><marker id=\"end\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\"/></marker></defs>\n");
}

fn node(svg: &mut String, stack: &StackRef, labels: &BTreeMap<StackRef, Cell>, x: f64, y: f64) {
    let (width, height) = SIZES.node;
    let (class, said) = match labels.get(stack) {
        None => ("bad", "missing"),
        Some(label) => (class(label.tone), label.text.as_str()),
    };
    let name = stack.short();
    let _ = writeln!(
        svg,
        "  <g class=\"{class}\"><title>{}</title><rect x=\"{x:.0}\" y=\"{y:.0}\" width=\"{width:.0}\" height=\"{height:.0}\"/><text x=\"{tx:.0}\" y=\"{ty:.0}\">{}</text><text class=\"said\" x=\"{tx:.0}\" y=\"{sy:.0}\">{}</text></g>",
        escaped(&format!("{name}: {said}")),
        escaped(&fit(&name, N_LETTERS)),
        escaped(&fit(said, N_LETTERS + 6)),
        tx = x + 12.0,
        ty = y + 22.0,
        sy = y + 40.0,
    );
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Odd => "odd",
        Tone::Busy => "busy",
        Tone::Quiet | Tone::Strong | Tone::Plain => "plain",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stack_and_edge_is_drawn_and_nothing_breaks_out() {
        let stack = |name: &str| StackRef::new("acme", name, "prod").expect("it is a name");
        let labels = BTreeMap::from([
            (stack("a"), Cell::new(Tone::Good, "succeeded")),
            (stack("b"), Cell::new(Tone::Bad, "failed <x> & \"y\"")),
            (stack("alone"), Cell::new(Tone::Quiet, "never updated")),
        ]);
        let edge = |upstream, downstream| Edge {
            upstream: stack(upstream),
            downstream: stack(downstream),
        };
        let edges = BTreeSet::from([edge("a", "b"), edge("a", "gone"), edge("b", "gone")]);
        let svg = draw("acme", &labels, &edges, |edge| {
            match edge.downstream.project() {
                "b" => Wire::Join,
                _ if edge.upstream == stack("b") => Wire::Reference,
                _ => Wire::Webhook,
            }
        });
        assert_eq!(svg.matches("<rect").count(), 4);
        assert_eq!(svg.matches("marker-end=").count(), 3);
        assert_eq!(svg.matches("class=\"dashed\"").count(), 1);
        assert_eq!(svg.matches("class=\"join\"").count(), 1);
        assert!(svg.contains("<title>a/prod → b/prod, by a join</title>"));
        assert!(svg.contains("failed &lt;x&gt; &amp; &quot;y&quot;"));
        assert!(svg.contains("gone/prod: missing"));
        for loads in ["href", "url(http", "<script", "<image"] {
            assert!(!svg.contains(loads), "{loads}");
        }
    }
}
