//! The parts of a cloud, put together.
//!
//! # What this may not do
//!
//! Decide anything: it hands out the parts.

mod builder;
mod handle;

pub use builder::{AppBuilder, OpenError};
pub use handle::App;
