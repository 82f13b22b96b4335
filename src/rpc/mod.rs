//! The engine's protocol: the server side. What we call of the engine is in `engine`.
//!
//! Read in this order: [`process`] is how the plugin starts and ends, [`server`] every method on one page, [`session`]
//! what is kept between requests, then a file for each group of methods.
//!
//! # What this may not do
//!
//! Decide anything about webhooks or stacks, or call the cloud.

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
