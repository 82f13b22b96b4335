//! What this process has changed on the cloud, so that older answers are not reused.
//!
//! # What this may not do
//!
//! Know what others change.

use crate::domain::{Scope, StackRef};
use std::collections::HashMap;
use std::sync::Mutex;

/// What a request changes on the cloud. [`super::call::Call::write`] asks for it, so no request that changes something can
/// leave it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// The webhooks of a scope.
    Webhooks(Scope),
    /// Everything about a stack.
    Stack(StackRef),
    /// Nothing that an answer is kept of.
    Nothing,
}

/// The subject of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// The webhooks of a stack.
    Webhooks,
    /// Everything else about the stack.
    Rest,
}

/// Counts the changes that this process made to each thing. An answer that was requested at another count may be outdated.
#[derive(Debug, Default)]
pub(super) struct Changes(Mutex<HashMap<(Scope, About), u64>>);

/// A change in progress.
#[derive(Debug)]
pub(super) struct Change<'a> {
    changes: &'a Changes,
    touched: &'a Touched,
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.changes.count(self.touched);
    }
}

impl Changes {
    /// Counts a change when the returned guard is dropped: when the request is over, whatever its result.
    pub(super) fn counted_at_the_end<'a>(&'a self, touched: &'a Touched) -> Change<'a> {
        Change {
            changes: self,
            touched,
        }
    }

    /// The number of changes so far.
    pub(super) fn n(&self, stack: &StackRef, about: About) -> u64 {
        let counts = self
            .0
            .lock()
            .expect("nobody panics while holding this lock");
        let key = (Scope::from(stack), about);
        counts.get(&key).copied().unwrap_or_default()
    }

    fn count(&self, touched: &Touched) {
        let (scope, about): (Scope, &[About]) = match touched {
            Touched::Webhooks(scope) => (scope.clone(), &[About::Webhooks]),
            Touched::Stack(stack) => (Scope::from(stack), &[About::Webhooks, About::Rest]),
            Touched::Nothing => return,
        };
        let mut counts = self
            .0
            .lock()
            .expect("nobody panics while holding this lock");
        for about in about {
            *counts.entry((scope.clone(), *about)).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_when_it_is_over_and_for_what_it_is_about() {
        let (changes, stack) = (Changes::default(), StackRef::new("acme", "p", "a").unwrap());
        let n = || [About::Webhooks, About::Rest].map(|about| changes.n(&stack, about));
        let touched = Touched::Webhooks(Scope::from(&stack));
        let change = changes.counted_at_the_end(&touched);
        assert_eq!(n(), [0, 0], "until then, an answer may be from before");
        drop(change);
        assert_eq!(n(), [1, 0]);
        drop(changes.counted_at_the_end(&Touched::Stack(stack.clone())));
        assert_eq!(n(), [2, 1]);
        drop(changes.counted_at_the_end(&Touched::Nothing));
        assert_eq!(n(), [2, 1]);
        let other = StackRef::new("acme", "p", "b").unwrap();
        assert_eq!(changes.n(&other, About::Webhooks), 0);
    }
}
