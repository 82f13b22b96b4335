//! The server side of the engine's protocol. The engine's own services are in `engine`.
//!
//! Read in this order: [`process`] is the start and the end of the plugin, [`server`] has every method on one page,
//! [`session`] what is kept between requests, followed by a file for each group of methods.
//!
//! # What this may not do
//!
//! Decide anything about webhooks or stacks, or send requests to the cloud.

mod cancel;
mod component;
mod custom;
mod function;
mod platform;
pub mod process;
mod provider_config;
pub mod server;
mod session;
mod status;
mod under_way;
mod wrapper;
