//! What happened to the stacks of a graph and what should happen next: which are up to date and may start, which runs
//! belong together, and in which order to start them.
//!
//! Read in this order: [`History`] is the past of one stack and [`World`] what was observed of all. [`Decision`] is the one
//! answer to "is it up to date, and may it start?", with one [`Reason`] per stack. [`Cascade`] is what one change led to.
//! [`RunPlan`] is how to bring everything up to date, and [`Progress`] how far that is. [`preview`] says what a change
//! would do to the whole graph.
//!
//! # What this may not do
//!
//! Make a request or read a clock: everything here is a function from edges and histories to answers.

mod decision;
mod history;
mod observation;
mod plan;
pub mod preview;
mod progress;
mod reason;
mod run;
#[cfg(test)]
mod testing;
mod wave;
pub mod words;

pub use decision::{Answer, Decision, Upstream, Verdict};
pub use history::{Attempt, History};
pub use observation::{Join, Observation, Observed, Outputs, Version, World};
pub use plan::{PlanError, PlannedRun, RunPlan};
pub use progress::{Outcome, Progress, Step};
pub use reason::{Hold, Holding, Reason, Root};
pub use run::Run;
pub use wave::{Cascade, Row, State, View};
