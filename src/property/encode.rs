//! From typed inputs back to values, with the marks put on again.
//!
//! # What this may not do
//!
//! Open a secret: what came in marked goes out marked.

use super::decode::{Input, Known};
use super::value::{Output, Value};
use std::collections::BTreeSet;

impl<T: Clone + Into<Value>> Input<T> {
    /// The input as a value: unknown while it is not known, and secret if it was.
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

/// Adds to a value what it depends on; for the results of a component.
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
}
