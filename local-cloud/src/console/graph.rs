//! The graph of an organization: which stacks start which.

use super::flow::{Flow, Joined, Kind};
use super::text::shortened;
use super::view::{self, StackState};
use crate::domain::stacks::StackPath;
use crate::layout::{Direction, Graph, Layout, Place, Sizes, lay_out};
use crate::store::Overview;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// For wide windows: layers are columns.
const WIDE: Sizes = Sizes {
    direction: Direction::Across,
    node: (190.0, 50.0),
    gap: 18.0,
    layer_gap: 76.0,
    margin: 8.0,
};

/// For phones: layers are rows. Nodes are as wide as their names need and as the rows allow.
const NARROW: Sizes = Sizes {
    direction: Direction::Down,
    node: (NARROWEST, 50.0),
    gap: 8.0,
    layer_gap: 44.0,
    margin: 4.0,
};

/// The widest image that a phone shows without scrolling, and the narrowest node.
const PHONE: f64 = 358.0;
const NARROWEST: f64 = 110.0;

/// The width of a node apart from its name.
const BESIDE_NAME: f64 = 24.0;

/// The width of a character, to calculate what fits into a node.
const LETTER: f64 = 8.2;

/// A drawing of a graph, ready to be written as SVG.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    /// `wide`, `narrow`, or `any` if it is the only one.
    pub(super) class: &'static str,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    pub(super) node_width: f64,
    pub(super) node_height: f64,
}

/// A stack in a drawing.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) name: String,
    /// As much of the name as fits.
    pub(super) label: String,
    pub(super) url: String,
    /// `None` if the stack does not exist.
    pub(super) state: Option<StackState>,
    /// The join, if it is started after several others.
    pub(super) join: Option<Bar>,
}

/// Where the edges of a join meet: along the side of the node at which they arrive.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    /// What holds the stack back, in a word.
    pub(super) now: &'static str,
    /// The same in full.
    pub(super) title: String,
}

impl Bar {
    /// Its thickness, and its distance from the ends of the side.
    const THICK: f64 = 5.0;
    const INSET: f64 = 6.0;

    fn at(place: &Place, sizes: Sizes, joined: &Joined) -> Bar {
        let (width, height) = match sizes.direction {
            Direction::Across => (Bar::THICK, sizes.node.1 - 2.0 * Bar::INSET),
            Direction::Down => (sizes.node.0 - 2.0 * Bar::INSET, Bar::THICK),
        };
        let (x, y) = match sizes.direction {
            Direction::Across => (place.x - Bar::THICK / 2.0, place.y + Bar::INSET),
            Direction::Down => (place.x + Bar::INSET, place.y - Bar::THICK / 2.0),
        };
        let after: Vec<&str> = joined.after.iter().map(String::as_str).collect();
        Bar {
            x,
            y,
            width,
            height,
            now: joined.now.as_str(),
            title: format!(
                "runs once, after {}: {}",
                after.join(", "),
                joined.now.words()
            ),
        }
    }
}

/// A webhook in a drawing, or a part of a join.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) path: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) is_active: bool,
    pub(super) is_joined: bool,
    pub(super) is_back: bool,
}

/// The graph of an organization: drawings of connected stacks, and the names of the others.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawing {
    pub(super) pictures: Vec<Picture>,
    /// The stacks without edges.
    pub(super) alone: BTreeSet<String>,
    pub(super) n_edges: usize,
    pub(super) n_layers: usize,
    pub(super) n_cycles: usize,
}

