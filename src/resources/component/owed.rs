//! The last look at the cloud after webhooks were made, once for all components that are made at the same time.
//!
//! A component whose webhooks have been made looks at the stacks of their edges again: of two programs that make the
//! same edge at the same time, one at least then sees the webhook of the other. The components of a layer have most of
//! their downstream stacks in common, so they leave that look to the last of them, which asks for each stack once.
//!
//! # What this may not do
//!
//! Ask the cloud, or let a component wait for another one.

use crate::graph::Edge;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

/// The looks that components owe.
#[derive(Debug, Default)]
pub struct Owed(Mutex<Looks>);

#[derive(Debug, Default)]
struct Looks {
    /// How many components are being made.
    n_under_way: usize,
    made: Vec<Made>,
}

/// What a component has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The component's URN.
    pub urn: String,
    /// The edges whose webhooks were made, without those that may not be spoken of.
    pub edges: BTreeSet<Edge>,
    /// The events of these webhooks; empty while they are not known.
    pub events: Vec<String>,
}

/// A component that is being made. It counts until it is settled or dropped.
#[derive(Debug)]
pub struct UnderWay<'a>(Option<&'a Owed>);

impl Owed {
    /// A component begins to be made.
    pub fn begin(&self) -> UnderWay<'_> {
        self.lock().n_under_way += 1;
        UnderWay(Some(self))
    }

    fn lock(&self) -> MutexGuard<'_, Looks> {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
    }
}

impl UnderWay<'_> {
    /// The component has made this. Returns what to look at now: all that is owed if no other component is being made;
    /// otherwise nothing, or this alone if it `must_look` itself.
    pub fn settle(mut self, made: Made, must_look: bool) -> Vec<Made> {
        let Some(owed) = self.0.take() else {
            return vec![made];
        };
        let mut looks = owed.lock();
        looks.n_under_way -= 1;
        let is_last = looks.n_under_way == 0;
        if must_look && !is_last {
            return vec![made];
        }
        if !made.edges.is_empty() {
            looks.made.push(made);
        }
        if is_last {
            std::mem::take(&mut looks.made)
        } else {
            Vec::new()
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(owed) = self.0.take() {
            owed.lock().n_under_way -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::StackRef;

    fn made(name: &str) -> Made {
        let stack = |name: &str| StackRef::new("acme", name, "dev").expect("it is a stack");
        Made {
            urn: name.to_owned(),
            edges: BTreeSet::from([Edge {
                upstream: stack(name),
                downstream: stack("below"),
            }]),
            events: Vec::new(),
        }
    }

    #[test]
    fn the_last_looks_for_all() {
        let owed = Owed::default();
        let [first, second, failing] = [owed.begin(), owed.begin(), owed.begin()];
        assert_eq!(first.settle(made("first"), false), []);
        drop(failing);
        assert_eq!(
            second.settle(made("second"), false),
            [made("first"), made("second")]
        );
        assert_eq!(owed.begin().settle(made("alone"), false), [made("alone")]);
    }

    #[test]
    fn what_must_look_itself_does_so_at_once() {
        let owed = Owed::default();
        let [first, second] = [owed.begin(), owed.begin()];
        assert_eq!(first.settle(made("first"), true), [made("first")]);
        assert_eq!(second.settle(made("second"), false), [made("second")]);
    }
}
