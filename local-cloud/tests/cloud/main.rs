//! The local cloud over real HTTP: one module for each topic.

mod access;
mod data;
mod deliveries;
mod environments;
mod faults;
mod shutdown;
mod stacks;
mod support;
mod webhooks;
