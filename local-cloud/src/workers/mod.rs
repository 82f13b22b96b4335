//! What goes on without a request: telling webhooks what happened, running deployments, beginning those of schedules, ending
//! updates whose clients are gone.

pub(crate) mod executors;
pub(crate) mod runner;
pub(crate) mod scheduler;
pub(crate) mod sweep;
pub(crate) mod teller;
