//! The body of a state.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use crate::cloud::state::{HeldOutputs, HeldReference, StackState, StateCreate, StateResource};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The prefix of this package's types. A state may be large, and of other resources only the existence matters.
const OURS: &str = "auto-deploy:";

/// The type of a StackReference.
const REFERENCE: &str = "pulumi:pulumi:StackReference";

/// An exported state.
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
    #[serde(default)]
    secrets_providers: Option<Value>,
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
    /// Whether it was replaced and still has to be deleted.
    #[serde(default)]
    delete: bool,
    #[serde(default)]
    inputs: Option<Box<RawValue>>,
    #[serde(default)]
    outputs: Option<Box<RawValue>>,
}

impl Resource {
    /// The properties, if the resource is one of this package's; empty if they are not an object.
    fn own(&self, properties: Option<&RawValue>) -> Map<String, Value> {
        let ours = properties.filter(|_| self.r#type.starts_with(OURS));
        ours.and_then(|raw| serde_json::from_str(raw.get()).ok())
            .unwrap_or_default()
    }
}

/// A StackReference in a state.
#[derive(Deserialize)]
struct Reference {
    name: String,
    #[serde(default)]
    outputs: BTreeMap<String, Value>,
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

impl From<ExportAnswer> for HeldOutputs {
    /// StackReferences that cannot be parsed are left out.
    fn from(answer: ExportAnswer) -> HeldOutputs {
        let Some(state) = answer.deployment else {
            return HeldOutputs::default();
        };
        let resources = state.resources.unwrap_or_default().into_iter();
        let references =
            resources.filter(|resource| resource.r#type == REFERENCE && !resource.delete);
        let held = references.filter_map(|resource| {
            let outputs = resource.outputs?;
            let Reference { name, outputs } = serde_json::from_str(outputs.get()).ok()?;
            Some(HeldReference {
                name,
                values: outputs,
            })
        });
        HeldOutputs {
            references: held.collect(),
            secrets_provider: state.secrets_providers,
        }
    }
}
