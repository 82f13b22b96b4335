//! How every command describes the state of a stack.
//!
//! # What this may not do
//!
//! Decide: the words are those of the library's decision.

use crate::output::Cell;
use crate::output::style::Tone;
use auto_deploy::cascade::{Answer, Decision, Reason, State, Verdict};
use auto_deploy::domain::StackRef;

/// A stack's state in a word or two.
pub(crate) fn state(answer: &Answer) -> Cell {
    let tone = match &answer.verdict {
        Verdict::Start => Tone::Odd,
        Verdict::Not(reason) => tone_of(reason),
    };
    Cell::new(tone, answer.as_str())
}

fn tone_of(reason: &Reason) -> Tone {
    match reason {
        Reason::UpToDate | Reason::Unchanged | Reason::NoUpstream => Tone::Good,
        Reason::Queued { .. } | Reason::Running { .. } => Tone::Busy,
        Reason::Failed { .. } | Reason::Missing | Reason::Unreadable { .. } => Tone::Bad,
        Reason::Blocked(_) | Reason::Paused(_) | Reason::NoSettings | Reason::Handled => Tone::Odd,
        Reason::Waiting(_)
        | Reason::Destroyed { .. }
        | Reason::NeverDeployed
        | Reason::HeldBack { .. } => Tone::Quiet,
    }
}

/// The tone of a stack of a cascade.
pub(crate) fn tone_of_row(state: &State) -> Tone {
    match state {
        State::Succeeded | State::UpToDate | State::Unchanged => Tone::Good,
        State::Running | State::Queued => Tone::Busy,
        State::Failed => Tone::Bad,
        State::Blocked(_)
        | State::NotStarted(_)
        | State::MetLock(_)
        | State::NotJoined(_)
        | State::NotSent(_)
        | State::NoWebhook(_)
        | State::Paused(_) => Tone::Odd,
        State::Waiting(_) | State::Awaited(_) | State::Joining(_) => Tone::Quiet,
        State::Other(reason) => tone_of(reason),
    }
}

/// The stacks where the holds on a stack originate, without duplicates, sorted by name.
pub(crate) fn roots<'a>(decision: &'a Decision, answer: &'a Answer) -> Vec<&'a StackRef> {
    let holds = answer.reason().map(Reason::holds).unwrap_or_default();
    let mut roots: Vec<&StackRef> = holds.iter().map(|hold| &hold.root.stack).collect();
    roots.sort_unstable();
    roots.dedup();
    roots.retain(|root| decision.answer(root).is_some());
    roots
}
