//! Searches along edges: what can be reached, and by which shortest path.
//!
//! # What this may not do
//!
//! Visit an edge more than once, or choose among paths of equal length by anything but the order of the neighbours.

use crate::domain::StackRef;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// All stacks that can be reached from some stacks by steps, each from its first stack to its second; including the initial
/// ones. Cycles are allowed.
///
/// [`super::Edge::down`] and [`super::Edge::up`] are the steps of an edge.
pub fn reached<'a>(
    from: impl IntoIterator<Item = &'a StackRef>,
    steps: impl IntoIterator<Item = (&'a StackRef, &'a StackRef)>,
) -> BTreeSet<&'a StackRef> {
    let mut next: BTreeMap<&StackRef, Vec<&StackRef>> = BTreeMap::new();
    for (here, there) in steps {
        next.entry(here).or_default().push(there);
    }
    let mut search = Search::new(from);
    while search.step(|stack| next.get(stack).into_iter().flatten().copied()) {}
    search.into_reached()
}

/// A search for everything that can be reached, one node at a time.
#[derive(Debug)]
pub(super) struct Search<N> {
    reached: BTreeSet<N>,
    left: Vec<N>,
}

impl<N: Copy + Ord> Search<N> {
    /// A search that begins with these nodes.
    pub(super) fn new(from: impl IntoIterator<Item = N>) -> Search<N> {
        let reached: BTreeSet<N> = from.into_iter().collect();
        Search {
            left: reached.iter().copied().collect(),
            reached,
        }
    }

    /// Visits one more node; false if there is none.
    pub(super) fn step<I: IntoIterator<Item = N>>(&mut self, next: impl FnOnce(N) -> I) -> bool {
        let Some(node) = self.left.pop() else {
            return false;
        };
        for there in next(node) {
            if self.reached.insert(there) {
                self.left.push(there);
            }
        }
        true
    }

    /// Whether every node was visited.
    pub(super) fn is_over(&self) -> bool {
        self.left.is_empty()
    }

    /// The nodes reached, by value.
    pub(super) fn into_reached(self) -> BTreeSet<N> {
        self.reached
    }

    /// The nodes reached so far.
    pub(super) fn reached(&self) -> &BTreeSet<N> {
        &self.reached
    }
}

/// A shortest path of at least one edge, including both ends; `None` if there is none. From a node to itself, it is a
/// cycle. Of several, the one whose first step comes first in the order of `next`.
pub(super) fn shortest_path<N: Copy + Ord, I: IntoIterator<Item = N>>(
    from: N,
    to: N,
    next: impl Fn(N) -> I,
) -> Option<Vec<N>> {
    let mut came_from: BTreeMap<N, N> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(node) = queue.pop_front() {
        for there in next(node) {
            if there == to {
                let back = std::iter::successors(Some(node), |node| came_from.get(node).copied());
                let mut path: Vec<N> = [to].into_iter().chain(back).collect();
                path.reverse();
                return Some(path);
            }
            if there != from {
                came_from.entry(there).or_insert_with(|| {
                    queue.push_back(there);
                    node
                });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::edge::Edge;
    use crate::graph::testing::{any_graph, edges, few, reachable, stack};
    use proptest::prelude::*;

    #[test]
    fn what_is_reached_goes_down_or_up_and_round() {
        let edges = edges(&[("a", "b"), ("b", "c"), ("c", "b"), ("x", "b")]);
        let names = |reached: BTreeSet<&StackRef>| -> Vec<String> {
            let names = reached.into_iter().map(StackRef::stack);
            names.map(str::to_owned).collect()
        };
        let (a, c, alone) = (stack("a"), stack("c"), stack("alone"));
        let down = reached([&a], edges.iter().map(Edge::down));
        assert_eq!(names(down), ["a", "b", "c"]);
        let up = reached([&c, &alone], edges.iter().map(Edge::up));
        assert_eq!(names(up), ["a", "alone", "b", "c", "x"]);
    }

    #[test]
    fn a_shortest_path_begins_with_the_first_neighbour() {
        let next = |node: u32| match node {
            0 => vec![1, 2],
            1 | 2 => vec![3],
            3 => vec![0],
            _ => vec![],
        };
        assert_eq!(shortest_path(0, 3, next), Some(vec![0, 1, 3]));
        assert_eq!(shortest_path(0, 0, next), Some(vec![0, 1, 3, 0]));
        assert_eq!(shortest_path(0, 1, next), Some(vec![0, 1]));
        assert_eq!(shortest_path(4, 0, next), None);
    }

    proptest! {
        #![proptest_config(few())]

        #[test]
        fn a_path_leads_over_edges_and_exists_where_something_is_reached(edges in any_graph()) {
            let reachable = reachable(&edges);
            let next = |stack: &StackRef| {
                let below = edges.iter().filter(move |edge| edge.upstream == *stack);
                below.map(|edge| &edge.downstream).collect::<BTreeSet<_>>()
            };
            for (from, below) in reachable.iter().take(8) {
                let mut expected = below.clone();
                expected.insert(from);
                prop_assert_eq!(reached([*from], edges.iter().map(Edge::down)), expected);
                for to in reachable.keys().take(8) {
                    let path = shortest_path(*from, *to, next);
                    prop_assert_eq!(path.is_some(), below.contains(to));
                    for step in path.iter().flat_map(|path| path.windows(2)) {
                        prop_assert!(edges.iter().any(|edge| edge.down() == (step[0], step[1])));
                    }
                }
            }
        }
    }
}
