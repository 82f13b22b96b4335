//! The parts of a cloud, put together.
//!
//! # What this may not do
//!
//! Decide anything: it hands out the parts, and wakes those that wait for a change.

mod builder;
mod handle;

pub use builder::{AppBuilder, OpenError};
pub use handle::App;
