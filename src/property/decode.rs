//! Parses a [`Map`] into typed inputs, and reports every invalid property at once.
//!
//! An invalid value is reported and then treated as unknown, so that no later rule reports it again.
//!
//! # What this may not do
//!
//! Know the rules of a resource: the caller says which properties there are.

use super::path::PropertyPath;
use super::value::{Map, Value};
use crate::words::nearest;
use std::collections::{BTreeMap, BTreeSet};

/// A value, or the fact that it is unknown before `up`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<T> {
    /// The value.
    Now(T),
    /// The value is unknown, and nothing may be concluded about it.
    Later,
}

/// An input of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input<T> {
    /// The value.
    pub value: Known<T>,
    /// Whether it is secret.
    pub secret: bool,
    /// The URNs of the resources that it was computed from.
    pub dependencies: BTreeSet<String>,
}

/// Maps from texts to lists of inputs, as written.
pub type ListMap<T> = BTreeMap<String, Input<Vec<Input<T>>>>;

/// An invalid property: which one, what is wrong with it, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFailure {
    /// The property; the empty path is the resource as a whole.
    pub path: PropertyPath,
    /// The reason: part of a sentence, without a full stop.
    pub reason: String,
}

/// The reason for a required property that is absent or null.
pub const MISSING: &str = "is required, but missing";

/// The reason for a secret, because one that quotes the secret would show it.
const HIDDEN_REASON: &str = "has an invalid value, which is not shown because it is a secret";

/// A reason that can be shown: that of a secret could quote it.
pub fn shown_reason(secret: bool, reason: impl Into<String>) -> String {
    if secret {
        HIDDEN_REASON.to_owned()
    } else {
        reason.into()
    }
}

/// The reason for a number in place of a text, if it is unclear how the number was written.
const LOST_TEXT: &str =
    "must be a string, but is a number that may have been written differently: put it in quotes";

/// A type that can be parsed from a plain, known value.
pub trait FromValue: Sized {
    /// Parses the value.
    ///
    /// # Errors
    ///
    /// What is wrong and what to write instead. It may quote the value: for a secret, the reason is not shown.
    fn from_value(value: &Value) -> Result<Self, String>;
}

/// Parses the properties of a map one by one, and collects the failures.
#[derive(Debug)]
pub struct Fields<'a> {
    map: &'a Map,
    asked: Vec<&'static str>,
    failures: Vec<CheckFailure>,
}

impl CheckFailure {
    /// A failure of a top-level property.
    pub fn new(property: &str, reason: impl Into<String>) -> CheckFailure {
        CheckFailure {
            path: property.into(),
            reason: reason.into(),
        }
    }
}

impl<T> Input<T> {
    /// A known value that is not secret and has no dependencies.
    pub fn plain(value: T) -> Input<T> {
        Input {
            value: Known::Now(value),
            secret: false,
            dependencies: BTreeSet::new(),
        }
    }

    /// The value, if known.
    pub fn now(&self) -> Option<&T> {
        match &self.value {
            Known::Now(value) => Some(value),
            Known::Later => None,
        }
    }
}

