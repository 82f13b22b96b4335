//! The local cloud over real HTTP: one module for each topic.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

mod access;
mod bad_input;
mod bounds;
mod capabilities;
mod cascade;
mod console;
mod data;
mod deliveries;
mod deployment_settings;
mod deployments;
mod encryption;
mod endings;
mod environments;
mod executor;
mod faults;
mod history;
mod logs;
mod outputs;
mod published_client;
mod references;
#[cfg(target_os = "linux")]
mod repository;
mod runs;
mod schedules;
mod shutdown;
mod stacks;
mod support;
mod updates;
mod uploads;
mod webhooks;
mod windows;
