//! What the API and the console have in common: reading requests, who is let in, and what is answered when something is
//! wrong.

pub(crate) mod auth;
pub(crate) mod edge;
pub(crate) mod error;
pub(crate) mod extract;
pub(crate) mod host_guard;
pub(crate) mod lease;
