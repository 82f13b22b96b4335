//! Components: decode a request, build the component, encode its outputs.
//!
//! # What this may not do
//!
//! Know what an `AutoDeployer` is made of.

use super::custom::decode;
use super::monitor::Monitor;
use super::pb;
use super::session::Session;
use super::status;
use crate::property::encode::with_dependencies;
use crate::property::wire::{self, Outputs};
use crate::property::{Map, Value};
use crate::resources::auto_deployer::construct::{self, Construct};
use crate::resources::auto_deployer;
use crate::resources::error::ResourceError;
use std::collections::BTreeSet;
use tonic::Status;

/// What state that is not in Pulumi Cloud says for an organization.
const NO_ORGANIZATION: &str = "organization";

pub(super) async fn construct(session: &Session, mut request: pb::ConstructRequest) -> Result<pb::ConstructResponse, Status> {
    if request.r#type != auto_deployer::TOKEN {
        let error = ResourceError::UnknownToken { kind: "component", token: request.r#type };
        return Err(status::resource(error, &Map::new()));
    }
    let configured = session.configured()?;
    let mut inputs = decode(request.inputs.take())?;
    add_dependencies(&mut inputs, &request);
    let organization = match request.organization.as_str() {
        "" | NO_ORGANIZATION if !inputs.contains_key("organization") => {
            configured.resources.organization(&request.project, &request.stack).await
        }
        given => Some(given.to_owned()),
    };
    let fail = |error| status::resource(error, &inputs);
    let organization = organization.ok_or(ResourceError::Inputs(vec![]));
    let asked = Construct {
        name: request.name.clone(),
        inputs: inputs.clone(),
        organization: organization.map_err(fail)?,
        preview: request.dry_run,
    };
    let accepts_outputs = request.accepts_output_values;
    let monitor = Monitor::new(request, &configured.reference).map_err(fail)?;
    let built = construct::construct(asked, &monitor, &session.declared, &session.log).await.map_err(fail)?;
    Ok(response(built.urn, &built.state, accepts_outputs))
}

/// Puts the dependencies that came beside the inputs onto those inputs that carry none themselves.
fn add_dependencies(inputs: &mut Map, request: &pb::ConstructRequest) {
    for (name, value) in inputs {
        let urns: BTreeSet<String> = match request.input_dependencies.get(name) {
            Some(given) => given.urns.iter().cloned().collect(),
            None => continue,
        };
        if !carries_dependencies(value) {
            *value = with_dependencies(std::mem::replace(value, Value::Null), urns);
        }
    }
}

fn carries_dependencies(value: &Value) -> bool {
    let peeled = value.peel();
    !peeled.dependencies.is_empty()
        || matches!(peeled.value, Some(Value::Array(items)) if items.iter().any(carries_dependencies))
}

fn response(urn: String, state: &Map, accepts_outputs: bool) -> pb::ConstructResponse {
    let outputs = if accepts_outputs { Outputs::Keep } else { Outputs::Flatten };
    let dependencies = |value: &Value| pb::construct_response::PropertyDependencies {
        urns: value.peel().dependencies.into_iter().collect(),
    };
    pb::ConstructResponse {
        urn,
        state: Some(wire::encode(state, outputs)),
        state_dependencies: state.iter().map(|(name, value)| (name.clone(), dependencies(value))).collect(),
    }
}
