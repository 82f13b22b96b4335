//! What there is on a cloud, and what is true of it: names, stacks, updates, deployments, webhooks, states.
//!
//! # What this may not do
//!
//! Look into the store or at the network, or know what is above it: everything here is pure.

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
