//! `auto-deploy preview` with the real Pulumi CLI and the real executor: the cascade does what was predicted.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

mod cascades;
mod doubts;
mod left;
mod rows;
mod stage;
