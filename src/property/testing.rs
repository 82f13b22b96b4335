//! Values in JSON for tests: `"?"` is unknown, `"secret x"` is `x` marked secret.

use super::diff::DetailedDiff;
use super::{Map, Value};

/// The value that `json` represents.
pub(crate) fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(*flag),
        serde_json::Value::Number(number) => Value::Number(number.as_f64().expect("a number fits")),
        serde_json::Value::String(text) if text == "?" => Value::UNKNOWN,
        serde_json::Value::String(text) => match text.strip_prefix("secret ") {
            Some("?") => Value::UNKNOWN.into_secret(),
            Some(hidden) => Value::from(hidden).into_secret(),
            None => text.as_str().into(),
        },
        serde_json::Value::Array(items) => Value::Array(items.iter().map(value).collect()),
        serde_json::Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, item)| (key.clone(), value(item)))
                .collect(),
        ),
    }
}

/// The map that `json`, an object, represents.
pub(crate) fn map(json: serde_json::Value) -> Map {
    match value(&json) {
        Value::Object(map) => map,
        other => panic!("{other:?} is no object"),
    }
}

/// The JSON for `map`, the inverse of [`map`]. Of outputs, only the value is shown.
pub(crate) fn json(map: &Map) -> serde_json::Value {
    serde_json::Value::Object(
        map.iter()
            .map(|(key, value)| (key.clone(), json_value(value)))
            .collect(),
    )
}

fn json_value(value: &Value) -> serde_json::Value {
    let peeled = value.peel();
    let plain = match peeled.value {
        None => "?".into(),
        Some(Value::Null) => serde_json::Value::Null,
        Some(Value::Bool(flag)) => (*flag).into(),
        Some(Value::Number(number)) => (*number).into(),
        Some(Value::String(text)) => text.as_str().into(),
        Some(Value::Array(items)) => items.iter().map(json_value).collect(),
        Some(Value::Object(map)) => json(map),
        Some(other) => format!("{other:?}").into(),
    };
    match (peeled.secret, plain) {
        (true, serde_json::Value::String(text)) => format!("secret {text}").into(),
        (true, other) => format!("secret {other}").into(),
        (false, plain) => plain,
    }
}

/// A diff as lines of `path Change`, with `replaces` after those that replace the resource.
pub(crate) fn lines(diff: &DetailedDiff) -> Vec<String> {
    let line = |(path, found): (&super::PropertyPath, &super::diff::PropertyDiff)| {
        let replaces = if found.replaces { " replaces" } else { "" };
        format!("{path} {:?}{replaces}", found.change)
    };
    diff.iter().map(line).collect()
}
