//! The common part of API and console: parsing requests, access, and error answers.

mod auth;
mod edge;
mod error;
mod extract;
mod host_guard;
mod lease;
mod routes;

pub(crate) use auth::{Caller, require_token};
pub(crate) use edge::{Closing, Edge};
pub(crate) use error::{ApiError, no_method, no_route, panicked};
pub(crate) use extract::{Body, ClientUrl, PathNames, Query, RawBody, StateBody, TextBody};
pub(crate) use host_guard::require_known_host;
pub(crate) use lease::Lease;
pub(crate) use routes::{Routes, Served};
