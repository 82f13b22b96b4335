//! What can be done on a cloud, apart from looking at it: an [`App`](crate::app::App) goes in, and a thing or an error of
//! the domain comes out.
//!
//! # What this may not do
//!
//! Know HTTP, or write SQL.

pub(crate) mod deployments;
pub(crate) mod environments;
pub(crate) mod schedules;
pub(crate) mod updates;
pub(crate) mod webhooks;
