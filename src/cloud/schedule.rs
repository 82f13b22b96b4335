//! Deployments that start at a given time, once or repeatedly.
//!
//! # What this may not do
//!
//! Know the calendar: the cloud decides whether a time is valid.

use super::deployment::Operation;
use jiff::Timestamp;

/// When a schedule starts deployments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Repeatedly: a cron expression with five fields, in UTC.
    Cron(String),
    /// Once, at this time.
    Once(Timestamp),
}

/// What a schedule should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleSpec {
    /// When it starts deployments.
    pub timing: Timing,
    /// The operation of the deployments, which use the settings of their stack.
    pub operation: Operation,
}

/// A schedule on the cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its ID, unique within its stack.
    pub id: String,
    /// When it starts deployments; `None` if the cloud says so in an unknown form.
    pub timing: Option<Timing>,
    /// The operation of the deployments.
    pub operation: Operation,
}

impl Schedule {
    /// Whether it already is what `spec` asks for.
    pub fn is(&self, spec: &ScheduleSpec) -> bool {
        self.timing.as_ref() == Some(&spec.timing) && self.operation == spec.operation
    }
}
