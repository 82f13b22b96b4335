//! The features of a cloud that a client must ask for first. Each capability is one entry in one list.
//!
//! `/api/capabilities` lists those that are on, and the routes of the others do not exist. A cloud can be opened without
//! one, like an older cloud.

use serde_json::{Value, json};

/// A feature that a client only uses if the cloud lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capability {
    /// One request can encrypt several secrets.
    BatchEncrypt,
    /// States are stored in their newest version.
    DeploymentSchemaVersion,
    /// The outputs of a stack can be read without its whole state.
    StackOutputs,
    /// Updates in the same window see the same outputs of each stack. Needs [`Capability::StackOutputs`].
    CoherenceWindows,
    /// Programs can migrate states. It is not listed: each update announces it by the version of its journal.
    StateMigrations,
}

impl Capability {
    /// All of them.
    pub const ALL: [Capability; 5] = [
        Capability::BatchEncrypt,
        Capability::DeploymentSchemaVersion,
        Capability::StackOutputs,
        Capability::CoherenceWindows,
        Capability::StateMigrations,
    ];

    /// Its name, which is that in the API if it is listed there.
    pub fn as_str(self) -> &'static str {
        match self {
            Capability::BatchEncrypt => "batch-encrypt",
            Capability::DeploymentSchemaVersion => "deployment-schema-version",
            Capability::StackOutputs => "stack-outputs",
            Capability::CoherenceWindows => "coherence-windows",
            Capability::StateMigrations => "state-migrations",
        }
    }

    /// The capability with this name.
    pub fn named(name: &str) -> Option<Capability> {
        Capability::ALL.into_iter().find(|one| one.as_str() == name)
    }

    /// Its entry in `/api/capabilities`, if it is listed there.
    pub(crate) fn to_json(self) -> Option<Value> {
        let name = self.as_str();
        match self {
            Capability::BatchEncrypt => Some(json!({ "capability": name })),
            Capability::DeploymentSchemaVersion => {
                let configuration = json!({ "version": 4 });
                Some(json!({ "capability": name, "version": 1, "configuration": configuration }))
            }
            Capability::StackOutputs | Capability::CoherenceWindows => {
                Some(json!({ "capability": name, "version": 1 }))
            }
            Capability::StateMigrations => None,
        }
    }

    /// The capability that it needs.
    fn needs(self) -> Option<Capability> {
        (self == Capability::CoherenceWindows).then_some(Capability::StackOutputs)
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

    /// Whether the cloud has this one: neither it nor one that it needs was removed.
    pub(crate) fn has(&self, capability: Capability) -> bool {
        !self.without.contains(&capability)
            && capability.needs().is_none_or(|needed| self.has(needed))
    }

    /// Those that the cloud has, in the order of [`Capability::ALL`].
    pub(crate) fn iter(&self) -> impl Iterator<Item = Capability> {
        Capability::ALL.into_iter().filter(|one| self.has(*one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_name_that_finds_it() {
        for capability in Capability::ALL {
            assert_eq!(Capability::named(capability.as_str()), Some(capability));
            if let Some(json) = capability.to_json() {
                assert_eq!(json["capability"], capability.as_str());
            }
        }
        assert_eq!(Capability::named("delta-checkpoint-uploads"), None);
    }

    #[test]
    fn windows_need_outputs() {
        let without = |capability| {
            let mut capabilities = Capabilities::default();
            capabilities.remove(capability);
            let has = [Capability::StackOutputs, Capability::CoherenceWindows];
            has.map(|one| capabilities.has(one))
        };
        assert_eq!(without(Capability::BatchEncrypt), [true, true]);
        assert_eq!(without(Capability::CoherenceWindows), [true, false]);
        assert_eq!(without(Capability::StackOutputs), [false, false]);
    }
}
