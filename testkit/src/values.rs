//! Converts property values between JSON and the engine's encoding.
//!
//! Independent of the plugin's own codec, so that neither can hide the other's mistakes.

#![allow(
    clippy::disallowed_types,
    reason = "here the tests speak the engine's protocol themselves"
)]

use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value};
use serde_json::json;

/// The sentinel for unknown values.
pub const UNKNOWN: &str = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/// A secret in the engine's encoding.
pub fn secret(value: impl Into<serde_json::Value>) -> serde_json::Value {
    json!({"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": value.into()})
}

/// A value with dependencies.
pub fn output(value: impl Into<serde_json::Value>, dependencies: &[&str]) -> serde_json::Value {
    json!({
        "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4",
        "value": value.into(), "dependencies": dependencies,
    })
}

/// The properties in a message.
#[allow(
    clippy::unnecessary_wraps,
    reason = "the fields of messages are optional"
)]
pub fn properties(json: serde_json::Value) -> Option<Struct> {
    let serde_json::Value::Object(members) = json else {
        panic!("{json} is no object")
    };
    Some(Struct {
        fields: members
            .into_iter()
            .map(|(key, item)| (key, value(item)))
            .collect(),
    })
}

fn value(json: serde_json::Value) -> Value {
    let kind = match json {
        serde_json::Value::Null => Kind::NullValue(0),
        serde_json::Value::Bool(flag) => Kind::BoolValue(flag),
        serde_json::Value::Number(number) => Kind::NumberValue(number.as_f64().expect("it fits")),
        serde_json::Value::String(text) => Kind::StringValue(text),
        serde_json::Value::Array(items) => Kind::ListValue(ListValue {
            values: items.into_iter().map(value).collect(),
        }),
        object @ serde_json::Value::Object(_) => {
            Kind::StructValue(properties(object).expect("always"))
        }
    };
    Value { kind: Some(kind) }
}

/// The properties in a message as JSON; null if there are none.
pub fn json_of(properties: Option<Struct>) -> serde_json::Value {
    properties.map_or(serde_json::Value::Null, |found| {
        found
            .fields
            .into_iter()
            .map(|(key, item)| (key, json_value(item)))
            .collect()
    })
}

fn json_value(value: Value) -> serde_json::Value {
    match value.kind {
        None | Some(Kind::NullValue(_)) => serde_json::Value::Null,
        Some(Kind::BoolValue(flag)) => flag.into(),
        Some(Kind::NumberValue(number)) => number.into(),
        Some(Kind::StringValue(text)) => text.into(),
        Some(Kind::ListValue(list)) => list.values.into_iter().map(json_value).collect(),
        Some(Kind::StructValue(members)) => json_of(Some(members)),
    }
}
