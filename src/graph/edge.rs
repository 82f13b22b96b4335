//! An edge of the graph, and paths of several edges.
//!
//! # What this may not do
//!
//! Know whether there is a webhook for the edge.

use crate::domain::StackRef;
use std::fmt;

/// A successful update of `upstream` starts an update of `downstream`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The stack that changes first.
    pub upstream: StackRef,
    /// The stack that is updated after it.
    pub downstream: StackRef,
}

impl Edge {
    /// Both stacks.
    pub fn ends(&self) -> [&StackRef; 2] {
        [&self.upstream, &self.downstream]
    }

    /// The step from the upstream stack to the downstream stack.
    pub fn down(&self) -> (&StackRef, &StackRef) {
        (&self.upstream, &self.downstream)
    }

    /// The step from the downstream stack to the upstream stack.
    pub fn up(&self) -> (&StackRef, &StackRef) {
        (&self.downstream, &self.upstream)
    }
}

impl fmt::Display for Edge {
    /// `p/a → p/b`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}", self.upstream.short(), self.downstream.short())
    }
}

/// A path through the graph, `p/a → p/b → p/c`.
pub fn path_text<'a>(stacks: impl IntoIterator<Item = &'a StackRef>) -> String {
    let names: Vec<String> = stacks.into_iter().map(StackRef::short).collect();
    names.join(" → ")
}