impl<'a> Fields<'a> {
    /// Begins to parse `map`.
    pub fn of(map: &'a Map) -> Fields<'a> {
        Fields {
            map,
            asked: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// The property, or `None` if it is absent or null.
    pub fn optional<T: FromValue>(&mut self, name: &'static str) -> Option<Input<T>> {
        let value = self.look_up(name)?;
        Some(self.read(value, &name.into(), false))
    }

    /// The property; absent or null is a failure.
    pub fn required<T: FromValue>(&mut self, name: &'static str) -> Input<T> {
        if let Some(value) = self.look_up(name) {
            return self.read(value, &name.into(), false);
        }
        self.fail(&name.into(), MISSING.to_owned());
        Input {
            value: Known::Later,
            secret: false,
            dependencies: BTreeSet::new(),
        }
    }

    /// A list, or `None` if it is absent or null. The whole list, or each element, may be unknown.
    ///
    /// A null element is a failure.
    pub fn list<T: FromValue>(&mut self, name: &'static str) -> Option<Input<Vec<Input<T>>>> {
        let value = self.look_up(name)?;
        Some(self.read_list(value, &name.into(), false))
    }

    /// A map from texts to lists, or `None` if it is absent or null. The whole map, each list, or each element may be
    /// unknown.
    ///
    /// A null list is empty; a null element is a failure.
    pub fn list_map<T: FromValue>(&mut self, name: &'static str) -> Option<Input<ListMap<T>>> {
        let value = self.look_up(name)?;
        let path = PropertyPath::from(name);
        let peeled = value.peel();
        let value = match peeled.value {
            None => Known::Later,
            Some(Value::Object(members)) => {
                let mut lists = BTreeMap::new();
                for (key, list) in members {
                    let list = match list.peel().value {
                        Some(Value::Null) => Input::plain(Vec::new()),
                        _ => self.read_list(list, &path.key(key), peeled.secret),
                    };
                    lists.insert(key.clone(), list);
                }
                Known::Now(lists)
            }
            Some(other) => {
                self.fail(
                    &path,
                    format!("must be a map of lists, but is {}", other.type_name()),
                );
                Known::Later
            }
        };
        Some(Input {
            value,
            secret: peeled.secret,
            dependencies: peeled.dependencies,
        })
    }

    /// Parses a list. `hidden` says whether it is part of a secret.
    fn read_list<T: FromValue>(
        &mut self,
        value: &Value,
        path: &PropertyPath,
        hidden: bool,
    ) -> Input<Vec<Input<T>>> {
        let peeled = value.peel();
        let hidden = hidden || peeled.secret;
        let value = match peeled.value {
            None => Known::Later,
            Some(Value::Array(items)) => {
                let items = items.iter().enumerate();
                Known::Now(
                    items
                        .map(|(index, item)| self.read(item, &path.index(index), hidden))
                        .collect(),
                )
            }
            Some(other) => {
                self.fail(
                    path,
                    format!("must be a list, but is {}", other.type_name()),
                );
                Known::Later
            }
        };
        Input {
            value,
            secret: peeled.secret,
            dependencies: peeled.dependencies,
        }
    }

    /// Ends the parsing: returns all failures, including one for each unknown property.
    ///
    /// Names that begin with `__` belong to the engine and the SDKs and are ignored.
    pub fn finish(mut self) -> Vec<CheckFailure> {
        for name in self.map.keys() {
            if !name.starts_with("__") && !self.asked.contains(&name.as_str()) {
                let hint = match nearest(name, self.asked.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("the properties are `{}`", self.asked.join("`, `")),
                };
                let reason = format!("there is no such property: {hint}");
                self.failures.push(CheckFailure::new(name, reason));
            }
        }
        self.failures
    }

    fn look_up(&mut self, name: &'static str) -> Option<&'a Value> {
        self.asked.push(name);
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// Parses a value. `hidden` says whether it is part of a secret.
    fn read<T: FromValue>(&mut self, value: &Value, path: &PropertyPath, hidden: bool) -> Input<T> {
        let peeled = value.peel();
        let value = peeled
            .value
            .map(T::from_value)
            .map_or(Known::Later, |read| match read {
                Ok(value) => Known::Now(value),
                // This reason says nothing about the value.
                Err(reason) if reason == LOST_TEXT => {
                    self.fail(path, reason);
                    Known::Later
                }
                Err(_) if hidden || peeled.secret => {
                    self.fail(path, HIDDEN_REASON.to_owned());
                    Known::Later
                }
                Err(reason) => {
                    self.fail(path, reason);
                    Known::Later
                }
            });
        Input {
            value,
            secret: peeled.secret,
            dependencies: peeled.dependencies,
        }
    }

    fn fail(&mut self, path: &PropertyPath, reason: String) {
        self.failures.push(CheckFailure {
            path: path.clone(),
            reason,
        });
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Result<String, String> {
        match value {
            Value::String(text) => Ok(text.clone()),
            number @ Value::Number(_) => number.digits().ok_or_else(|| LOST_TEXT.to_owned()),
            flag @ Value::Bool(_) => Err(format!(
                "must be a string, but is {}: put it in quotes",
                flag.type_name()
            )),
            other => Err(format!("must be a string, but is {}", other.type_name())),
        }
    }
}

impl FromValue for usize {
    fn from_value(value: &Value) -> Result<usize, String> {
        let digits = value.digits();
        let number = digits.and_then(|digits| digits.parse().ok());
        number.ok_or_else(|| match value {
            Value::Number(_) => "must be a whole number, not below 0".to_owned(),
            other => format!("must be a whole number, but is {}", other.type_name()),
        })
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Result<bool, String> {
        match value {
            Value::Bool(flag) => Ok(*flag),
            other => Err(format!(
                "must be `true` or `false`, but is {}",
                other.type_name()
            )),
        }
    }
}

#[cfg(test)]
mod tests;
