//! Why a stack is not to be started.
//!
//! # What this may not do
//!
//! Use one word for what satisfies the stacks below and for what blocks them.

use crate::cloud::{Operation, Pauses};
use crate::domain::StackRef;
use jiff::Timestamp;

/// Why a stack is not to be started: exactly one of a closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has seen the newest update of each of its upstream stacks.
    UpToDate,
    /// Upstream stacks were updated, but no output that it holds is different now. What is below it is satisfied.
    Unchanged,
    /// Nothing is upstream of it.
    NoUpstream,
    /// Upstream stacks are not at rest.
    Waiting(Vec<Hold>),
    /// Upstream stacks are such that nothing would start it: they failed, or are not there.
    Blocked(Vec<Hold>),
    /// A deployment that will update it waits for its turn, or has not come to its update.
    Queued {
        /// The deployment.
        deployment: String,
        /// When it was asked for.
        since: Timestamp,
    },
    /// An operation changes it now.
    Running {
        /// Which.
        operation: Operation,
        /// When it began; `None` if the cloud does not say.
        since: Option<Timestamp>,
    },
    /// Its last attempt failed, and nothing upstream is newer: another one would be the same.
    Failed {
        /// When the attempt began.
        began: Timestamp,
        /// When it failed.
        ended: Option<Timestamp>,
    },
    /// It is behind, but was started for the newest versions, or its join began with them: only a newer one starts it.
    Handled,
    /// It was destroyed, and is never revived by anything but an update that a person makes.
    Destroyed {
        /// When.
        ended: Option<Timestamp>,
    },
    /// Nobody has tried to update it yet.
    NeverDeployed,
    /// Deployments of it wait until someone resumes them: which pause it is, as far as it was asked.
    Paused(Pauses),
    /// It has no deployment settings.
    NoSettings,
    /// It does not exist, or this token may not see it.
    Missing,
    /// The cloud did not say enough about it, or about a stack that it depends on.
    Unreadable {
        /// The stack that could not be read.
        stack: StackRef,
        /// Why.
        why: String,
    },
    /// So many others are started at once that this one has to wait for the next look.
    HeldBack {
        /// How many may be started.
        max_starts: usize,
    },
}

/// That an upstream stack holds back those that depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The upstream stack.
    pub stack: StackRef,
    /// By what.
    pub state: Holding,
    /// Since when, if that is known.
    pub since: Option<Timestamp>,
    /// Where it comes from.
    pub root: Root,
}

/// Where it comes from that stacks are held back: the first stack on the way up that is not held back itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The stack.
    pub stack: StackRef,
    /// By what it holds back those that depend on it.
    pub state: Holding,
    /// Since when, if that is known.
    pub since: Option<Timestamp>,
}

/// By what a stack holds back those that depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holding {
    /// It does not exist, or this token may not see it.
    Missing,
    /// It was destroyed.
    Destroyed,
    /// An operation changes it now.
    Running,
    /// A deployment will update it.
    Queued,
    /// It is due itself.
    Due,
    /// Its last attempt failed.
    Failed,
    /// It is behind, and nothing starts it for the newest versions again.
    Handled,
    /// The cloud did not say enough about it.
    Unreadable,
    /// It is not due, but a stack above it is not healthy.
    Inherited,
}

/// What follows for those that depend on a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Effect {
    /// Nothing starts them until someone steps in.
    Blocks,
    /// Nobody can say.
    Hides,
    /// They wait for what comes by itself.
    Delays,
}

impl Holding {
    /// What people and programs read.
    pub fn as_str(self) -> &'static str {
        match self {
            Holding::Missing => "missing",
            Holding::Destroyed => "destroyed",
            Holding::Running => "running",
            Holding::Queued => "queued",
            Holding::Due => "due",
            Holding::Failed => "failed",
            Holding::Handled => "handled",
            Holding::Unreadable => "not readable",
            Holding::Inherited => "held back",
        }
    }
}

impl Reason {
    /// What people and programs read: one word or two, without names and times.
    pub fn as_str(&self) -> &'static str {
        match self {
            Reason::UpToDate => "up to date",
            Reason::Unchanged => "unchanged",
            Reason::NoUpstream => "no upstream stack",
            Reason::Waiting(_) => "waiting",
            Reason::Blocked(_) => "blocked",
            Reason::Queued { .. } => "queued",
            Reason::Running { .. } => "running",
            Reason::Failed { .. } => "failed",
            Reason::Handled => "handled",
            Reason::Destroyed { .. } => "destroyed",
            Reason::NeverDeployed => "never deployed",
            Reason::Paused(_) => "paused",
            Reason::NoSettings => "no settings",
            Reason::Missing => "missing",
            Reason::Unreadable { .. } => "not readable",
            Reason::HeldBack { .. } => "held back",
        }
    }

    /// What holds it back upstream, if that is the reason.
    pub fn holds(&self) -> &[Hold] {
        match self {
            Reason::Waiting(holds) | Reason::Blocked(holds) => holds,
            _ => &[],
        }
    }
}
