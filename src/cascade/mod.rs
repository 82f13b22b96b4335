//! What happened to the stacks of a graph, and what is to happen: who is behind, which runs belong together, and in
//! which order to start what.
//!
//! Read in this order: [`Runs`] is what is known of each stack's runs; [`Staleness`] says who is behind its upstream
//! stacks, [`Cascade`] which runs one change led to; [`RunPlan`] is how to bring everything up to date, and
//! [`Progress`] how far it is.
//!
//! # What this may not do
//!
//! Ask the cloud or read the clock: everything here is a function from edges and runs to answers.

mod decision;
mod history;
mod observation;
mod plan;
mod progress;
mod reason;
mod runs;
mod stale;
#[cfg(test)]
mod testing;
mod wave;

pub use decision::{Answer, Decision, Upstream, Verdict};
pub use history::{Attempt, History};
pub use observation::{Join, Observation, Observed, Outputs, Version, World};
pub use plan::{PlanError, PlannedRun, RunPlan};
pub use progress::{Outcome, Progress, Step};
pub use reason::{Hold, Holding, Reason};
pub use runs::{Run, Runs};
pub use stale::{Staleness, Why};
pub use wave::{Cascade, Row, State};
