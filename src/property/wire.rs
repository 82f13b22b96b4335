//! Converts a protobuf `Struct` to a [`Map`] and back, without loss.
//!
//! This is the only file that knows the sentinels and signatures that the engine uses for values which protobuf does not
//! support. They are part of the protocol (pulumi/pulumi, `sdk/go/common/resource/plugin/rpc.go`).
//!
//! # What this may not do
//!
//! Judge a value, or know which property it belongs to.

#![expect(
    clippy::disallowed_types,
    reason = "this file is where protobuf values end"
)]

use super::path::PropertyPath;
use super::value::{Map, Output, UnknownKind, Value};
use prost_types::value::Kind;
use prost_types::{ListValue, Struct};

const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";
const SECRET: &str = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT: &str = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE: &str = "5cf8f73096256a8f31e491e813e4eb8e";
const ASSET: &str = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE: &str = "0def7320c3a5731c473e5ecbe6d01bc7";
const BYTES: &str = "803fd3297a5875dc03ca845dda5d2a98";

const SENTINELS: [(UnknownKind, &str); 7] = [
    (UnknownKind::String, "04da6b54-80e4-46f7-96ec-b56ff0331ba9"),
    (UnknownKind::Bool, "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"),
    (UnknownKind::Number, "3eeb2bf0-c639-47a8-9e75-3b44932eb421"),
    (UnknownKind::Array, "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"),
    (UnknownKind::Asset, "030794c1-ac77-496b-92df-f27374a8bd58"),
    (UnknownKind::Archive, "e48ece36-62e2-4504-bad9-02848725956a"),
    (UnknownKind::Object, "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"),
];

/// Whether a text represents an unknown value, also in the engine's JSON.
pub(crate) fn is_unknown(text: &str) -> bool {
    SENTINELS.iter().any(|(_, sentinel)| *sentinel == text)
}

/// Whether an object with these members represents a secret, also in the engine's JSON.
pub(crate) fn is_secret(members: &serde_json::Map<String, serde_json::Value>) -> bool {
    let signature = members.get(SIGNATURE);
    signature.and_then(serde_json::Value::as_str) == Some(SECRET)
}

/// Encoded properties, for code that only passes them on.
pub type Message = Struct;

/// Whether the receiver of a message understands output values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// They are encoded as such, for the results of Construct and Call.
    Keep,
    /// They are encoded as a secret, an unknown or a plain value without dependencies, for everything else.
    Flatten,
}

/// The sender's message violates the protocol.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the engine sent a value that this provider cannot read, at `{path}`: {reason}")]
pub struct WireError {
    path: PropertyPath,
    reason: &'static str,
}

/// Decodes the properties of a message; an absent message has none.
///
/// # Errors
///
/// [`WireError`] with the path of the first value whose signature is unknown or whose members do not match it.
pub fn decode(message: Option<Struct>) -> Result<Map, WireError> {
    decode_fields(message.unwrap_or_default(), &PropertyPath::root())
}

/// Encodes properties. Decoding them again gives an equal map if `outputs` is [`Outputs::Keep`] and no secret directly
/// holds a secret.
pub fn encode(map: Map, outputs: Outputs) -> Struct {
    Struct {
        fields: map
            .into_iter()
            .map(|(key, value)| (key, encode_value(value, outputs)))
            .collect(),
    }
}

fn decode_fields(message: Struct, path: &PropertyPath) -> Result<Map, WireError> {
    message
        .fields
        .into_iter()
        .map(|(key, value)| {
            let value = decode_value(value, &path.key(key.as_str()))?;
            Ok((key, value))
        })
        .collect()
}

fn decode_value(value: prost_types::Value, path: &PropertyPath) -> Result<Value, WireError> {
    Ok(match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(flag)) => Value::Bool(flag),
        Some(Kind::NumberValue(number)) => Value::Number(number),
        Some(Kind::StringValue(text)) => {
            match SENTINELS.iter().find(|(_, sentinel)| *sentinel == text) {
                Some((kind, _)) => Value::Unknown(*kind),
                None => Value::String(text),
            }
        }
        Some(Kind::ListValue(list)) => Value::Array(decode_list(list, path)?),
        Some(Kind::StructValue(message)) => decode_object(message, path)?,
    })
}

fn decode_list(list: ListValue, path: &PropertyPath) -> Result<Vec<Value>, WireError> {
    let items = list.values.into_iter().enumerate();
    items
        .map(|(index, item)| decode_value(item, &path.index(index)))
        .collect()
}

