//! The engine's services that we call: its log, and its registration of resources.
//!
//! [`monitor`] registers resources, [`log`] shows advice to the user, [`urn`] is the engine's name for a resource,
//! [`limits`] are the limits of both sides, and [`error`] is what can go wrong.
//!
//! # What this may not do
//!
//! Serve the engine's requests: `rpc` does. Decide what to register or to report.

pub mod error;
pub mod limits;
pub mod log;
pub mod monitor;
pub mod urn;
