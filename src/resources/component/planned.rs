//! Values of a plan, with the resources that they come from.
//!
//! # What this may not do
//!
//! Reveal a secret, or treat an unknown value as known.

use crate::property::encode::with_dependencies;
use crate::property::{Input, Known, Map, Value};
use std::collections::BTreeSet;

/// A value, and the URNs of the resources that it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedValue {
    /// The value, marked if it is secret or unknown.
    pub value: Value,
    /// Its dependencies.
    pub dependencies: BTreeSet<String>,
}

impl PlannedValue {
    /// A value that does not come from the program.
    pub fn constant(value: impl Into<Value>) -> PlannedValue {
        PlannedValue {
            value: value.into(),
            dependencies: BTreeSet::new(),
        }
    }

    /// An input as written.
    pub fn of<T: Clone + Into<Value>>(input: &Input<T>) -> PlannedValue {
        PlannedValue {
            value: input.to_value(),
            dependencies: input.dependencies.clone(),
        }
    }

    /// An input as written, or a default.
    pub fn or<T: Clone + Into<Value>>(input: Option<&Input<T>>, default: T) -> PlannedValue {
        input.map_or_else(|| PlannedValue::constant(default), PlannedValue::of)
    }

    /// A list as written, with its marks and the dependencies of the list and its items.
    pub fn of_list<T>(list: &Input<Vec<Input<T>>>, to_value: impl Fn(&T) -> Value) -> PlannedValue {
        let mut dependencies = list.dependencies.clone();
        let value = match list.now() {
            None => Value::UNKNOWN,
            Some(items) => Value::Array(
                items
                    .iter()
                    .map(|item| {
                        dependencies.extend(item.dependencies.iter().cloned());
                        marked(item.now().map_or(Value::UNKNOWN, &to_value), item.secret)
                    })
                    .collect(),
            ),
        };
        PlannedValue {
            value: marked(value, list.secret),
            dependencies,
        }
    }

    /// A map of lists as written, with its marks and the dependencies of everything in it.
    pub fn of_list_map<T>(
        map: &Input<crate::property::ListMap<T>>,
        to_value: impl Fn(&T) -> Value,
    ) -> PlannedValue {
        let mut dependencies = map.dependencies.clone();
        let value = match map.now() {
            None => Value::UNKNOWN,
            Some(lists) => {
                let members: Map = lists
                    .iter()
                    .map(|(key, list)| {
                        let list = PlannedValue::of_list(list, &to_value);
                        dependencies.extend(list.dependencies);
                        (key.clone(), list.value)
                    })
                    .collect();
                members.into()
            }
        };
        PlannedValue {
            value: marked(value, map.secret),
            dependencies,
        }
    }

    /// Two values joined into one text, with the dependencies of both; unknown or secret if either is.
    pub fn joined(
        left: &Input<String>,
        right: &Input<String>,
        join: impl Fn(&str, &str) -> String,
    ) -> PlannedValue {
        let text = left.now().zip(right.now());
        PlannedValue::of(&Input {
            value: text.map_or(Known::Later, |(left, right)| Known::Now(join(left, right))),
            secret: left.secret || right.secret,
            dependencies: left
                .dependencies
                .union(&right.dependencies)
                .cloned()
                .collect(),
        })
    }

    /// The value together with its dependencies, for the results of a component.
    pub fn into_output(self) -> Value {
        with_dependencies(self.value, self.dependencies)
    }
}

/// The value, marked secret if `secret`.
pub fn marked(value: Value, secret: bool) -> Value {
    if secret { value.into_secret() } else { value }
}
