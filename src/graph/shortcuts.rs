//! Edges that a longer path makes unnecessary: because of them a stack runs once more, and the first time too early.
//!
//! # What this may not do
//!
//! Lose a connection: what a stack reaches, it also reaches without shortcuts.

use super::dag::Dag;
use super::edge::{Edge, path_text};
use super::paths::Least;
use crate::domain::StackRef;
use std::fmt;

/// Edges as pairs of numbers.
type Numbers = Vec<(usize, usize)>;

/// An edge, and a longer path between the same stacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shortcut {
    /// The edge.
    pub edge: Edge,
    /// The stacks on the longer path, including both ends; the shortest such path, and the first of several by name.
    pub path: Vec<StackRef>,
}

impl fmt::Display for Shortcut {
    /// `p/a → p/c beside p/a → p/b → p/c`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} beside {}", self.edge, path_text(&self.path))
    }
}

impl Dag {
    /// The edges that a longer path makes unnecessary, except those to stacks that joins start, which wait for all.
    pub fn shortcuts(&self) -> Vec<Shortcut> {
        let shortcuts = self.split_edges().0.into_iter();
        shortcuts
            .filter(|(_, downstream)| !self.joined.contains(*downstream))
            .map(|(upstream, downstream)| Shortcut {
                edge: Edge {
                    upstream: self.stack(upstream).clone(),
                    downstream: self.stack(downstream).clone(),
                },
                path: self.shortest_path(upstream, downstream, Least::TwoEdges),
            })
            .collect()
    }

    /// The same stacks without the shortcuts: the fewest edges with which every stack reaches the same stacks.
    #[must_use]
    pub fn without_shortcuts(&self) -> Dag {
        self.with_edges(self.split_edges().1)
    }

    /// The shortcuts, and the other edges.
    fn split_edges(&self) -> (Numbers, Numbers) {
        let edges = (0..self.len()).flat_map(|upstream| {
            let downstream = self.downstream(upstream).into_iter();
            downstream.map(move |downstream| (upstream, downstream))
        });
        edges.partition(|&(upstream, downstream)| {
            let mut others = self.downstream(upstream).into_iter();
            others.any(|other| self.below[other].contains(downstream))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::{acyclic_graph, edges, few, reachable};
    use proptest::prelude::*;

    fn shortcuts(pairs: &[(&str, &str)]) -> Vec<String> {
        let dag = Dag::new(&edges(pairs)).unwrap();
        dag.shortcuts().iter().map(Shortcut::to_string).collect()
    }

    #[test]
    fn names_the_edge_and_the_longer_path() {
        assert_eq!(
            shortcuts(&[("a", "b"), ("b", "d"), ("a", "d")]),
            ["p/a → p/d beside p/a → p/b → p/d"]
        );
        assert_eq!(
            shortcuts(&[
                ("a", "b"),
                ("b", "c"),
                ("c", "d"),
                ("a", "d"),
                ("a", "c"),
                ("b", "d")
            ]),
            [
                "p/a → p/c beside p/a → p/b → p/c",
                "p/a → p/d beside p/a → p/b → p/d",
                "p/b → p/d beside p/b → p/c → p/d",
            ]
        );
        assert_eq!(
            shortcuts(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]),
            [""; 0]
        );
    }

    proptest! {
        #![proptest_config(few())]

        #[test]
        fn every_shortcut_has_a_longer_path_of_edges_that_are_there(edges in acyclic_graph(200)) {
            let dag = Dag::new(&edges).expect("it has no cycle");
            for Shortcut { edge, path } in dag.shortcuts() {
                prop_assert!(edges.contains(&edge));
                prop_assert!(path.len() > 2);
                prop_assert_eq!((path.first(), path.last()), (Some(&edge.upstream), Some(&edge.downstream)));
                for pair in path.windows(2) {
                    let step = Edge { upstream: pair[0].clone(), downstream: pair[1].clone() };
                    prop_assert!(edges.contains(&step));
                }
            }
        }

        #[test]
        fn without_shortcuts_everything_is_reached_by_the_fewest_edges(edges in acyclic_graph(200)) {
            let dag = Dag::new(&edges).expect("it has no cycle");
            let reduced = dag.without_shortcuts();
            prop_assert_eq!(&dag.below, &reduced.below);
            prop_assert!(reduced.shortcuts().is_empty());
            let kept: Vec<Edge> = reduced.edges().collect();
            prop_assert!(kept.iter().all(|edge| edges.contains(edge)));
            prop_assert_eq!(kept.len() + dag.shortcuts().len(), dag.edges().len());
            // None of them is redundant: no other edge of the same stack leads to the same place.
            let reachable = reachable(&kept);
            for edge in &kept {
                let beside = kept.iter().filter(|other| other.upstream == edge.upstream && *other != edge);
                for other in beside {
                    prop_assert!(!reachable[&other.downstream].contains(&edge.downstream));
                }
            }
        }
    }
}
