//! Background work: delivering events to webhooks, running deployments, starting those of schedules, ending updates whose
//! clients are gone.

pub(crate) mod executors;
pub(crate) mod runner;
pub(crate) mod scheduler;
pub(crate) mod sweep;
pub(crate) mod teller;
