//! The part of a state that other stacks may read: the outputs of its root.

use super::document::State;
use super::provider;
use super::raw::Object;
use super::urns::Urn;
use serde::{Deserialize, Serialize};

/// The outputs of a stack, as stored in its state or predicted by a preview. Secrets are encrypted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct StackOutputs {
    /// Absent if the stack has no state.
    pub(crate) outputs: Option<Object>,
    /// What decrypts their secrets.
    pub(crate) secrets_providers: Option<Object>,
    /// Whether the values stand for unknown ones. Their names, and which of them are secret, are correct.
    pub(crate) unknown: bool,
}

impl StackOutputs {
    /// The outputs in a state. A state with resources but without a root has none; a state without anything is not a state.
    pub(crate) fn of(state: &State) -> StackOutputs {
        let deployment = &state.deployment;
        let is_root = |resource: &&Object| {
            let urn = resource.text("urn").unwrap_or_default();
            Urn::parse(&urn).is_some_and(|urn| urn.is_root()) && !resource.is_true("delete")
        };
        let root = deployment.resources.iter().find(is_root);
        let outputs = root.and_then(|root| root.read("outputs"));
        let has_state =
            deployment.members.names().next().is_some() || !deployment.resources.is_empty();
        StackOutputs {
            outputs: outputs.or_else(|| has_state.then(Object::default)),
            secrets_providers: deployment.members.read("secrets_providers"),
            unknown: false,
        }
    }

    /// The same for a client that knows the cloud by `url`; see [`with_url`](super::with_url).
    #[must_use]
    pub(crate) fn at_url(mut self, url: &str) -> StackOutputs {
        if let Some(provider) = &mut self.secrets_providers {
            provider::move_to(provider, url);
        }
        self
    }
}
