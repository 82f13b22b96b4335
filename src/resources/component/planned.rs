//! Values of a plan: what they are, and which resources they came from.
//!
//! # What this may not do
//!
//! Open a secret, or take an unknown for known.

use crate::property::encode::with_dependencies;
use crate::property::{Input, Known, Map, Value};
use std::collections::BTreeSet;

/// A value and the URNs of the resources that it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedValue {
    /// The value, marked secret or unknown where it is.
    pub value: Value,
    /// What it depends on.
    pub dependencies: BTreeSet<String>,
}

impl PlannedValue {
    /// A value that the program did not write.
    pub fn constant(value: impl Into<Value>) -> PlannedValue {
        PlannedValue {
            value: value.into(),
            dependencies: BTreeSet::new(),
        }
    }

    /// An input as it was written.
    pub fn of<T: Clone + Into<Value>>(input: &Input<T>) -> PlannedValue {
        PlannedValue {
            value: input.to_value(),
            dependencies: input.dependencies.clone(),
        }
    }

    /// An input as it was written, or a default.
    pub fn or<T: Clone + Into<Value>>(input: Option<&Input<T>>, default: T) -> PlannedValue {
        input.map_or_else(|| PlannedValue::constant(default), PlannedValue::of)
    }

    /// A list as it was written, marks included, with all that it and its items depend on.
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

    /// A map of lists as it was written, marks included, with all that anything in it depends on.
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

    /// Both values as one text, which depends on what either does; unknown while one is, secret if one is.
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

    /// The value with its dependencies on it; for the results of a component.
    pub fn into_output(self) -> Value {
        with_dependencies(self.value, self.dependencies)
    }
}

/// The value, marked secret if it is.
pub fn marked(value: Value, secret: bool) -> Value {
    if secret { value.into_secret() } else { value }
}
