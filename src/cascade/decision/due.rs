//! Whether an upstream stack has an update that a stack has not seen.
//!
//! # What this may not do
//!
//! Compare with the time at which an update ended where the time at which it began to read counts.

use super::seen::Seen;
use crate::cascade::history::is_held;
use crate::cascade::observation::Outputs;
use jiff::Timestamp;
use std::cmp::Ordering;

/// Whether a stack was attempted before and an upstream stack has news for it. A destroyed stack is never due.
pub(super) fn is_due(seen: &Seen<'_>, stack: usize) -> bool {
    seen.upstream(stack)
        .iter()
        .any(|&upstream| is_news(seen, stack, upstream))
}

/// Whether the newest success of an upstream stack makes a stack due: it ended after the stack's last attempt began, and
/// the stack was not already started for that version.
pub(super) fn is_news(seen: &Seen<'_>, stack: usize, upstream: usize) -> bool {
    seen.is_live(stack)
        && !has_same_outputs(seen, stack, upstream)
        && is_newer_than_attempt(seen, stack, upstream)
}

/// Whether upstream stacks were updated without changing any output that the stack holds.
pub(super) fn is_unchanged(seen: &Seen<'_>, stack: usize) -> bool {
    seen.upstream(stack).iter().any(|&upstream| {
        has_same_outputs(seen, stack, upstream) && is_newer_than_attempt(seen, stack, upstream)
    })
}

/// Whether an upstream stack succeeded after the last success of a stack began. This is what users see as stale.
pub(super) fn is_behind(seen: &Seen<'_>, stack: usize, upstream: usize) -> bool {
    if has_same_outputs(seen, stack, upstream) {
        return false;
    }
    let Some(ended) = seen.good(upstream).and_then(|good| good.ended) else {
        return false;
    };
    let began = seen.good(stack).and_then(|good| good.began);
    began.is_none_or(|began| ended > began)
}

fn is_newer_than_attempt(seen: &Seen<'_>, stack: usize, upstream: usize) -> bool {
    let (Some(ended), Some(attempt)) = (
        seen.good(upstream).and_then(|good| good.ended),
        seen.attempt(stack),
    ) else {
        return false;
    };
    let is_handled = is_handled(seen, stack, upstream);
    match compare(ended, attempt.began) {
        Ordering::Greater => is_handled != Some(true),
        // The cloud reports whole seconds: within one second, only what the join remembers can decide.
        Ordering::Equal => is_handled == Some(false),
        Ordering::Less => false,
    }
}

fn compare(ended: Timestamp, began: Timestamp) -> Ordering {
    ended.as_second().cmp(&began.as_second())
}

/// Whether a stack was started for the newest success of an upstream stack; `None` if nothing is remembered. A start that
/// was skipped, cancelled or is held by a pause has handled nothing: the stack is still due, or paused.
fn is_handled(seen: &Seen<'_>, stack: usize, upstream: usize) -> Option<bool> {
    let join = seen.join(stack)?;
    let handled = join.handled.get(seen.name(upstream))?;
    let history = seen.history(stack)?;
    let started = join.deployment.as_ref().and_then(|id| {
        let mut deployments = history.deployments().iter();
        deployments.find(|deployment| deployment.id == *id)
    });
    let is_void = started
        .is_some_and(|deployment| history.came_to_nothing(deployment) || is_held(deployment));
    let version = seen.version(upstream)?;
    Some(!is_void && handled.is(&version))
}

/// How the outputs of an upstream stack compare with those that a stack holds; `None` if they do not count or were not
/// compared.
pub(super) fn outputs(seen: &Seen<'_>, stack: usize, upstream: usize) -> Option<Outputs> {
    let join = seen.join(stack).filter(|join| join.compares_outputs)?;
    join.outputs.get(seen.name(upstream)).copied()
}

fn has_same_outputs(seen: &Seen<'_>, stack: usize, upstream: usize) -> bool {
    outputs(seen, stack, upstream) == Some(Outputs::Same)
}
