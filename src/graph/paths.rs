//! Paths through the graph to show to users.
//!
//! # What this may not do
//!
//! Choose among paths of equal length by anything but names.

use super::dag::Dag;
use super::search::shortest_path;
use crate::domain::StackRef;

/// The minimum number of edges of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Least {
    /// The edge itself counts as a path.
    OneEdge,
    /// Only a path other than the edge counts.
    TwoEdges,
}

impl Dag {
    /// A shortest path from one stack to another, including both; the first of several by name. There must be one.
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
