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

/// What a program wrote for a `DependencyGraph`. `None` is an input that was not written.
#[derive(Clone, Debug)]
pub struct DependencyGraphInputs {
    /// The inputs that all components have.
    pub shared: SharedInputs,
    /// For each stack the stacks that it depends on.
    pub dependencies: Input<ListMap<String>>,
    /// What to do with edges beside a longer path.
    pub shortcuts: Option<Input<ShortcutMode>>,
    /// How the updates follow each other.
    pub strategy: Option<Input<GraphStrategy>>,
    /// Whether joins start stacks that are behind already when they are made.
    pub catch_up: Option<Input<bool>>,
    /// How many stacks joins start in one run.
    pub max_starts: Option<Input<usize>>,
    /// What makes joined stacks due.
    pub start_on: Option<Input<StartOn>>,
    /// When the program runs besides, to find what no event told.
    pub resync: Option<Input<String>>,
}

impl DependencyGraphInputs {
    /// Reads the inputs, with every one that cannot be read as what it should be.
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
