//! Schedules: deployments that begin at a time, once or again and again.
//!
//! A schedule is one of three kinds, which differ in how they are asked for alone: an operation of the client's choice, the
//! destruction of a stack whose time is over, and a look for drift. The last one is kept and never runs: see
//! [`ScheduledOperation::DetectDrift`].

mod error;
mod schedule;
mod timing;

pub(crate) use error::ScheduleError;
pub(crate) use schedule::{NewSchedule, Schedule, ScheduledOperation};
pub(crate) use timing::{Cron, Timing};
