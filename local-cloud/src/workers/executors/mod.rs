//! Runs deployments.

mod error;
mod git_auth;
mod mask;
mod plan;
mod process;
mod pulumi;
mod run;
mod simulated;
mod transcript;
mod workplace;

pub(crate) use error::RunError;
pub(crate) use run::{clear, clear_abandoned, end_updates, run};
