//! The children of a component, each built when its turn comes. A graph has thousands, and the names that each may have in
//! an older state take more memory than the rest of it.
//!
//! # What this may not do
//!
//! Know which component they belong to.

use super::child::Child;
use crate::graph::Edge;
use std::fmt;

/// The webhooks and joins of a component, numbered from 0.
pub trait Children: fmt::Debug + Send + Sync {
    /// The number of children.
    fn count(&self) -> usize;

    /// The child at a place below [`count`](Children::count). It is the same each time.
    fn child(&self, place: usize) -> Child;

    /// The edge that this child makes, if known.
    fn edge(&self, place: usize) -> Option<Edge> {
        self.child(place).edge()
    }
}

impl Children for Vec<Child> {
    fn count(&self) -> usize {
        self.len()
    }

    fn child(&self, place: usize) -> Child {
        self[place].clone()
    }

    fn edge(&self, place: usize) -> Option<Edge> {
        self[place].edge()
    }
}
