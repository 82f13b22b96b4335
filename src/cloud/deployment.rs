//! Deployments and updates: what runs, and what ran.
//!
//! # What this may not do
//!
//! Know how they are written in an answer.

use crate::domain::StackRef;
use jiff::Timestamp;
use std::fmt;

/// An update, or another operation, that the cloud runs itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Names it everywhere.
    pub id: String,
    /// Counts the deployments of its stack, from 1.
    pub version: i64,
    /// The stack.
    pub stack: StackRef,
    /// What it does.
    pub operation: Operation,
    /// How far it is.
    pub status: DeploymentStatus,
    /// What started it, such as `webhook` or `cli`; empty if the cloud does not tell.
    pub initiator: String,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it began to run; `None` while it waits.
    pub began: Option<Timestamp>,
    /// When it came to its end; `None` before that.
    pub ended: Option<Timestamp>,
    /// Whether a pause of its stack or organization keeps it in the queue.
    pub is_paused: bool,
    /// What its runs of the CLI did, previews among them. Only lists have them.
    pub updates: Vec<Update>,
}

impl Deployment {
    /// Whether a webhook started it.
    pub fn is_by_webhook(&self) -> bool {
        self.initiator == "webhook"
    }

    /// Whether it was cancelled before its turn: the cloud calls that failed, and it has no job that began. It never ran.
    pub fn is_cancelled_in_queue(&self) -> bool {
        self.status == DeploymentStatus::Failed && self.began.is_none()
    }

    /// Whether it left the queue without having run: skipped, or cancelled there.
    pub fn never_ran(&self) -> bool {
        self.status == DeploymentStatus::Skipped || self.is_cancelled_in_queue()
    }

    /// Its run of the CLI that changed the stack, or is changing it; `None` if it has not come to that.
    pub fn update(&self) -> Option<&Update> {
        let changes = |update: &&Update| update.operation != Operation::Preview;
        self.updates.iter().rev().find(changes)
    }
}

/// A page of a list of deployments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentPage {
    /// The deployments, newest first.
    pub deployments: Vec<Deployment>,
    /// Whether nothing comes after it.
    pub is_last: bool,
}

/// What a deployment or an update does with its stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Brings it up to date.
    Update,
    /// Tells what an update would do.
    Preview,
    /// Looks at what there is.
    Refresh,
    /// Removes everything.
    Destroy,
    /// Something else.
    Other,
}

impl Operation {
    /// What the cloud calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Update => "update",
            Operation::Preview => "preview",
            Operation::Refresh => "refresh",
            Operation::Destroy => "destroy",
            Operation::Other => "other",
        }
    }

    /// A word with a `P` in front is what the cloud calls the preview of an operation.
    pub(crate) fn from_word(word: &str) -> Operation {
        if word.starts_with('P') {
            return Operation::Preview;
        }
        [
            Operation::Update,
            Operation::Preview,
            Operation::Refresh,
            Operation::Destroy,
        ]
        .into_iter()
        .find(|operation| operation.as_str() == word)
        .unwrap_or(Operation::Other)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeploymentStatus {
    /// It waits for its turn.
    Queued,
    /// It runs.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended badly, or was cancelled.
    Failed,
    /// It never ran: a later one took its place, or its time was over.
    Skipped,
    /// The cloud has a word for it that this version does not know. It may go on.
    Unknown,
}

impl DeploymentStatus {
    /// Whether nothing more comes.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            DeploymentStatus::Succeeded | DeploymentStatus::Failed | DeploymentStatus::Skipped
        )
    }

    /// What people read.
    pub fn as_str(self) -> &'static str {
        match self {
            DeploymentStatus::Queued => "queued",
            DeploymentStatus::Running => "running",
            DeploymentStatus::Succeeded => "succeeded",
            DeploymentStatus::Failed => "failed",
            DeploymentStatus::Skipped => "skipped",
            DeploymentStatus::Unknown => "unknown",
        }
    }

    pub(crate) fn from_word(word: &str) -> DeploymentStatus {
        match word {
            "not-started" | "accepted" => DeploymentStatus::Queued,
            "succeeded" => DeploymentStatus::Succeeded,
            "failed" => DeploymentStatus::Failed,
            "skipped" => DeploymentStatus::Skipped,
            "running" => DeploymentStatus::Running,
            _ => DeploymentStatus::Unknown,
        }
    }
}

/// One run of the CLI that changed a stack, wherever it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// Counts the updates of its stack, from 1.
    pub version: i64,
    /// What it did.
    pub operation: Operation,
    /// How it went.
    pub result: UpdateResult,
    /// When it began, to the second.
    pub began: Option<Timestamp>,
    /// When it ended, to the second; `None` while it runs.
    pub ended: Option<Timestamp>,
}

/// How an update went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateResult {
    /// It runs, or is about to.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
}
