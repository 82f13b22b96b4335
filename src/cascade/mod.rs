//! What happened to the stacks of a graph, and what is to happen: who is behind, which runs belong together, and in
//! which order to start what.
//!
//! Read in this order: [`History`] is what is known of each stack's runs; [`Staleness`] says who is behind its upstream
//! stacks, [`Cascade`] which runs one change led to; [`RunPlan`] is how to bring everything up to date, and
//! [`Progress`] how far it is.
//!
//! # What this may not do
//!
//! Ask the cloud or read the clock: everything here is a function from edges and runs to answers.

mod history;
mod plan;
mod progress;
mod stale;
#[cfg(test)]
mod testing;
mod wave;

pub use history::{History, Run};
pub use plan::{PlanError, PlannedRun, RunPlan};
pub use progress::{Outcome, Progress, Step};
pub use stale::{Staleness, Why};
pub use wave::{Cascade, Row, State};
