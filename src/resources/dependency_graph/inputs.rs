//! A `DependencyGraph`'s inputs, typed.
//!
//! # What this may not do
//!
//! Decide what follows from them; that is [`super::plan`].

use crate::domain::Filter;
use crate::property::{CheckFailure, Fields, Input, Known, ListMap, Map};
use crate::resources::component::modes::{CheckMode, GraphStrategy, ShortcutMode};
use std::collections::BTreeSet;

/// What a program wrote for a `DependencyGraph`. `None` is an input that was not written.
#[derive(Clone, Debug)]
pub struct DependencyGraphInputs {
    /// The organization of the stacks; by default the program's own.
    pub organization: Option<Input<String>>,
    /// For each stack the stacks that it depends on.
    pub dependencies: Input<ListMap<String>>,
    /// What to do about what is found on the cloud.
    pub checks: Option<Input<CheckMode>>,
    /// Whether the webhooks deliver.
    pub active: Option<Input<bool>>,
    /// The events of a stack that start those that depend on it.
    pub filters: Option<Input<Vec<Input<Filter>>>>,
    /// What to do with edges beside a longer way.
    pub shortcuts: Option<Input<ShortcutMode>>,
    /// How the updates follow each other.
    pub strategy: Option<Input<GraphStrategy>>,
}

impl DependencyGraphInputs {
    /// Reads the inputs, with every one that cannot be read as what it should be.
    pub fn read(map: &Map) -> (DependencyGraphInputs, Vec<CheckFailure>) {
        let mut fields = Fields::of(map);
        let organization = fields.optional("organization");
        let dependencies = fields.list_map("dependencies");
        let is_missing = dependencies.is_none();
        let inputs = DependencyGraphInputs {
            organization,
            dependencies: dependencies.unwrap_or(Input {
                value: Known::Later,
                secret: false,
                dependencies: BTreeSet::new(),
            }),
            checks: fields.optional("checks"),
            active: fields.optional("active"),
            filters: fields.list("filters"),
            shortcuts: fields.optional("shortcuts"),
            strategy: fields.optional("strategy"),
        };
        let mut failures = fields.finish();
        if is_missing {
            failures.push(CheckFailure::new(
                "dependencies",
                "is required, and is missing",
            ));
        }
        (inputs, failures)
    }
}
