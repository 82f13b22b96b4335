//! The things on a cloud, and their rules: names, stacks, updates, deployments, webhooks, states.
//!
//! # What this may not do
//!
//! Read the store, use the network, or know the floors above: everything here is pure.

pub(crate) mod capabilities;
pub(crate) mod deployments;
pub(crate) mod environments;
pub(crate) mod happenings;
pub(crate) mod moment;
pub(crate) mod names;
pub(crate) mod schedules;
pub(crate) mod simulation;
pub(crate) mod stacks;
pub(crate) mod state;
pub(crate) mod tags;
pub(crate) mod updates;
pub(crate) mod webhooks;
pub(crate) mod windows;
pub(crate) mod words;
