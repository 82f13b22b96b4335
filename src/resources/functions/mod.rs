//! The package's functions: their arguments and results.
//!
//! # What this may not do
//!
//! Change anything on the cloud. See protobuf.

pub mod dependency_graph;
pub mod downstream_stacks;
mod names;

use super::context::Context;
use super::error::ResourceError;
use crate::engine::urn::Urn;
use crate::property::Map;

/// Calls the function with a token.
///
/// # Errors
///
/// [`ResourceError::Inputs`] for invalid arguments; the token is unknown; any error of the cloud.
pub async fn call(
    context: &Context,
    token: &str,
    arguments: &Map,
    provider: &Urn,
) -> Result<Map, ResourceError> {
    match token {
        downstream_stacks::TOKEN => downstream_stacks::call(context, arguments, provider).await,
        dependency_graph::TOKEN => dependency_graph::call(context, arguments, provider).await,
        _ => Err(ResourceError::UnknownToken {
            kind: "function",
            token: token.to_owned(),
        }),
    }
}
