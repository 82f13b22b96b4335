//! The body of a state.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use crate::cloud::state::{StackState, StateCreate, StateResource};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// How the types of this package begin. A state may be large, and of other resources it is enough to know that they are there.
const OURS: &str = "auto-deploy:";

/// A state that was exported.
#[derive(Deserialize)]
pub(in crate::cloud) struct ExportAnswer {
    deployment: Option<Deployment>,
}

#[derive(Deserialize)]
struct Deployment {
    #[serde(default)]
    resources: Option<Vec<Resource>>,
    #[serde(default)]
    pending_operations: Option<Vec<Operation>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    urn: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    parent: String,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    pending_replacement: bool,
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    inputs: Option<Box<RawValue>>,
    #[serde(default)]
    outputs: Option<Box<RawValue>>,
}

impl Resource {
    /// Properties, if the resource is one of this package's; none if they are no object.
    fn own(&self, properties: Option<&RawValue>) -> Map<String, Value> {
        let ours = properties.filter(|_| self.r#type.starts_with(OURS));
        ours.and_then(|raw| serde_json::from_str(raw.get()).ok())
            .unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct Operation {
    r#type: String,
    resource: Begun,
}

#[derive(Deserialize)]
struct Begun {
    urn: String,
    #[serde(default)]
    inputs: Option<Map<String, Value>>,
}

impl From<ExportAnswer> for StackState {
    fn from(answer: ExportAnswer) -> StackState {
        let Some(state) = answer.deployment else {
            return StackState::default();
        };
        let resources = state.resources.unwrap_or_default().into_iter();
        let operations = state.pending_operations.unwrap_or_default().into_iter();
        StackState {
            resources: resources
                .map(|resource| StateResource {
                    inputs: resource.own(resource.inputs.as_deref()),
                    outputs: resource.own(resource.outputs.as_deref()),
                    urn: resource.urn,
                    id: resource.id,
                    parent: resource.parent,
                    provider: resource.provider,
                    is_pending_replacement: resource.pending_replacement,
                })
                .collect(),
            creating: operations
                .filter(|operation| operation.r#type == "creating")
                .map(|operation| StateCreate {
                    urn: operation.resource.urn,
                    inputs: operation.resource.inputs.unwrap_or_default(),
                })
                .collect(),
        }
    }
}
