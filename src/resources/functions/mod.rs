//! The package's functions: what they are asked, and what they answer.
//!
//! # What this may not do
//!
//! Change anything on the cloud. See protobuf.

pub mod dependency_graph;
pub mod downstream_stacks;

use super::Resources;
use super::error::ResourceError;
use crate::domain;
use crate::property::{CheckFailure, Input, Map};

/// Calls the function of a token.
///
/// # Errors
///
/// [`ResourceError::Inputs`] for arguments that cannot be right; the token is unknown; whatever the cloud refuses.
pub async fn call(
    resources: &Resources,
    token: &str,
    arguments: &Map,
    program: (&str, &str),
) -> Result<Map, ResourceError> {
    match token {
        downstream_stacks::TOKEN => downstream_stacks::call(resources, arguments, program).await,
        dependency_graph::TOKEN => dependency_graph::call(resources, arguments, program).await,
        _ => Err(ResourceError::UnknownToken {
            kind: "function",
            token: token.to_owned(),
        }),
    }
}

/// A name that was given, or `None` if it cannot be right, which is reported.
fn name<'a>(
    property: &str,
    given: &'a Input<String>,
    failures: &mut Vec<CheckFailure>,
) -> Option<&'a str> {
    let Some(name) = given.now() else {
        // What is missing was reported when it was read.
        if failures
            .iter()
            .all(|failure| failure.path.top_level() != Some(property))
        {
            let reason = "is not known yet, and a function needs it before it can answer";
            failures.push(CheckFailure::new(property, reason));
        }
        return None;
    };
    match domain::check_path_name(name) {
        Ok(()) => Some(name),
        Err(reason) => {
            failures.push(CheckFailure::new(property, reason));
            None
        }
    }
}

/// The organization that was given, or else that of the program.
async fn organization(
    resources: &Resources,
    given: Option<&str>,
    (project, stack): (&str, &str),
) -> Result<String, ResourceError> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    let found = resources.organization(project, stack).await;
    found.ok_or_else(|| {
        let reason = "is required, because the organization of this program could not be found";
        ResourceError::Inputs(vec![CheckFailure::new("organization", reason)])
    })
}
