//! A `DependencyGraph`'s inputs, typed.
//!
//! # What this may not do
//!
//! Decide what follows from them; that is [`super::plan`].

use crate::joins::inputs::{START_ON, StartOn};
use crate::property::decode::MISSING;
use crate::property::{CheckFailure, Fields, Input, Known, ListMap, Map};
use crate::resources::component::modes::{GraphStrategy, ShortcutMode};
use crate::resources::component::options::SharedInputs;
use std::collections::BTreeSet;

/// The inputs of a `DependencyGraph` as a program wrote them. `None` means that the input is absent.
#[derive(Clone, Debug)]
pub struct DependencyGraphInputs {
    /// The inputs of every component.
    pub shared: SharedInputs,
    /// For each stack, the stacks that it depends on.
    pub dependencies: Input<ListMap<String>>,
    /// What happens to edges that a longer path makes unnecessary.
    pub shortcuts: Option<Input<ShortcutMode>>,
    /// The order of the updates.
    pub strategy: Option<Input<GraphStrategy>>,
    /// Whether joins, when they are created, start stacks that are already behind.
    pub catch_up: Option<Input<bool>>,
    /// The most stacks that joins start in one run.
    pub max_starts: Option<Input<usize>>,
    /// What makes joined stacks due.
    pub start_on: Option<Input<StartOn>>,
    /// When the program also runs on a schedule, to find updates without an event.
    pub resync: Option<Input<String>>,
}

impl DependencyGraphInputs {
    /// Parses the inputs; also returns those that are invalid.
    pub fn read(map: &Map) -> (DependencyGraphInputs, Vec<CheckFailure>) {
        let mut fields = Fields::of(map);
        let dependencies = fields.list_map("dependencies");
        let is_missing = dependencies.is_none();
        let inputs = DependencyGraphInputs {
            shared: SharedInputs::read(&mut fields),
            dependencies: dependencies.unwrap_or(Input {
                value: Known::Later,
                secret: false,
                dependencies: BTreeSet::new(),
            }),
            shortcuts: fields.optional("shortcuts"),
            strategy: fields.optional("strategy"),
            catch_up: fields.optional("catchUp"),
            max_starts: fields.optional("maxStarts"),
            start_on: fields.optional(START_ON),
            resync: fields.optional("resync"),
        };
        let mut failures = fields.finish();
        if is_missing {
            failures.push(CheckFailure::new("dependencies", MISSING));
        }
        (inputs, failures)
    }
}
