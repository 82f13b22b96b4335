//! The engine's services that we call: its log, and its list of resources.
//!
//! [`monitor`] registers resources, [`log`] shows advice to the user, [`urn`] is how the engine names a resource, [`limits`]
//! what both sides agree on, [`error`] what can go wrong.
//!
//! # What this may not do
//!
//! Serve the engine's requests; that is `rpc`. Decide what to register or to say.

pub mod error;
pub mod limits;
pub mod log;
pub mod monitor;
pub mod urn;
