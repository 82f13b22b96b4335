//! Schedules: deployments that start at a given time, once or repeatedly.
//!
//! A schedule is one of three kinds, which differ only in their requests: any operation, the destruction of a stack whose
//! time is over, and drift detection. The last one is stored and never runs: see [`ScheduledOperation::DetectDrift`].

mod error;
mod schedule;
mod timing;

pub(crate) use error::ScheduleError;
pub(crate) use schedule::{NewSchedule, Schedule, ScheduledOperation};
pub(crate) use timing::{Cron, Timing};
