//! The final check on the cloud after webhooks were created, once for all components that are created at the same time.
//!
//! A component whose webhooks were created lists the webhooks of its stacks again: if two programs create the same edge at
//! the same time, at least one of them then sees the webhook of the other. The components of a layer share most of their
//! downstream stacks, so they leave this to the last of them, which asks about each stack once.
//!
//! # What this may not do
//!
//! Make a request, or let a component wait for another one.

use crate::graph::Edge;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

/// The final checks that components have yet to make.
#[derive(Debug, Default)]
pub struct Owed(Mutex<Looks>);

#[derive(Debug, Default)]
struct Looks {
    /// The number of components under construction.
    n_under_way: usize,
    made: Vec<Made>,
}

/// What a component has created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The component's URN.
    pub urn: String,
    /// The edges whose webhooks were created, without secret ones.
    pub edges: BTreeSet<Edge>,
    /// The events of these webhooks; empty while unknown.
    pub events: Vec<String>,
}

/// A component under construction. It counts until it is settled or dropped.
#[derive(Debug)]
pub struct UnderWay<'a>(Option<&'a Owed>);

impl Owed {
    /// Begins the construction of a component.
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
    /// Ends the construction of a component that created `made`. Returns what to check now: everything that is owed if no
    /// other component is under construction; otherwise only `made` if it `must_look` itself, or else nothing.
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
