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
    /// Whether its deployments start from the settings of the stack.
    pub(crate) inherits: bool,
    /// What goes over those settings.
    pub(crate) changes: DeploymentSettings,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// When it last began a deployment.
    pub(crate) last: Option<Timestamp>,
    /// When it begins the next one.
    pub(crate) next: Option<Timestamp>,
}

/// What a schedule is to be.
#[derive(Clone, Debug)]
pub(crate) struct NewSchedule {
    pub(crate) timing: Timing,
    /// What it does; the same as before if that was not said.
    pub(crate) request: Option<(ScheduledOperation, bool, DeploymentSettings)>,
}

/// What the deployments of a schedule do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScheduledOperation {
    Operation(Operation),
    /// A look for drift. A local cloud has none: such a schedule is kept, so programs that declare one work, and begins
    /// no deployment.
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
