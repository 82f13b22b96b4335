//! The parts of a cloud, put together.
//!
//! # What this may not do
//!
//! Decide anything: it hands out the parts.

mod builder;
mod folder;
mod handle;
mod open_error;

pub use builder::AppBuilder;
pub(crate) use folder::abandoned;
pub use handle::App;
pub use open_error::OpenError;
