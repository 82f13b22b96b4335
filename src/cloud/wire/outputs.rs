//! The bodies of capabilities, outputs, their secrets, and states.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use crate::cloud::stack::StackOutputs;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// The type of the resource that stands for the stack.
const ROOT: &str = "pulumi:pulumi:Stack";

#[derive(Deserialize)]
pub(in crate::cloud) struct CapabilitiesAnswer {
    #[serde(default)]
    capabilities: Vec<CapabilityAnswer>,
}

#[derive(Deserialize)]
struct CapabilityAnswer {
    capability: String,
    #[serde(default)]
    version: u64,
}

impl CapabilitiesAnswer {
    /// Whether outputs can be read without the state, in the form that is known here. A newer version may use another form;
    /// then the state is read, which every cloud has.
    pub(in crate::cloud) fn has_outputs(&self) -> bool {
        let is_outputs =
            |one: &CapabilityAnswer| one.capability == "stack-outputs" && one.version == 1;
        self.capabilities.iter().any(is_outputs)
    }

    /// Whether updates can share a coherence window. In one, they read outputs without the state.
    pub(in crate::cloud) fn has_windows(&self) -> bool {
        let is_windows = |one: &CapabilityAnswer| one.capability == "coherence-windows";
        self.has_outputs() && self.capabilities.iter().any(is_windows)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct OutputsAnswer {
    outputs: Option<BTreeMap<String, Value>>,
    secrets_providers: Option<Value>,
}

impl From<OutputsAnswer> for StackOutputs {
    fn from(answer: OutputsAnswer) -> StackOutputs {
        // The cloud leaves out an empty object, but always names the secrets provider.
        let has_state = answer.secrets_providers.is_some();
        StackOutputs {
            values: answer.outputs.or_else(|| has_state.then(BTreeMap::new)),
            secrets_provider: answer.secrets_providers,
        }
    }
}

#[derive(Serialize)]
pub(in crate::cloud) struct Ciphertexts<'a> {
    pub(in crate::cloud) ciphertexts: &'a BTreeSet<&'a str>,
}

/// Plaintexts by ciphertext.
#[derive(Deserialize)]
pub(in crate::cloud) struct PlaintextsAnswer {
    #[serde(default)]
    plaintexts: BTreeMap<String, Option<String>>,
}

impl PlaintextsAnswer {
    /// The texts in Base64. The cloud may send `null` for an empty one.
    pub(in crate::cloud) fn into_texts(self) -> BTreeMap<String, String> {
        let texts = self.plaintexts.into_iter();
        texts
            .map(|(cipher, text)| (cipher, text.unwrap_or_default()))
            .collect()
    }
}

/// A state, of which only the root resource matters.
#[derive(Deserialize)]
pub(in crate::cloud) struct StateAnswer {
    deployment: Option<DeploymentAnswer>,
}

#[derive(Deserialize)]
struct DeploymentAnswer {
    secrets_providers: Option<Value>,
    #[serde(default)]
    resources: Option<Vec<ResourceAnswer>>,
}

#[derive(Deserialize)]
struct ResourceAnswer {
    r#type: String,
    #[serde(default)]
    parent: String,
    #[serde(default)]
    delete: bool,
    /// Not parsed, because most resources are not the root.
    outputs: Option<Box<RawValue>>,
}

impl StateAnswer {
    /// The outputs of the root; `None` if they are not an object.
    pub(in crate::cloud) fn into_outputs(self) -> Option<StackOutputs> {
        let Some(state) = self.deployment else {
            return Some(StackOutputs::default());
        };
        let is_root = |resource: &ResourceAnswer| {
            resource.r#type == ROOT && resource.parent.is_empty() && !resource.delete
        };
        let root = state
            .resources
            .unwrap_or_default()
            .into_iter()
            .find(is_root);
        let values = match root.and_then(|root| root.outputs) {
            Some(outputs) => serde_json::from_str(outputs.get()).ok()?,
            None => BTreeMap::new(),
        };
        Some(StackOutputs {
            values: Some(values),
            secrets_provider: state.secrets_providers,
        })
    }
}
