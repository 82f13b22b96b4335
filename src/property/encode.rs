//! Turns typed inputs back into values with their marks.
//!
//! # What this may not do
//!
//! Reveal a secret: what was marked stays marked.

use super::decode::{Input, Known};
use super::value::{Map, Output, Value};
use std::collections::BTreeSet;

impl<T: Clone + Into<Value>> Input<T> {
    /// The input as a value, unknown or secret as before.
    pub fn to_value(&self) -> Value {
        let value = match &self.value {
            Known::Now(value) => value.clone().into(),
            Known::Later => Value::UNKNOWN,
        };
        if self.secret {
            value.into_secret()
        } else {
            value
        }
    }
}

/// Adds dependencies to a value, for the results of a component.
pub fn with_dependencies(value: Value, dependencies: BTreeSet<String>) -> Value {
    if dependencies.is_empty() {
        return value;
    }
    let secret = value.peel().secret;
    let inner = match value {
        Value::Secret(inner) => *inner,
        other => other,
    };
    let value = if matches!(inner, Value::Unknown(_)) {
        None
    } else {
        Some(Box::new(inner))
    };
    Value::Output(Output {
        value,
        secret,
        dependencies,
    })
}

/// The value in which unknowns are outputs without a value: the only form that the engine accepts from a component outside
/// of a preview.
/// from a component outside of a preview.
pub fn unknown_as_outputs(value: Value) -> Value {
    let unknown = |secret| {
        Value::Output(Output {
            value: None,
            secret,
            dependencies: BTreeSet::new(),
        })
    };
    match value {
        Value::Unknown(_) => unknown(false),
        Value::Secret(inner) if matches!(*inner, Value::Unknown(_)) => unknown(true),
        Value::Secret(inner) => Value::Secret(Box::new(unknown_as_outputs(*inner))),
        Value::Output(output) => Value::Output(Output {
            value: output
                .value
                .filter(|inner| !matches!(**inner, Value::Unknown(_)))
                .map(|inner| Box::new(unknown_as_outputs(*inner))),
            ..output
        }),
        Value::Array(items) => items.into_iter().map(unknown_as_outputs).collect(),
        Value::Object(members) => {
            let members = members.into_iter();
            let members: Map = members
                .map(|(name, value)| (name, unknown_as_outputs(value)))
                .collect();
            members.into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_survive() {
        let input = |value, secret| Input::<String> {
            value,
            secret,
            dependencies: BTreeSet::new(),
        };
        assert_eq!(input(Known::Now("x".into()), false).to_value(), "x".into());
        assert_eq!(
            input(Known::Now("x".into()), true).to_value(),
            Value::from("x").into_secret()
        );
        assert_eq!(
            input(Known::Later, true).to_value(),
            Value::UNKNOWN.into_secret()
        );

        let urns = BTreeSet::from(["urn".to_owned()]);
        for value in [
            Value::from("x"),
            Value::from("x").into_secret(),
            Value::UNKNOWN,
            Value::UNKNOWN.into_secret(),
        ] {
            let output = with_dependencies(value.clone(), urns.clone());
            assert_eq!(output.peel().value, value.peel().value);
            assert_eq!(output.peel().secret, value.peel().secret);
            assert_eq!(output.peel().dependencies, urns);
        }
    }

    #[test]
    fn what_is_unknown_keeps_its_place_and_its_marks() {
        let output = |value: Option<Value>, secret| {
            Value::Output(Output {
                value: value.map(Box::new),
                secret,
                dependencies: BTreeSet::from(["urn".to_owned()]),
            })
        };
        let bare = |secret| {
            Value::Output(Output {
                value: None,
                secret,
                dependencies: BTreeSet::new(),
            })
        };
        let list = |unknown: Value, hidden: Value, output: Value| {
            let items = [Value::from("x"), unknown, hidden, output];
            let members = Map::from([("list".to_owned(), items.into_iter().collect())]);
            Value::from(members)
        };
        assert_eq!(
            unknown_as_outputs(list(
                Value::UNKNOWN,
                Value::UNKNOWN.into_secret(),
                output(Some(Value::UNKNOWN), true)
            )),
            list(bare(false), bare(true), output(None, true))
        );
        let known = list(
            "y".into(),
            Value::from("z").into_secret(),
            output(Some("o".into()), false),
        );
        assert_eq!(unknown_as_outputs(known.clone()), known);
    }
}
