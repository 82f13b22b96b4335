//! Joins as they are used: a local cloud, the real Pulumi CLI and the real executor, the wiring a deployment like the others.

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
