//! Deployments that begin at a time, once or again and again.
//!
//! # What this may not do
//!
//! Know the calendar: whether a time comes is the cloud's to say.

use super::deployment::Operation;
use jiff::Timestamp;

/// When a schedule starts deployments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Again and again: five fields, in UTC.
    Cron(String),
    /// Once.
    Once(Timestamp),
}

/// What a schedule is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleSpec {
    /// When it starts deployments.
    pub timing: Timing,
    /// What they do, with the settings that their stack has.
    pub operation: Operation,
}

/// A schedule as the cloud has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its id among those of its stack.
    pub id: String,
    /// When it starts deployments; `None` if the cloud says so in a form that is not known here.
    pub timing: Option<Timing>,
    /// What they do.
    pub operation: Operation,
}

impl Schedule {
    /// Whether it does what is wanted.
    pub fn is(&self, spec: &ScheduleSpec) -> bool {
        self.timing.as_ref() == Some(&spec.timing) && self.operation == spec.operation
    }
}
