//! The operations that change a cloud: each takes an [`App`](crate::app::App) and returns a thing or an error of the
//! domain.
//!
//! # What this may not do
//!
//! Know HTTP, or write SQL.

pub(crate) mod deployments;
pub(crate) mod environments;
pub(crate) mod schedules;
pub(crate) mod updates;
pub(crate) mod webhooks;
