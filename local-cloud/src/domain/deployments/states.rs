//! The operation and the status of a deployment.

use crate::domain::words::{self, UnknownWord};
use std::str::FromStr;

/// The operation of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Update,
    Preview,
    Refresh,
    Destroy,
}

/// An operation that the cloud does not support, such as drift detection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a local cloud has no operation `{0}`: it has `update`, `preview`, `refresh` and `destroy`"
)]
pub(crate) struct UnknownOperation(String);

impl Operation {
    const ALL: [Operation; 4] = [
        Operation::Update,
        Operation::Preview,
        Operation::Refresh,
        Operation::Destroy,
    ];

    /// Its name in the API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Operation::Update => "update",
            Operation::Preview => "preview",
            Operation::Refresh => "refresh",
            Operation::Destroy => "destroy",
        }
    }
}

impl FromStr for Operation {
    type Err = UnknownOperation;

    fn from_str(text: &str) -> Result<Operation, UnknownOperation> {
        let found = words::find(&Operation::ALL, Operation::as_str, "operation", text);
        found.map_err(|_| UnknownOperation(text.to_owned()))
    }
}

/// The status of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeploymentStatus {
    /// It is queued.
    NotStarted,
    /// It is about to run.
    Accepted,
    Running,
    /// It ran and failed, or was cancelled. One that was cancelled in the queue never ran.
    Failed,
    Succeeded,
    /// It left the queue without running: a later one replaced it, or it waited too long.
    Skipped,
}

impl DeploymentStatus {
    pub(crate) const ALL: [DeploymentStatus; 6] = [
        DeploymentStatus::NotStarted,
        DeploymentStatus::Accepted,
        DeploymentStatus::Running,
        DeploymentStatus::Failed,
        DeploymentStatus::Succeeded,
        DeploymentStatus::Skipped,
    ];

    /// Whether its status can no longer change.
    pub(crate) fn has_ended(self) -> bool {
        matches!(
            self,
            DeploymentStatus::Failed | DeploymentStatus::Succeeded | DeploymentStatus::Skipped
        )
    }

    /// The word in payloads of webhooks, which is the same for both kinds of waiting.
    pub(crate) fn in_payloads(self) -> &'static str {
        match self {
            DeploymentStatus::NotStarted | DeploymentStatus::Accepted => "queued",
            _ => self.as_str(),
        }
    }

    /// Its name in the API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            DeploymentStatus::NotStarted => "not-started",
            DeploymentStatus::Accepted => "accepted",
            DeploymentStatus::Running => "running",
            DeploymentStatus::Failed => "failed",
            DeploymentStatus::Succeeded => "succeeded",
            DeploymentStatus::Skipped => "skipped",
        }
    }
}

impl FromStr for DeploymentStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<DeploymentStatus, UnknownWord> {
        words::find(
            &DeploymentStatus::ALL,
            DeploymentStatus::as_str,
            "status of a deployment",
            text,
        )
    }
}

/// The result of a step of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepStatus {
    Failed,
    Succeeded,
}

impl StepStatus {
    /// Its name in the API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            StepStatus::Failed => "failed",
            StepStatus::Succeeded => "succeeded",
        }
    }
}

impl From<bool> for StepStatus {
    fn from(is_success: bool) -> StepStatus {
        if is_success {
            StepStatus::Succeeded
        } else {
            StepStatus::Failed
        }
    }
}