/// Draws an organization.
pub(super) fn draw(organization: &str, overview: &Overview, flow: &Flow) -> Drawing {
    let states = overview
        .stacks
        .iter()
        .map(|stack| (view::short_name(&stack.path), view::state(stack)));
    let states: BTreeMap<String, StackState> = states.collect();
    let edges = &flow.edges;
    let ends = edges.keys().flat_map(|(from, to)| [from, to]);
    let names: BTreeSet<&String> = states.keys().chain(ends).collect();
    let names: Vec<&String> = names.into_iter().collect();
    let numbers: HashMap<&String, usize> = names
        .iter()
        .enumerate()
        .map(|(n, name)| (*name, n))
        .collect();
    let graph = Graph::new(
        names.len(),
        edges.keys().map(|(from, to)| (numbers[from], numbers[to])),
    );
    let picture = |class, layout: &Layout, sizes: Sizes| Picture {
        class,
        width: layout.width,
        height: layout.height,
        nodes: layout
            .places
            .iter()
            .map(|place| {
                let name = names[place.node];
                let join = flow
                    .joined
                    .get(name)
                    .map(|joined| Bar::at(place, sizes, joined));
                Node {
                    join,
                    ..node(organization, name, &states, (place.x, place.y), sizes)
                }
            })
            .collect(),
        edges: layout
            .wires
            .iter()
            .map(|wire| {
                let (from, to) = (names[wire.from].clone(), names[wire.to].clone());
                let Kind {
                    is_active,
                    is_joined,
                } = edges[&(from.clone(), to.clone())];
                Edge {
                    path: wire.path.clone(),
                    from,
                    to,
                    is_active,
                    is_joined,
                    is_back: wire.is_back,
                }
            })
            .collect(),
        node_width: sizes.node.0,
        node_height: sizes.node.1,
    };
    let wide = lay_out(&graph, WIDE);
    let longest = names.iter().map(|name| name.chars().count()).max();
    let (narrow, narrow_sizes) = for_phones(&graph, longest.unwrap_or(0));
    let pictures = if edges.is_empty() {
        Vec::new()
    } else if narrow.width <= PHONE {
        vec![
            picture("wide", &wide, WIDE),
            picture("narrow", &narrow, narrow_sizes),
        ]
    } else {
        vec![picture("any", &wide, WIDE)]
    };
    let conductors = flow.conductors();
    let alone = graph.isolated().into_iter().map(|n| names[n]);
    Drawing {
        pictures,
        alone: alone
            .filter(|name| !conductors.contains(name))
            .cloned()
            .collect(),
        n_edges: edges.len(),
        n_layers: wide.n_layers,
        n_cycles: wide.wires.iter().filter(|wire| wire.is_back).count(),
    }
}

/// The drawing for phones, with the widest nodes that fit, up to the width that the longest name needs.
fn for_phones(graph: &Graph, n_letters: usize) -> (Layout, Sizes) {
    #[expect(clippy::cast_precision_loss, reason = "names are short")]
    let needed = n_letters as f64 * LETTER + BESIDE_NAME;
    let narrowest = lay_out(graph, NARROW);
    // The nodes of a row share the remaining width.
    let n_across =
        ((narrowest.width - 2.0 * NARROW.margin + NARROW.gap) / (NARROWEST + NARROW.gap)).max(1.0);
    let share = (PHONE - 2.0 * NARROW.margin + NARROW.gap) / n_across - NARROW.gap;
    let sizes = Sizes {
        node: (needed.min(share).max(NARROWEST).ceil(), NARROW.node.1),
        ..NARROW
    };
    let wider = lay_out(graph, sizes);
    if wider.width <= PHONE {
        (wider, sizes)
    } else {
        (narrowest, NARROW)
    }
}

