//! The custom resources by type token.
//!
//! # What this may not do
//!
//! Know what a resource does: each has its own file here.

mod join;
mod resource;
mod schedule;
mod webhook;

use super::component::kind::Kind;
use super::error::ResourceError;
use super::tokens;
use join::Join;
use resource::Custom;
use schedule::DeploymentSchedule;
use webhook::Webhook;

/// The custom resource with a type token.
///
/// # Errors
///
/// [`ResourceError::Component`] for a component, [`ResourceError::UnknownToken`] for a token that the package does not
/// have.
pub(super) fn of(token: &str) -> Result<&'static dyn Custom, ResourceError> {
    match token {
        tokens::WEBHOOK => Ok(&Webhook),
        tokens::JOIN => Ok(&Join),
        tokens::SCHEDULE => Ok(&DeploymentSchedule),
        _ => Err(match Kind::of(token) {
            Some(kind) => ResourceError::Component { kind: kind.name() },
            None => ResourceError::UnknownToken {
                kind: "resource",
                token: token.to_owned(),
            },
        }),
    }
}
