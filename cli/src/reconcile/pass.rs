//! The result of one look: which stacks are started, which are left to their webhooks, and why the others are not
//! started.
//!
//! # What this may not do
//!
//! Make a request, or decide which stack may start: the library has decided.

use crate::look::Look;
use auto_deploy::cascade::{Answer, Reason, Upstream, Verdict, words};
use auto_deploy::domain::StackRef;
use auto_deploy::graph::Edge;
use auto_deploy::survey::Standing;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// The limits of a look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How long to wait for webhooks that should start a stack.
    pub(crate) grace: SignedDuration,
    /// How many stacks one look may start.
    pub(crate) max_starts: usize,
}

/// What happens to a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// It is started.
    Start,
    /// It may start, and a webhook still has time to start it.
    LeftToWebhook,
    /// It may start, and its join still has time to start it.
    LeftToJoin,
    /// It may start, but others are started first.
    HeldBack,
    /// It, or a stack above it, is running or queued.
    Waits,
    /// It does not start until someone intervenes.
    Stuck,
}

impl Move {
    /// The word for it, for users and programs.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Move::Start => "start",
            Move::LeftToWebhook => "left to its webhook",
            Move::LeftToJoin => "left to its join",
            Move::HeldBack => "held back",
            Move::Waits => "waiting",
            Move::Stuck => "stuck",
        }
    }
}

/// A stack that needs something.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) stack: &'a StackRef,
    pub(crate) answer: &'a Answer,
    pub(crate) next: Move,
}

impl Row<'_> {
    /// The reason: a clause in lower case.
    pub(crate) fn because(&self) -> String {
        words::because(self.answer)
    }
}

/// The stacks that are not up to date, or are running or queued, sorted by name.
pub(crate) fn rows<'a>(
    look: &Look,
    standing: &'a Standing,
    now: Timestamp,
    limits: Limits,
) -> Vec<Row<'a>> {
    let starting = look.starting();
    let joined: BTreeSet<Edge> = look.joined.keys().cloned().collect();
    let now = standing.decision.now().map_or(now, |seen| seen.max(now));
    let mut n_starts = 0;
    let mut rows = Vec::new();
    for (stack, answer) in standing.decision.answers() {
        let next = match &answer.verdict {
            Verdict::Start if is_fresh(&starting, stack, answer, now, limits.grace) => {
                Move::LeftToWebhook
            }
            Verdict::Start if is_fresh(&joined, stack, answer, now, limits.grace) => {
                Move::LeftToJoin
            }
            Verdict::Start if n_starts == limits.max_starts => Move::HeldBack,
            Verdict::Start => {
                n_starts += 1;
                Move::Start
            }
            Verdict::Not(reason) => match reason {
                Reason::UpToDate
                | Reason::Unchanged
                | Reason::NoUpstream
                | Reason::Destroyed { .. }
                | Reason::NeverDeployed => continue,
                Reason::Waiting(_) | Reason::Queued { .. } | Reason::Running { .. } => Move::Waits,
                Reason::HeldBack { .. } => Move::HeldBack,
                Reason::Blocked(_)
                | Reason::Failed { .. }
                | Reason::Handled
                | Reason::Paused(_)
                | Reason::NoSettings
                | Reason::Missing
                | Reason::Unreadable { .. } => Move::Stuck,
            },
        };
        rows.push(Row {
            stack,
            answer,
            next,
        });
    }
    rows
}

/// Whether an edge that starts a stack received an event so recently that the start may still follow.
fn is_fresh(
    starting: &BTreeSet<Edge>,
    stack: &StackRef,
    answer: &Answer,
    now: Timestamp,
    grace: SignedDuration,
) -> bool {
    let has_webhook = |news: &Upstream| {
        starting.contains(&Edge {
            upstream: news.stack.clone(),
            downstream: stack.clone(),
        })
    };
    answer.is_fresh(now, grace, has_webhook)
}