fn node(
    organization: &str,
    name: &str,
    states: &BTreeMap<String, StackState>,
    (x, y): (f64, f64),
    sizes: Sizes,
) -> Node {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "nodes are a few hundred wide"
    )]
    let n_letters = ((sizes.node.0 - BESIDE_NAME) / LETTER) as usize;
    let path = StackPath::in_organization(organization, name);
    Node {
        x,
        y,
        name: name.to_owned(),
        label: shortened(name, n_letters),
        url: path.map(|path| view::stack_url(&path)).unwrap_or_default(),
        state: states.get(name).copied(),
        join: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Activity, Trigger};
    use insta::assert_snapshot;
    use std::fmt::Write as _;

    fn overview(stacks: &[&str], triggers: &[(&str, &str, bool)]) -> Overview {
        let path = |name: &str| StackPath::in_organization("acme", name).unwrap();
        let activity = |name: &&str| Activity {
            path: path(name),
            resource_count: 0,
            is_updating: *name == "b/dev",
            is_deploying: false,
            n_waiting: 0,
            last_update: None,
            last_deployment: None,
        };
        let trigger = |(from, to, is_active): &(&str, &str, bool)| Trigger {
            from: path(from),
            webhook: "hook".into(),
            to: (*to).to_owned(),
            is_active: *is_active,
        };
        Overview {
            stacks: stacks.iter().map(activity).collect(),
            triggers: triggers.iter().map(trigger).collect(),
            joins: Vec::new(),
            is_paused: false,
        }
    }

    fn drawn(overview: &Overview) -> Drawing {
        draw("acme", overview, &Flow::of(overview))
    }

    fn show(drawing: &Drawing) -> String {
        let mut text = String::new();
        for picture in &drawing.pictures {
            writeln!(text, "{}:", picture.class).unwrap();
            for node in &picture.nodes {
                let state = node
                    .state
                    .map_or("missing".to_owned(), |state| state.to_string());
                writeln!(text, "  {} {state} {}", node.label, node.url).unwrap();
            }
            for edge in &picture.edges {
                let off = if edge.is_active { "" } else { " off" };
                let back = if edge.is_back { " back" } else { "" };
                writeln!(text, "  {} -> {}{off}{back}", edge.from, edge.to).unwrap();
            }
        }
        writeln!(text, "alone: {:?}", drawing.alone).unwrap();
        text
    }

    #[test]
    fn stacks_and_webhooks_become_a_picture() {
        let stacks = ["a/dev", "b/dev", "lonely/dev"];
        let triggers = [
            ("a/dev", "b/dev", false),
            ("a/dev", "b/dev", true),
            ("b/dev", "gone/dev", false),
        ];
        let drawing = drawn(&overview(&stacks, &triggers));
        assert_snapshot!(show(&drawing), @r#"
        wide:
          a/dev idle /acme/a/dev
          b/dev running /acme/b/dev
          gone/dev missing /acme/gone/dev
          a/dev -> b/dev
          b/dev -> gone/dev off
        narrow:
          a/dev idle /acme/a/dev
          b/dev running /acme/b/dev
          gone/dev missing /acme/gone/dev
          a/dev -> b/dev
          b/dev -> gone/dev off
        alone: {"lonely/dev"}
        "#);
    }

    #[test]
    fn on_phones_a_name_that_fits_is_whole() {
        let stacks = ["networking/production", "b/dev"];
        let chain = drawn(&overview(
            &stacks,
            &[("networking/production", "b/dev", true)],
        ));
        let narrow = &chain.pictures[1];
        assert_eq!(narrow.class, "narrow");
        assert!(narrow.width <= PHONE);
        assert!(
            narrow
                .nodes
                .iter()
                .any(|node| node.label == "networking/production")
        );
    }

    #[test]
    fn wide_graphs_are_drawn_once() {
        let stacks = [
            "a/dev",
            "b/dev",
            "c/dev",
            "d/dev",
            "a-project-with-a-long-name/production",
        ];
        let triggers = stacks[1..]
            .iter()
            .map(|to| ("a/dev", *to, true))
            .collect::<Vec<_>>();
        let drawing = drawn(&overview(&stacks, &triggers));
        assert_eq!(drawing.pictures.len(), 1);
        assert!(
            drawing.pictures[0]
                .nodes
                .iter()
                .any(|node| node.label == "a-project-with-a-lo…")
        );
        assert!(drawn(&overview(&stacks, &[])).pictures.is_empty());
    }
}
