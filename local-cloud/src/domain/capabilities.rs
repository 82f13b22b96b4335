//! What a cloud can do that a client must ask for first. Each capability is one entry of one list.
//!
//! `/api/capabilities` names those that are on, the routes of the others do not exist, and a cloud can be opened
//! without one, like an older cloud.

use serde_json::{Value, json};

/// Something that a client uses only if the cloud names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capability {
    /// One request encrypts many secrets.
    BatchEncrypt,
    /// States are kept in their newest form.
    DeploymentSchemaVersion,
}

impl Capability {
    /// All of them.
    pub const ALL: [Capability; 2] = [
        Capability::BatchEncrypt,
        Capability::DeploymentSchemaVersion,
    ];

    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Capability::BatchEncrypt => "batch-encrypt",
            Capability::DeploymentSchemaVersion => "deployment-schema-version",
        }
    }

    /// The capability of this name.
    pub fn named(name: &str) -> Option<Capability> {
        Capability::ALL.into_iter().find(|one| one.as_str() == name)
    }

    /// As `/api/capabilities` names it.
    pub(crate) fn to_json(self) -> Value {
        let name = self.as_str();
        match self {
            Capability::BatchEncrypt => json!({ "capability": name }),
            Capability::DeploymentSchemaVersion => {
                json!({ "capability": name, "version": 1, "configuration": { "version": 4 } })
            }
        }
    }
}

/// The capabilities of a cloud: all but those that were removed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Capabilities {
    without: Vec<Capability>,
}

impl Capabilities {
    /// Removes one.
    pub(crate) fn remove(&mut self, capability: Capability) {
        self.without.push(capability);
    }

    /// Those that are left, in the order of [`Capability::ALL`].
    pub(crate) fn iter(&self) -> impl Iterator<Item = Capability> {
        let is_left = |capability: &Capability| !self.without.contains(capability);
        Capability::ALL.into_iter().filter(is_left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_name_that_finds_it() {
        for capability in Capability::ALL {
            assert_eq!(Capability::named(capability.as_str()), Some(capability));
            assert_eq!(capability.to_json()["capability"], capability.as_str());
        }
        assert_eq!(Capability::named("delta-checkpoint-uploads"), None);
    }
}
