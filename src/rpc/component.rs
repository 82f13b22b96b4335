//! Components: decodes a request, constructs the component, encodes its outputs.
//!
//! # What this may not do
//!
//! Know the children of a component.

use super::custom::decode;
use super::session::{Configured, Session};
use super::status;
use crate::config::NO_ORGANIZATION;
use crate::domain::StackRef;
use crate::engine::monitor::Monitor;
use crate::pb;
use crate::property::encode::with_dependencies;
use crate::property::wire::{self, Outputs};
use crate::property::{Map, Value};
use crate::resources::component::construct::Told;
use crate::resources::component::kind::Kind;
use crate::resources::component::origin::Origin;
use crate::resources::component::reach::Given;
use crate::resources::component::request::{Construct, Request};
use crate::resources::error::ResourceError;
use std::collections::BTreeSet;
use std::sync::Arc;
use tonic::Status;

pub(super) async fn construct(
    session: Arc<Session>,
    mut request: pb::ConstructRequest,
) -> Result<pb::ConstructResponse, Status> {
    let Some(kind) = Kind::of(&request.r#type) else {
        let error = ResourceError::UnknownToken {
            kind: "component",
            token: request.r#type,
        };
        return Err(status::resource(error, &Map::new()));
    };
    let configured = session.configured()?;
    let mut inputs = decode(request.inputs.take())?;
    inputs = configured.resources.meant(inputs, &request.organization);
    add_dependencies(&mut inputs, &request);
    let fail = |error| status::resource(error, &inputs);
    let organization = organization(&configured, &inputs, &request).await;
    session.tell(&configured, &request.parent).await;
    let wanted = Construct {
        kind,
        request: Request {
            name: request.name.clone(),
            inputs: inputs.clone(),
            organization: organization.map_err(fail)?,
            origin: origin(&request),
            given: given(&request),
        },
        preview: request.dry_run,
    };
    let accepts_outputs = request.accepts_output_values;
    let monitor =
        Monitor::new(request, &configured.reference).map_err(|error| fail(error.into()))?;
    let told = Told {
        monitor: &monitor,
        programs: &session.programs,
        log: &session.log,
    };
    let built = configured.resources.construct(wanted, told).await;
    let built = built.map_err(fail)?;
    Ok(response(built.urn, built.state, accepts_outputs))
}

/// The answer for a component of a cancelled deployment.
pub(super) fn over(request: &pb::ConstructRequest) -> pb::ConstructResponse {
    let urn = origin(request).urn(&request.r#type, &request.name);
    response(urn.to_string(), Map::new(), true)
}

/// The organization if the inputs name none. The engine sends it, unless the state is not in Pulumi Cloud; the cloud is
/// asked only if the answer is needed.
async fn organization(
    configured: &Configured,
    inputs: &Map,
    request: &pb::ConstructRequest,
) -> Result<String, ResourceError> {
    let is_given = inputs
        .get("organization")
        .is_some_and(|given| !given.is_null());
    if is_given || !matches!(request.organization.as_str(), "" | NO_ORGANIZATION) {
        return Ok(request.organization.clone());
    }
    let resources = &configured.resources;
    if request.organization == NO_ORGANIZATION {
        return resources.default_organization().await;
    }
    resources
        .organization(&request.project, &request.stack)
        .await
}

/// The program's own stack, if the engine sends it. Engines before 3.233 do not, nor does any if the state is not in Pulumi
/// Cloud.
fn home(request: &pb::ConstructRequest) -> Option<StackRef> {
    let organization = Some(request.organization.as_str());
    let organization = organization.filter(|name| *name != NO_ORGANIZATION)?;
    StackRef::new(organization, &request.project, &request.stack).ok()
}

/// The options of the component that its webhooks do not inherit in the engine. The providers of a component within another
/// may come from the other.
fn given(request: &pb::ConstructRequest) -> Given {
    let is_at_top = origin(request).is_at_top();
    let mut packages: Vec<String> = request.providers.keys().cloned().collect();
    packages.sort();
    packages.retain(|_| is_at_top);
    Given {
        ignore_changes: request.ignore_changes.clone(),
        replace_on_changes: request.replace_on_changes.clone(),
        delete_before_replace: request.delete_before_replace,
        packages,
    }
}

/// The place of the component in its program.
fn origin(request: &pb::ConstructRequest) -> Origin {
    Origin {
        stack: request.stack.clone(),
        project: request.project.clone(),
        parent: request.parent.clone(),
        home: home(request),
    }
}

/// Adds the dependencies that the request lists separately to those inputs that carry none themselves.
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
        || match peeled.value {
            Some(Value::Array(items)) => items.iter().any(carries_dependencies),
            Some(Value::Object(members)) => members.values().any(carries_dependencies),
            _ => false,
        }
}

fn response(urn: String, state: Map, accepts_outputs: bool) -> pb::ConstructResponse {
    let outputs = if accepts_outputs {
        Outputs::Keep
    } else {
        Outputs::Flatten
    };
    let dependencies = |value: &Value| pb::construct_response::PropertyDependencies {
        urns: value.peel().dependencies.into_iter().collect(),
    };
    pb::ConstructResponse {
        urn,
        state_dependencies: state
            .iter()
            .map(|(name, value)| (name.clone(), dependencies(value)))
            .collect(),
        state: Some(wire::encode(state, outputs)),
    }
}
