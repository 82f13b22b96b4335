//! Errors about schedules.

use crate::domain::deployments::DeploymentError;
use crate::domain::stacks::StackPath;
use crate::parts::Refusal;

/// Why an operation on a schedule failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScheduleError {
    #[error("stack `{stack}` has no schedule `{given}`")]
    NoSchedule { stack: StackPath, given: String },
    #[error("`scheduleCron`: `{given}` {problem}")]
    Cron { given: String, problem: String },
    #[error("`{name}`: `{given}` is not a time, such as `2026-12-31T23:59:00Z`")]
    Time { name: &'static str, given: String },
    #[error("`{name}`: `{given}` is over already")]
    Over { name: &'static str, given: String },
    #[error("one of `scheduleCron` and `scheduleOnce` is required, and not both")]
    NotOne,
    #[error("`{0}` is required")]
    Missing(&'static str),
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
}

impl ScheduleError {
    /// The kind of answer for this error.
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            ScheduleError::NoSchedule { .. } => Refusal::NotFound,
            ScheduleError::Cron { .. }
            | ScheduleError::Time { .. }
            | ScheduleError::Over { .. }
            | ScheduleError::NotOne
            | ScheduleError::Missing(_) => Refusal::Invalid,
            ScheduleError::Deployment(error) => error.refusal(),
        }
    }
}
