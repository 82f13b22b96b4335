//! The outputs that a preview predicts, and how they compare with others.
//!
//! # What this may not do
//!
//! Treat secret or unknown values as equal.

use crate::property::wire;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the engine writes in place of a secret.
const BLINDED: &str = "[secret]";

/// Outputs by name.
pub type Outputs = BTreeMap<String, Output>;

/// The value of an output, as far as it can be compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A value.
    Known(Value),
    /// It is known only after the update, in whole or in part.
    Unknown,
    /// It is secret, in whole or in part.
    Secret,
}

impl Output {
    /// The output with this value, in the form used in states and events.
    pub fn of(value: &Value) -> Output {
        if contains(value, &is_unknown) {
            Output::Unknown
        } else if contains(value, &is_secret) {
            Output::Secret
        } else {
            Output::Known(value.clone())
        }
    }

    /// All outputs of an object.
    pub fn all<'a>(values: impl IntoIterator<Item = (&'a String, &'a Value)>) -> Outputs {
        let values = values.into_iter();
        values
            .map(|(name, value)| (name.clone(), Output::of(value)))
            .collect()
    }

    /// The value, if it can be shown.
    pub fn known(&self) -> Option<&Value> {
        match self {
            Output::Known(value) => Some(value),
            Output::Unknown | Output::Secret => None,
        }
    }
}

/// How an output would change.
#[derive(Clone, Debug, PartialEq)]
pub enum OutputChange {
    /// The stack does not have it yet.
    Added(Output),
    /// The stack has it now and would lose it.
    Removed(Output),
    /// Its value would change.
    Changed(Output, Output),
    /// Its value is known only after the update. This counts as a change.
    Unknown,
    /// It is secret before and after, so it may or may not change.
    Secret,
}

impl OutputChange {
    /// Whether it counts as a change. Only what cannot be compared does not.
    pub fn counts(&self) -> bool {
        *self != OutputChange::Secret
    }

    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            OutputChange::Added(_) => "added",
            OutputChange::Removed(_) => "removed",
            OutputChange::Changed(..) => "changed",
            OutputChange::Unknown => "unknown",
            OutputChange::Secret => "secret",
        }
    }

    fn of(before: Option<&Output>, after: Option<&Output>) -> Option<OutputChange> {
        match (before, after) {
            (None, None) => None,
            (Some(before), None) => Some(OutputChange::Removed(before.clone())),
            (_, Some(Output::Unknown)) => Some(OutputChange::Unknown),
            (None, Some(after)) => Some(OutputChange::Added(after.clone())),
            (Some(Output::Secret), Some(Output::Secret)) => Some(OutputChange::Secret),
            (Some(before), Some(after)) if before == after => None,
            (Some(before), Some(after)) => {
                Some(OutputChange::Changed(before.clone(), after.clone()))
            }
        }
    }
}

/// The outputs that would differ, by name.
pub fn changed(before: &Outputs, after: &Outputs) -> BTreeMap<String, OutputChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |name: &String| OutputChange::of(before.get(name), after.get(name));
    let changes = names.into_iter();
    changes
        .filter_map(|name| Some((name.clone(), change(name)?)))
        .collect()
}

fn contains(value: &Value, is_sought: &impl Fn(&Value) -> bool) -> bool {
    is_sought(value)
        || match value {
            Value::Array(items) => items.iter().any(|item| contains(item, is_sought)),
            Value::Object(map) => map.values().any(|item| contains(item, is_sought)),
            _ => false,
        }
}

fn is_unknown(value: &Value) -> bool {
    value.as_str().is_some_and(wire::is_unknown)
}

fn is_secret(value: &Value) -> bool {
    value.as_str() == Some(BLINDED) || value.as_object().is_some_and(wire::is_secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outputs(value: Value) -> Outputs {
        Output::all(value.as_object().expect("it is an object"))
    }

    const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";
    /// A text and a list that are not known yet.
    const LATER: [&str; 2] = [
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    ];

    fn secret() -> Value {
        json!({SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"})
    }

    #[test]
    fn what_is_not_known_counts_as_changed_and_what_is_secret_is_not_compared() {
        let before = outputs(json!({
            "same": {"a": [1, "x"]}, "other": 1, "gone": 2, "later": 3, "key": secret(), "opened": secret(), "closed": 1,
        }));
        let after = outputs(json!({
            "same": {"a": [1, "x"]}, "other": 2, "later": [LATER[0]], "new": true, "fresh": LATER[1],
            "key": {"deep": secret()}, "opened": 1, "closed": BLINDED,
        }));
        let found = changed(&before, &after);
        let lines: Vec<String> = found
            .iter()
            .map(|(name, change)| format!("{name} {} {}", change.as_str(), change.counts()))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        closed changed true
        fresh unknown true
        gone removed true
        key secret false
        later unknown true
        new added true
        opened changed true
        other changed true
        ");
        assert_eq!(
            changed(&after, &after).len(),
            4,
            "what is unknown or secret stays so"
        );
    }

    #[test]
    fn a_secret_in_what_is_unknown_is_unknown() {
        let both = json!([secret(), LATER[1]]);
        assert_eq!(Output::of(&both), Output::Unknown);
        assert!(Output::of(&json!({SIGNATURE: "other"})).known().is_some());
    }
}
