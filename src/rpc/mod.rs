//! The engine's protocol: gRPC in, gRPC out.
//!
//! Read in this order: [`process`] is how the plugin starts and ends, [`server`] every method on one page, [`session`]
//! what is kept between requests, then a file for each group of methods. [`monitor`] and [`engine`] are the two
//! services of the engine that we call.
//!
//! # What this may not do
//!
//! Decide anything about webhooks or stacks, or call the cloud.

mod cancel;
mod component;
mod custom;
pub mod engine;
mod function;
pub mod monitor;
pub mod pb;
pub mod process;
mod provider_config;
pub mod server;
mod session;
mod status;
