//! The real Pulumi CLI logged in to a local cloud, which keeps its state.

mod login;
mod recovery;
mod secrets;
mod session;
mod stacks;
mod states;
#[path = "../support/tools.rs"]
mod tools;
mod updates;
