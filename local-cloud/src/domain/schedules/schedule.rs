//! What a schedule is.

use super::timing::Timing;
use crate::domain::deployments::{DeploymentSettings, Operation, UnknownOperation};
use jiff::Timestamp;
use std::str::FromStr;

/// A schedule of a stack.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) uid: String,
    pub(crate) timing: Timing,
    pub(crate) operation: ScheduledOperation,
    /// Whether its deployments use the settings of the stack.
    pub(crate) inherits: bool,
    /// Overrides of those settings.
    pub(crate) changes: DeploymentSettings,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// When it last started a deployment.
    pub(crate) last: Option<Timestamp>,
    /// When it starts the next one.
    pub(crate) next: Option<Timestamp>,
}

/// A schedule to create, or the changes of one.
#[derive(Clone, Debug)]
pub(crate) struct NewSchedule {
    pub(crate) timing: Timing,
    /// The deployments; `None` to leave them unchanged.
    pub(crate) request: Option<(ScheduledOperation, bool, DeploymentSettings)>,
}

/// The operation of a schedule's deployments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScheduledOperation {
    Operation(Operation),
    /// Drift detection, which a local cloud does not have. Such a schedule is stored, so that programs that declare one
    /// work, but starts no deployment.
    DetectDrift,
}

impl ScheduledOperation {
    const DETECT_DRIFT: &str = "detect-drift";

    /// Its name in the API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ScheduledOperation::Operation(operation) => operation.as_str(),
            ScheduledOperation::DetectDrift => ScheduledOperation::DETECT_DRIFT,
        }
    }
}

impl FromStr for ScheduledOperation {
    type Err = UnknownOperation;

    fn from_str(text: &str) -> Result<ScheduledOperation, UnknownOperation> {
        if text == ScheduledOperation::DETECT_DRIFT {
            return Ok(ScheduledOperation::DetectDrift);
        }
        text.parse().map(ScheduledOperation::Operation)
    }
}
