//! Whether the upstream stacks of a stack are at rest, and what holds it back if not.
//!
//! # What this may not do
//!
//! Ask any but the direct upstream stacks whether they are at rest. Stacks further up count only if they will make the
//! direct ones due.

use super::due;
use super::seen::Seen;
use crate::cascade::reason::Holding;
use crate::cloud::Operation;
use jiff::Timestamp;
use std::collections::VecDeque;

/// Which stacks will be updated, by themselves or because of the stacks above them.
#[derive(Debug)]
pub(super) struct Outlook {
    due: Vec<bool>,
    /// Whether an update of it is to be expected: it is due, an update of it is running or queued, or that holds for a
    /// stack above it whose update will make it due.
    pending: Vec<bool>,
    /// Whether it is behind without being due or pending, because it was already started for the newest versions.
    handled: Vec<bool>,
}

impl Outlook {
    pub(super) fn of(seen: &Seen<'_>) -> Outlook {
        let due: Vec<bool> = (0..seen.len())
            .map(|stack| due::is_due(seen, stack))
            .collect();
        let mut pending: Vec<bool> = (0..seen.len())
            .map(|stack| due[stack] || seen.is_updating(stack))
            .collect();
        let mut left: VecDeque<usize> = (0..seen.len()).filter(|&stack| pending[stack]).collect();
        while let Some(stack) = left.pop_front() {
            for &below in seen.downstream(stack) {
                if seen.is_live(below) && !pending[below] {
                    pending[below] = true;
                    left.push_back(below);
                }
            }
        }
        let handled = (0..seen.len()).map(|stack| {
            let mut upstream = seen.upstream(stack).iter();
            let is_open = seen.is_live(stack) && !pending[stack] && !seen.has_failed(stack);
            is_open && upstream.any(|&upstream| due::is_behind(seen, stack, upstream))
        });
        Outlook {
            handled: handled.collect(),
            due,
            pending,
        }
    }

    pub(super) fn is_handled(&self, stack: usize) -> bool {
        self.handled[stack]
    }

    pub(super) fn is_due(&self, stack: usize) -> bool {
        self.due[stack]
    }

    pub(super) fn is_pending(&self, stack: usize) -> bool {
        self.pending[stack]
    }
}

/// How `upstream` holds back `stack`, which depends on it; `None` if it is at rest. Failures that `upstream` inherits are
/// not considered.
pub(super) fn holding(
    seen: &Seen<'_>,
    outlook: &Outlook,
    stack: usize,
    upstream: usize,
) -> Option<Holding> {
    if seen.unreadable(upstream).is_some() {
        return Some(Holding::Unreadable);
    }
    let Some(history) = seen.history(upstream) else {
        return Some(Holding::Missing);
    };
    // A refresh, a preview or an import makes nothing due. Only a stack that is about to start has to wait for one to end.
    let counts = |operation: Operation| operation == Operation::Update || outlook.is_due(stack);
    if history
        .running()
        .is_some_and(|update| counts(update.operation))
    {
        Some(Holding::Running)
    } else if history.queued().is_some() {
        Some(Holding::Queued)
    } else if history.destroyed().is_some() {
        Some(Holding::Destroyed)
    } else if outlook.is_due(upstream) {
        Some(Holding::Due)
    } else if outlook.is_pending(upstream) {
        Some(Holding::Inherited)
    } else if seen.has_failed(upstream) {
        Some(Holding::Failed)
    } else if outlook.is_handled(upstream) && !outlook.is_due(stack) {
        Some(Holding::Handled)
    } else {
        None
    }
}

/// Since when a stack has been in a state that holds others back.
pub(super) fn since(seen: &Seen<'_>, stack: usize, state: Holding) -> Option<Timestamp> {
    let history = seen.history(stack)?;
    match state {
        Holding::Missing | Holding::Unreadable | Holding::Inherited | Holding::Handled => None,
        Holding::Destroyed => history.destroyed()?.ended,
        Holding::Running => history.running()?.began,
        Holding::Queued => Some(history.queued()?.created),
        Holding::Failed => {
            let attempt = history.ended_attempt()?;
            attempt.ended.or(Some(attempt.began))
        }
        Holding::Due => {
            let upstream = seen.upstream(stack).iter();
            let news = upstream.filter(|&&upstream| due::is_news(seen, stack, upstream));
            news.filter_map(|&upstream| seen.good(upstream)?.ended)
                .min()
        }
    }
}
