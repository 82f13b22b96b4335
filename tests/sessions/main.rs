//! The real Pulumi CLI, logged in to a local cloud that keeps its state.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

mod commands;
mod environments;
mod graph;
mod login;
mod recovery;
mod secrets;
mod stacks;
mod states;
mod updates;
mod webhooks;
mod windows;
