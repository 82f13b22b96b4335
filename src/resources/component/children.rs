//! The children of a component, each made when its turn comes: a graph has thousands, and what each may be called in an
//! older state takes more memory than anything else of it.
//!
//! # What this may not do
//!
//! Know which component they belong to.

use super::child::Child;
use crate::graph::Edge;
use std::fmt;

/// The webhooks and joins of a component, each at a place from 0 on.
pub trait Children: fmt::Debug + Send + Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// The child at a place below [`count`](Children::count); the same each time.
    fn child(&self, place: usize) -> Child;

    /// The edge that this child makes, if that is known.
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
