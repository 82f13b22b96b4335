//! Combines the parts of a cloud.
//!
//! # What this may not do
//!
//! Decide anything: it only gives access to the parts.

mod builder;
mod folder;
mod handle;
mod open_error;

pub use builder::AppBuilder;
pub(crate) use folder::abandoned;
pub use handle::App;
pub use open_error::OpenError;
