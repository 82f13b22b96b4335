//! Whether a stack itself can be started, whatever is above it.
//!
//! # What this may not do
//!
//! Look at another stack.

use super::ready::Outlook;
use super::seen::Seen;
use crate::cascade::reason::Reason;
use crate::cloud::Operation;

/// The reason if nothing is known about a stack.
pub(super) fn impossible(seen: &Seen<'_>, stack: usize) -> Option<Reason> {
    if let Some(why) = seen.unreadable(stack) {
        return Some(Reason::Unreadable {
            stack: seen.name(stack).clone(),
            why: why.to_owned(),
        });
    }
    seen.found(stack).is_none().then_some(Reason::Missing)
}

/// The reason if something is already happening to the stack. A queued deployment will see every change, so it is the
/// start. A running update sees only what was there when it began, so it does not count for newer changes.
pub(super) fn busy(seen: &Seen<'_>, outlook: &Outlook, stack: usize) -> Option<Reason> {
    let history = seen.history(stack)?;
    if let Some(queued) = history.queued() {
        return Some(Reason::Queued {
            deployment: queued.id.clone(),
            since: queued.created,
        });
    }
    let running = history.running()?;
    let counts = running.operation != Operation::Update || !outlook.is_due(stack);
    counts.then_some(Reason::Running {
        operation: running.operation,
        since: running.began,
    })
}

/// The reason if a pause holds the stack's first deployment ever: the stack is on its way, not "never deployed".
pub(super) fn held(seen: &Seen<'_>, stack: usize) -> Option<Reason> {
    let found = seen.found(stack)?;
    let is_first = seen.attempt(stack).is_none() && found.history.destroyed().is_none();
    (is_first && found.history.held().is_some())
        .then(|| Reason::Paused(found.pauses.unwrap_or_default()))
}

/// The reason if only a user may start the stack.
pub(super) fn asleep(seen: &Seen<'_>, stack: usize) -> Option<Reason> {
    let history = seen.history(stack)?;
    if let Some(destroyed) = history.destroyed() {
        return Some(Reason::Destroyed {
            ended: destroyed.ended,
        });
    }
    seen.attempt(stack)
        .is_none()
        .then_some(Reason::NeverDeployed)
}

/// The reason if its last attempt failed and nothing is newer or will be: another attempt would fail as well.
pub(super) fn failed(seen: &Seen<'_>, outlook: &Outlook, stack: usize) -> Option<Reason> {
    if outlook.is_pending(stack) || !seen.has_failed(stack) {
        return None;
    }
    let attempt = seen.history(stack)?.ended_attempt()?;
    Some(Reason::Failed {
        began: attempt.began,
        ended: attempt.ended,
    })
}

/// The reason if a stack is due and its upstream stacks are at rest, but it cannot be started.
pub(super) fn hindrance(seen: &Seen<'_>, stack: usize) -> Option<Reason> {
    let found = seen.found(stack)?;
    if found.has_settings == Some(false) {
        return Some(Reason::NoSettings);
    }
    let pauses = found.pauses.unwrap_or_default();
    let is_paused = pauses.stack || pauses.organization || found.history.held().is_some();
    is_paused.then_some(Reason::Paused(pauses))
}