fn decode_object(mut message: Struct, path: &PropertyPath) -> Result<Value, WireError> {
    let fail = |reason| WireError {
        path: path.clone(),
        reason,
    };
    let Some(signature) = message.fields.remove(SIGNATURE) else {
        return Ok(Value::Object(decode_fields(message, path)?));
    };
    let Some(Kind::StringValue(signature)) = signature.kind else {
        return Err(fail("its signature is not a text"));
    };
    let mut members = decode_fields(message, path)?;
    match signature.as_str() {
        SECRET => {
            let value = members
                .remove("value")
                .ok_or_else(|| fail("a secret without a value"))?;
            Ok(Value::Secret(Box::new(value)))
        }
        OUTPUT => decode_output(members).map_err(fail),
        RESOURCE if matches!(members.get("urn"), Some(Value::String(_))) => {
            Ok(Value::Resource(members))
        }
        RESOURCE => Err(fail("a resource reference without a URN")),
        ASSET => Ok(Value::Asset(members)),
        ARCHIVE => Ok(Value::Archive(members)),
        BYTES => match members.remove("value") {
            Some(Value::String(base64)) => Ok(Value::Bytes(base64)),
            _ => Err(fail("a byte string without a value")),
        },
        _ => Err(fail("its signature is unknown")),
    }
}

fn decode_output(mut members: Map) -> Result<Value, &'static str> {
    let secret = match members.remove("secret") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(secret)) => secret,
        Some(_) => return Err("an output whose `secret` is not a boolean"),
    };
    let dependencies = match members.remove("dependencies") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(urns)) => urns,
        Some(_) => return Err("an output whose `dependencies` is not a list"),
    };
    let dependencies = dependencies.into_iter().map(|urn| match urn {
        Value::String(urn) => Ok(urn),
        _ => Err("an output with a dependency that is not a URN"),
    });
    let dependencies = dependencies.collect::<Result<_, _>>()?;
    let value = members.remove("value").map(Box::new);
    Ok(Value::Output(Output {
        value,
        secret,
        dependencies,
    }))
}

fn encode_value(value: Value, outputs: Outputs) -> prost_types::Value {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(flag) => Kind::BoolValue(flag),
        Value::Number(number) => Kind::NumberValue(number),
        Value::String(text) => Kind::StringValue(text),
        Value::Array(items) => Kind::ListValue(ListValue {
            values: items
                .into_iter()
                .map(|item| encode_value(item, outputs))
                .collect(),
        }),
        Value::Object(map) => Kind::StructValue(encode(map, outputs)),
        Value::Unknown(kind) => Kind::StringValue(sentinel(kind).to_owned()),
        Value::Secret(inner) => return encode_secret(*inner, outputs),
        Value::Output(output) => return encode_output(output, outputs),
        Value::Resource(members) => signed(RESOURCE, encode(members, outputs)),
        Value::Asset(members) => signed(ASSET, encode(members, outputs)),
        Value::Archive(members) => signed(ARCHIVE, encode(members, outputs)),
        Value::Bytes(base64) => signed(
            BYTES,
            Struct {
                fields: [("value".to_owned(), string(base64))].into_iter().collect(),
            },
        ),
    };
    prost_types::Value { kind: Some(kind) }
}

/// The engine also treats a secret within a secret as one secret.
fn encode_secret(inner: Value, outputs: Outputs) -> prost_types::Value {
    let inner = encode_value(inner, outputs);
    if is_signed(&inner, SECRET) {
        return inner;
    }
    let fields = [("value".to_owned(), inner)].into_iter().collect();
    prost_types::Value {
        kind: Some(signed(SECRET, Struct { fields })),
    }
}

fn encode_output(output: Output, outputs: Outputs) -> prost_types::Value {
    let value = output.value.map(|value| *value);
    if outputs == Outputs::Flatten {
        let value = value.unwrap_or(Value::UNKNOWN);
        return if output.secret {
            encode_secret(value, outputs)
        } else {
            encode_value(value, outputs)
        };
    }
    let mut fields = std::collections::BTreeMap::new();
    if let Some(value) = value {
        fields.insert("value".to_owned(), encode_value(value, outputs));
    }
    if output.secret {
        fields.insert(
            "secret".to_owned(),
            prost_types::Value {
                kind: Some(Kind::BoolValue(true)),
            },
        );
    }
    if !output.dependencies.is_empty() {
        let values = output.dependencies.into_iter().map(string).collect();
        fields.insert(
            "dependencies".to_owned(),
            prost_types::Value {
                kind: Some(Kind::ListValue(ListValue { values })),
            },
        );
    }
    prost_types::Value {
        kind: Some(signed(OUTPUT, Struct { fields })),
    }
}

fn sentinel(kind: UnknownKind) -> &'static str {
    let found = SENTINELS.iter().find(|(known, _)| *known == kind);
    found.expect("every kind of unknown has a sentinel").1
}

fn signed(signature: &str, mut members: Struct) -> Kind {
    members
        .fields
        .insert(SIGNATURE.to_owned(), string(signature));
    Kind::StructValue(members)
}

fn is_signed(value: &prost_types::Value, signature: &str) -> bool {
    match &value.kind {
        Some(Kind::StructValue(members)) => {
            members.fields.get(SIGNATURE) == Some(&string(signature))
        }
        _ => false,
    }
}

fn string(text: impl Into<String>) -> prost_types::Value {
    prost_types::Value {
        kind: Some(Kind::StringValue(text.into())),
    }
}

#[cfg(test)]
pub(crate) mod tests;
