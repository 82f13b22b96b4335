//! Joins in use: a local cloud, the real Pulumi CLI and the real executor; the conductor runs in deployments like any
//! stack.

#![cfg(target_os = "linux")]

mod bounded;
mod commands;
mod diamond;
mod graphs;
mod lost;
mod moves;
mod outputs;
mod stage;
mod storm;
