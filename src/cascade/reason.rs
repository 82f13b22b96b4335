//! Why a stack must not start.
//!
//! # What this may not do
//!
//! Use one word both for what satisfies the stacks below and for what blocks them.

use crate::cloud::{Operation, Pauses};
use crate::domain::StackRef;
use jiff::Timestamp;

/// Why a stack must not start: exactly one of a closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has seen the newest update of each of its upstream stacks.
    UpToDate,
    /// Upstream stacks were updated, but no output that it holds changed. The stacks below it are satisfied.
    Unchanged,
    /// It has no upstream stacks.
    NoUpstream,
    /// Upstream stacks are not at rest yet.
    Waiting(Vec<Hold>),
    /// Upstream stacks failed or are missing, so nothing will start it.
    Blocked(Vec<Hold>),
    /// A deployment that will update it is queued, or has not begun its update.
    Queued {
        /// The deployment.
        deployment: String,
        /// When it was created.
        since: Timestamp,
    },
    /// An operation is changing it now.
    Running {
        /// The operation.
        operation: Operation,
        /// When it began; `None` if the cloud does not say.
        since: Option<Timestamp>,
    },
    /// Its last attempt failed and nothing upstream is newer, so another attempt would fail as well.
    Failed {
        /// When the attempt began.
        began: Timestamp,
        /// When it failed.
        ended: Option<Timestamp>,
    },
    /// It is behind, but was already started for the newest versions, or its join was created after them. Only a newer
    /// version starts it.
    Handled,
    /// It was destroyed. Only an update by a user brings it back.
    Destroyed {
        /// When it was destroyed.
        ended: Option<Timestamp>,
    },
    /// It was never updated.
    NeverDeployed,
    /// Its deployments are paused until someone resumes them; with the pause, if that was asked.
    Paused(Pauses),
    /// It has no deployment settings.
    NoSettings,
    /// It does not exist, or this token may not see it.
    Missing,
    /// The cloud did not say enough about it or about a stack that it depends on.
    Unreadable {
        /// The stack that could not be read.
        stack: StackRef,
        /// The cause.
        why: String,
    },
    /// Too many other stacks start at once, so this one waits for the next run of the program.
    HeldBack {
        /// How many may start at once.
        max_starts: usize,
    },
}

/// An upstream stack that holds back those that depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The upstream stack.
    pub stack: StackRef,
    /// The state that holds them back.
    pub state: Holding,
    /// Since when, if known.
    pub since: Option<Timestamp>,
    /// Where the hold originates.
    pub root: Root,
}

/// The origin of a hold: the first stack on the way up that is not itself held back by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The stack.
    pub stack: StackRef,
    /// The state by which it holds others back.
    pub state: Holding,
    /// Since when, if known.
    pub since: Option<Timestamp>,
}

/// The state by which a stack holds back those that depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holding {
    /// It does not exist, or this token may not see it.
    Missing,
    /// It was destroyed.
    Destroyed,
    /// An operation is changing it now.
    Running,
    /// A deployment will update it.
    Queued,
    /// It is due itself.
    Due,
    /// Its last attempt failed.
    Failed,
    /// It is behind, and was already started for the newest versions.
    Handled,
    /// The cloud did not say enough about it.
    Unreadable,
    /// It is not due, but a stack above it is not healthy.
    Inherited,
}

/// The effect on the stacks that depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Effect {
    /// They do not start until someone intervenes.
    Blocks,
    /// It is unknown whether they may start.
    Hides,
    /// They wait, and no one has to intervene.
    Delays,
}

impl Holding {
    /// The word for it, for users and programs.
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
    /// A word or two for users and programs, without names and times.
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

    /// The upstream stacks that hold it back, if that is the reason.
    pub fn holds(&self) -> &[Hold] {
        match self {
            Reason::Waiting(holds) | Reason::Blocked(holds) => holds,
            _ => &[],
        }
    }
}
