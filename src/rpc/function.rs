//! Functions: decodes the arguments, calls the function, encodes the result.
//!
//! # What this may not do
//!
//! Know what a function does.

use super::custom::{decode, encode};
use super::session::Session;
use super::status;
use crate::engine::urn::Urn;
use crate::pb;
use crate::property::Value;
use crate::resources::error::ResourceError;
use std::sync::Arc;
use tonic::Status;

/// Invalid arguments are failures in the answer. The result is secret if an argument is.
pub(super) async fn invoke(
    session: Arc<Session>,
    request: pb::InvokeRequest,
) -> Result<pb::InvokeResponse, Status> {
    let configured = session.configured()?;
    let arguments = decode(request.args)?;
    let provider = Urn::new(configured.reference.clone());
    let called = configured
        .resources
        .call(&request.tok, &arguments, &provider)
        .await;
    session.tell(&configured, provider.as_str()).await;
    let mut returned = match called {
        Ok(returned) => returned,
        Err(ResourceError::Inputs(failures)) => {
            return Ok(pb::InvokeResponse {
                r#return: None,
                failures: status::check_failures(&failures, &arguments),
            });
        }
        Err(error) => return Err(status::resource(error, &arguments)),
    };
    if arguments.values().any(Value::has_secret) {
        returned = returned
            .into_iter()
            .map(|(name, value)| (name, value.into_secret()))
            .collect();
    }
    Ok(pb::InvokeResponse {
        r#return: Some(encode(returned)),
        failures: Vec::new(),
    })
}
