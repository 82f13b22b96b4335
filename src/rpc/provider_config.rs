//! The provider's own configuration: checks it, compares it, applies it.
//!
//! # What this may not do
//!
//! Read the environment in CheckConfig: its answer is stored in the state, and a value from one user's environment would be
//! used on every machine.

use super::custom::{decode, diff_response, encode};
use super::session::Session;
use super::status;
use crate::config::{self, Asker, Explicit};
use crate::pb;
use crate::property::diff::{self, Rules};
use crate::property::{CheckFailure, Fields, Input, Map};
use std::sync::Arc;
use tonic::Status;

/// Which encodings of values we support, as announced in Handshake and Configure.
pub(super) const ACCEPTS_MARKED_VALUES: bool = true;

pub(super) async fn check(
    session: Arc<Session>,
    request: pb::CheckRequest,
) -> Result<pb::CheckResponse, Status> {
    let news = decode(request.news)?;
    session.note_program();
    let (inputs, mut failures) = read(&news);
    if let Some(Err(error)) = inputs
        .api_url
        .as_ref()
        .and_then(Input::now)
        .map(|url| config::check_api_url(url))
    {
        failures.push(CheckFailure::new("apiUrl", error));
    }
    let mut checked = news.clone();
    if let Some(token) = checked.remove("accessToken") {
        checked.insert("accessToken".to_owned(), token.spelled().into_secret());
    }
    let failures = status::check_failures(&failures, &checked);
    Ok(pb::CheckResponse {
        inputs: Some(encode(checked)),
        failures,
    })
}

/// A new token or address never replaces the resources: they are the same, accessed in another way.
pub(super) async fn diff(
    _: Arc<Session>,
    request: pb::DiffRequest,
) -> Result<pb::DiffResponse, Status> {
    let mut olds = decode(request.old_inputs)?;
    let mut news = decode(request.news)?;
    olds.remove("version");
    news.remove("version");
    Ok(diff_response(&diff::diff(&olds, &news, Rules::default())))
}

/// Applies the configuration. One without a valid token or address does not fail Configure, but every later request: CLI
/// 3.274 and later report a failed Configure without a resource, and a failed request at its resource.
pub(super) async fn configure(
    session: Arc<Session>,
    request: pb::ConfigureRequest,
) -> Result<pb::ConfigureResponse, Status> {
    let (inputs, _) = read(&decode(request.args)?);
    let explicit = Explicit {
        access_token: inputs
            .access_token
            .as_ref()
            .and_then(Input::now)
            .cloned()
            .map(Into::into),
        api_url: inputs.api_url.as_ref().and_then(Input::now).cloned(),
        origin: session.origin(),
    };
    let reference = match (request.urn, request.id) {
        (Some(urn), Some(id)) if !urn.is_empty() && !id.is_empty() => format!("{urn}::{id}"),
        _ => String::new(),
    };
    match config::resolve(Asker::Plugin, &explicit, &session.environment()) {
        Ok(access) => session.configure(access, reference),
        Err(failure) => session.misconfigure(status::config(&failure)),
    }
    Ok(pb::ConfigureResponse {
        accept_secrets: ACCEPTS_MARKED_VALUES,
        accept_resources: ACCEPTS_MARKED_VALUES,
        accept_outputs: ACCEPTS_MARKED_VALUES,
        supports_preview: true,
        supports_autonaming_configuration: false,
    })
}

struct ConfigInputs {
    access_token: Option<Input<String>>,
    api_url: Option<Input<String>>,
}

fn read(map: &Map) -> (ConfigInputs, Vec<CheckFailure>) {
    let mut fields = Fields::of(map);
    let inputs = ConfigInputs {
        access_token: fields.optional("accessToken"),
        api_url: fields.optional("apiUrl"),
    };
    // The version of the plugin that the program asked for, which is for the engine.
    fields.optional::<String>("version");
    (inputs, fields.finish())
}
