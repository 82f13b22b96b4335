//! The bodies of the Cloud API.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

pub(super) mod delivery;
pub(super) mod deployment;
pub(super) mod outputs;
pub(super) mod page;
pub(super) mod preview;
pub(super) mod schedule;
pub(super) mod settings;
pub(super) mod stack;
pub(super) mod state;
pub(super) mod tags;
pub(super) mod user;
pub(super) mod webhook;
