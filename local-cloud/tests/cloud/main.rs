//! The local cloud over real HTTP: one module for each topic.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

mod access;
mod cascade;
mod data;
mod deliveries;
mod environments;
mod faults;
mod logs;
mod shutdown;
mod stacks;
mod support;
mod webhooks;
