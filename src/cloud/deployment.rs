//! Deployments and updates.
//!
//! # What this may not do
//!
//! Know how an answer represents them.

use crate::domain::StackRef;
use jiff::Timestamp;
use std::fmt;

/// An update, or another operation, that the cloud runs itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Its ID.
    pub id: String,
    /// Its number among the deployments of its stack, from 1.
    pub version: i64,
    /// The stack.
    pub stack: StackRef,
    /// Its operation.
    pub operation: Operation,
    /// Its status.
    pub status: DeploymentStatus,
    /// What started it, such as `webhook` or `cli`; empty if the cloud does not say.
    pub initiator: String,
    /// When it was created.
    pub created: Timestamp,
    /// When it began to run; `None` while it is queued.
    pub began: Option<Timestamp>,
    /// When it ended; `None` before that.
    pub ended: Option<Timestamp>,
    /// Whether a pause of its stack or organization holds it in the queue.
    pub is_paused: bool,
    /// Its runs of the CLI, previews included. Only lists of deployments have them.
    pub updates: Vec<Update>,
}

impl Deployment {
    /// Whether a webhook started it.
    pub fn is_by_webhook(&self) -> bool {
        self.initiator == "webhook"
    }

    /// Whether it was cancelled in the queue: its status is "failed", and none of its jobs began. It never ran.
    pub fn is_cancelled_in_queue(&self) -> bool {
        self.status == DeploymentStatus::Failed && self.began.is_none()
    }

    /// Whether it left the queue without running: it was skipped or cancelled.
    pub fn never_ran(&self) -> bool {
        self.status == DeploymentStatus::Skipped || self.is_cancelled_in_queue()
    }

    /// Its run of the CLI that changed the stack or is changing it; `None` before that.
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
    /// Whether no page follows.
    pub is_last: bool,
}

/// The operation of a deployment or an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Brings the stack up to date.
    Update,
    /// Shows what an update would do.
    Preview,
    /// Reads the real state of the resources.
    Refresh,
    /// Deletes all resources.
    Destroy,
    /// Any other operation.
    Other,
}

impl Operation {
    /// The cloud's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Update => "update",
            Operation::Preview => "preview",
            Operation::Refresh => "refresh",
            Operation::Destroy => "destroy",
            Operation::Other => "other",
        }
    }

    /// The cloud puts a `P` in front of the word for the preview of an operation.
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

/// The status of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeploymentStatus {
    /// It is queued.
    Queued,
    /// It runs.
    Running,
    /// It succeeded.
    Succeeded,
    /// It failed or was cancelled.
    Failed,
    /// It never ran, because a later one took its place or it was in the queue for too long.
    Skipped,
    /// The cloud's word is unknown to this version. The deployment may still be running.
    Unknown,
}

impl DeploymentStatus {
    /// Whether the status will not change any more.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            DeploymentStatus::Succeeded | DeploymentStatus::Failed | DeploymentStatus::Skipped
        )
    }

    /// The word for users.
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

/// A run of the CLI that changed a stack, on the cloud or elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// Its number among the updates of its stack, from 1.
    pub version: i64,
    /// Its operation.
    pub operation: Operation,
    /// Its result.
    pub result: UpdateResult,
    /// When it began, to the second.
    pub began: Option<Timestamp>,
    /// When it ended, to the second; `None` while it runs.
    pub ended: Option<Timestamp>,
}

/// The result of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateResult {
    /// It is running or about to begin.
    Running,
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
}
