//! The decision: is a stack up to date, and may it start now?
//!
//! One function from a [`World`] to one [`Answer`] per stack. Read in this order: `seen` selects what counts for each
//! stack, `due` says whether an upstream update is news to it, `ready` whether its upstream stacks are at rest, `free`
//! whether it can be started, `inherit` what it inherits from above, and `stale` what users see as stale.
//!
//! # What this may not do
//!
//! Read a clock, or conclude anything from a question that was not asked.

mod answer;
mod due;
mod free;
mod inherit;
mod ready;
mod seen;
mod stale;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Upstream, Verdict};

use crate::cascade::observation::{Join, World};
use crate::cascade::reason::Reason;
use crate::domain::StackRef;
use inherit::Inherited;
use jiff::Timestamp;
use ready::Outlook;
use seen::Seen;
use std::collections::BTreeMap;

/// One answer for each stack of a graph.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    answers: BTreeMap<StackRef, Answer>,
    now: Option<Timestamp>,
}

impl Decision {
    /// Decides.
    pub fn of(world: &World) -> Decision {
        let seen = Seen::of(world);
        let outlook = Outlook::of(&seen);
        let own: Vec<Option<Reason>> = (0..seen.len())
            .map(|stack| own_reason(&seen, &outlook, stack))
            .collect();
        let inherited = Inherited::of(&seen, &outlook);
        let is_stale = stale::stale(&seen, &outlook);
        let answers = own.into_iter().enumerate().map(|(stack, own)| {
            let reason = own.or_else(|| inherited.reason(&seen, &outlook, stack));
            let answer = Answer {
                verdict: reason.map_or_else(|| verdict(&seen, &outlook, stack), Verdict::Not),
                is_stale: is_stale[stack],
                good: seen.good(stack).copied(),
                attempt: seen.attempt(stack),
                upstream: inherited.upstream(&seen, &outlook, stack),
            };
            (seen.name(stack).clone(), answer)
        });
        Decision {
            answers: answers.collect(),
            now: seen.now(),
        }
    }

    /// The answers, sorted by stack name.
    pub fn answers(&self) -> impl ExactSizeIterator<Item = (&StackRef, &Answer)> {
        self.answers.iter()
    }

    /// The answer for a stack; `None` if the stack is not in the graph.
    pub fn answer(&self, stack: &StackRef) -> Option<&Answer> {
        self.answers.get(stack)
    }

    /// The stacks to start, sorted by name.
    pub fn starts(&self) -> impl Iterator<Item = &StackRef> {
        let starts = self.answers.iter().filter(|(_, answer)| answer.starts());
        starts.map(|(stack, _)| stack)
    }

    /// The newest time observed. The decision has no other clock.
    pub fn now(&self) -> Option<Timestamp> {
        self.now
    }

    /// Whether a stack should start, but its join leaves that to a webhook for a while.
    pub fn is_left_to_webhook(&self, stack: &StackRef, join: &Join) -> bool {
        let answer = self.answers.get(stack).filter(|answer| answer.starts());
        match (answer, self.now, join.grace) {
            (Some(answer), Some(now), Some(grace)) => answer.is_fresh(now, grace, |_| true),
            _ => false,
        }
    }

    /// Limits the number of starts: the first by name start, the others wait for the next run of the program.
    #[must_use]
    pub fn at_most(mut self, max_starts: usize) -> Decision {
        let starts = self.answers.values_mut().filter(|answer| answer.starts());
        for surplus in starts.skip(max_starts) {
            surplus.verdict = Verdict::Not(Reason::HeldBack { max_starts });
        }
        self
    }
}

/// The reason that a stack has by itself; `None` if its verdict depends on the stacks above it.
fn own_reason(seen: &Seen<'_>, outlook: &Outlook, stack: usize) -> Option<Reason> {
    free::impossible(seen, stack)
        .or_else(|| free::busy(seen, outlook, stack))
        .or_else(|| free::held(seen, stack))
        .or_else(|| free::asleep(seen, stack))
        .or_else(|| free::failed(seen, outlook, stack))
        .or_else(|| outlook.is_handled(stack).then_some(Reason::Handled))
}

/// The verdict on a stack that nothing above holds back.
fn verdict(seen: &Seen<'_>, outlook: &Outlook, stack: usize) -> Verdict {
    if outlook.is_due(stack) {
        return free::hindrance(seen, stack).map_or(Verdict::Start, Verdict::Not);
    }
    let reason = if seen.upstream(stack).is_empty() {
        Reason::NoUpstream
    } else if due::is_unchanged(seen, stack) {
        Reason::Unchanged
    } else {
        Reason::UpToDate
    };
    Verdict::Not(reason)
}
