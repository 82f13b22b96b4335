//! Paths through the graph, to show to people.
//!
//! # What this may not do
//!
//! Choose among paths of one length by anything but names.

use super::dag::Dag;
use super::search::shortest_path;
use crate::domain::StackRef;

/// How many edges a path must have at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Least {
    /// The edge itself will do.
    OneEdge,
    /// A path beside the edge is asked for.
    TwoEdges,
}

impl Dag {
    /// A shortest path from one stack to another, both ends among its stacks; the first of these by name. There must be
    /// one.
    pub(super) fn shortest_path(&self, from: usize, to: usize, least: Least) -> Vec<StackRef> {
        let next = |stack| {
            let may_end = stack != from || least == Least::OneEdge;
            let leads_on = move |next: &usize| {
                if *next == to {
                    may_end
                } else {
                    self.below[*next].contains(to)
                }
            };
            self.downstream(stack).into_iter().filter(leads_on)
        };
        let path = shortest_path(from, to, next);
        let path = path.expect("the caller knows that there is a path");
        path.into_iter()
            .map(|stack| self.stack(stack).clone())
            .collect()
    }
}
