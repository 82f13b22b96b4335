//! Ways through the graph, to show to people.
//!
//! # What this may not do
//!
//! Choose among ways of one length by anything but names.

use super::dag::Dag;
use crate::domain::StackRef;
use std::collections::{BTreeMap, VecDeque};

/// How many edges a way must have at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Least {
    /// The edge itself will do.
    OneEdge,
    /// A way beside the edge is asked for.
    TwoEdges,
}

impl Dag {
    /// A shortest way from one stack to another, both ends among its stacks; the first of these by name. There must be
    /// one.
    pub(super) fn shortest_way(&self, from: usize, to: usize, least: Least) -> Vec<StackRef> {
        let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(stack) = queue.pop_front() {
            for next in self.downstream(stack) {
                if next == to && (stack != from || least == Least::OneEdge) {
                    return self.trace(&came_from, stack, to);
                }
                if self.below[next].contains(to) {
                    came_from.entry(next).or_insert_with(|| {
                        queue.push_back(next);
                        stack
                    });
                }
            }
        }
        unreachable!("whoever asks for a way knows that there is one")
    }

    fn trace(&self, came_from: &BTreeMap<usize, usize>, last: usize, to: usize) -> Vec<StackRef> {
        let back = std::iter::successors(Some(last), |stack| came_from.get(stack).copied());
        let mut way: Vec<StackRef> = back.map(|stack| self.stack(stack).clone()).collect();
        way.reverse();
        way.push(self.stack(to).clone());
        way
    }
}
