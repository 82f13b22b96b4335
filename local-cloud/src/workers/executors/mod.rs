//! What runs a deployment whose turn it is.

mod git_auth;
mod mask;
mod plan;
mod process;
mod pulumi;
mod run;
mod simulated;
mod transcript;
mod workplace;

pub use run::Executor;
pub(crate) use run::{ExecutorSettings, RunError, clear, end_updates, run};
