//! Protobuf `Struct` to [`Map`] and back, with nothing lost.
//!
//! The only file that knows the sentinels and signatures by which the engine writes what protobuf has no word for.
//! They are facts of the protocol (pulumi/pulumi, `sdk/go/common/resource/plugin/rpc.go`).
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

/// Properties as protobuf has them, for those who only pass them on.
pub type Message = Struct;

/// Whether the receiver of a message understands output values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// Written as they are. For the results of Construct and Call.
    Keep,
    /// Written as a secret, an unknown or a plain value; what they depend on is left out. For everything else.
    Flatten,
}

/// The sender's message breaks the protocol.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the engine sent a value that this provider cannot read, at `{path}`: {reason}")]
pub struct WireError {
    path: PropertyPath,
    reason: &'static str,
}

/// Reads a message's properties; an absent message reads as no properties.
///
/// # Errors
///
/// [`WireError`] with the path of the first value whose signature is unknown or whose members do not fit it.
pub fn decode(message: Option<Struct>) -> Result<Map, WireError> {
    decode_fields(message.unwrap_or_default(), &PropertyPath::root())
}

/// Writes properties as a message. Reading it again gives an equal map, as long as `outputs` is [`Outputs::Keep`] and
/// no secret directly holds a secret.
pub fn encode(map: &Map, outputs: Outputs) -> Struct {
    Struct {
        fields: map
            .iter()
            .map(|(key, value)| (key.clone(), encode_value(value, outputs)))
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

fn encode_value(value: &Value, outputs: Outputs) -> prost_types::Value {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(flag) => Kind::BoolValue(*flag),
        Value::Number(number) => Kind::NumberValue(*number),
        Value::String(text) => Kind::StringValue(text.clone()),
        Value::Array(items) => Kind::ListValue(ListValue {
            values: items
                .iter()
                .map(|item| encode_value(item, outputs))
                .collect(),
        }),
        Value::Object(map) => Kind::StructValue(encode(map, outputs)),
        Value::Unknown(kind) => Kind::StringValue(sentinel(*kind).to_owned()),
        Value::Secret(inner) => return encode_secret(inner, outputs),
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

/// A secret within a secret is one secret, to the engine too.
fn encode_secret(inner: &Value, outputs: Outputs) -> prost_types::Value {
    let inner = encode_value(inner, outputs);
    if is_signed(&inner, SECRET) {
        return inner;
    }
    let fields = [("value".to_owned(), inner)].into_iter().collect();
    prost_types::Value {
        kind: Some(signed(SECRET, Struct { fields })),
    }
}

fn encode_output(output: &Output, outputs: Outputs) -> prost_types::Value {
    let value = output.value.as_deref();
    if outputs == Outputs::Flatten {
        let value = value.unwrap_or(&Value::UNKNOWN);
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
        let values = output.dependencies.iter().map(|urn| string(urn)).collect();
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

fn string(text: &str) -> prost_types::Value {
    prost_types::Value {
        kind: Some(Kind::StringValue(text.to_owned())),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use prost::Message as _;
    use std::collections::BTreeMap;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_round_trip_equals_its_input(map in map()) {
            let bytes = encode(&map, Outputs::Keep).encode_to_vec();
            let message = Struct::decode(bytes.as_slice()).unwrap();
            prop_assert_eq!(decode(Some(message)), Ok(map));
        }

        #[test]
        fn flattening_keeps_what_is_unknown_and_what_is_secret(value in value()) {
            let map = Map::from([("v".to_owned(), value.clone())]);
            let flat = decode(Some(encode(&map, Outputs::Flatten))).unwrap();
            prop_assert_eq!(flat["v"].has_unknown(), value.has_unknown());
            prop_assert_eq!(flat["v"].has_secret(), value.has_secret());
            let said = format!("{flat:?}");
            prop_assert!(!said.contains("Output("), "{}", said);
        }

        #[test]
        fn no_message_is_a_panic(fields in prop::collection::btree_map(key(), hostile(), 0..4)) {
            let _ = decode(Some(Struct { fields }));
        }
    }

    /// The protocol's own texts, written a second time: a slip in the constants above agrees with itself everywhere else.
    #[test]
    fn the_engines_sentinels_and_signatures_are_understood() {
        let sentinels = [
            (UnknownKind::String, "04da6b54-80e4-46f7-96ec-b56ff0331ba9"),
            (UnknownKind::Bool, "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"),
            (UnknownKind::Number, "3eeb2bf0-c639-47a8-9e75-3b44932eb421"),
            (UnknownKind::Array, "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"),
            (UnknownKind::Asset, "030794c1-ac77-496b-92df-f27374a8bd58"),
            (UnknownKind::Archive, "e48ece36-62e2-4504-bad9-02848725956a"),
            (UnknownKind::Object, "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"),
        ];
        let decoded = |value| {
            let fields = BTreeMap::from([("v".to_owned(), value)]);
            decode(Some(Struct { fields })).unwrap()["v"].clone()
        };
        for (kind, text) in sentinels {
            assert_eq!(decoded(string(text)), Value::Unknown(kind), "{text}");
        }
        let signed = |signature: &str, member: &str| {
            let members = [
                ("4dabf18193072939515e22adb298388d", signature),
                (member, "x"),
            ];
            let fields = members.map(|(key, text)| (key.to_owned(), string(text)));
            decoded(prost_types::Value {
                kind: Some(Kind::StructValue(Struct {
                    fields: fields.into(),
                })),
            })
        };
        let is = |signature, member, expected: fn(&Value) -> bool| {
            let value = signed(signature, member);
            assert!(expected(&value), "{signature}: {value:?}");
        };
        is("1b47061264138c4ac30d75fd1eb44270", "value", |value| {
            matches!(value, Value::Secret(_))
        });
        is("d0e6a833031e9bbcd3f4e8bde6ca49a4", "value", |value| {
            matches!(value, Value::Output(_))
        });
        is("5cf8f73096256a8f31e491e813e4eb8e", "urn", |value| {
            matches!(value, Value::Resource(_))
        });
        is("c44067f5952c0a294b673a41bacd8c17", "text", |value| {
            matches!(value, Value::Asset(_))
        });
        is("0def7320c3a5731c473e5ecbe6d01bc7", "path", |value| {
            matches!(value, Value::Archive(_))
        });
        is("803fd3297a5875dc03ca845dda5d2a98", "value", |value| {
            matches!(value, Value::Bytes(_))
        });
    }

    #[test]
    fn a_secret_within_a_secret_is_written_once() {
        let output = Output {
            value: Some(Box::new("x".into())),
            secret: true,
            dependencies: BTreeSet::default(),
        };
        for doubled in [
            Value::Secret(Box::new(Value::Secret(Box::new("x".into())))),
            Value::Secret(Box::new(Value::Output(output))),
        ] {
            let map = Map::from([("v".to_owned(), doubled)]);
            let read = decode(Some(encode(&map, Outputs::Flatten))).unwrap();
            assert_eq!(read["v"], Value::Secret(Box::new("x".into())));
        }
    }

    #[test]
    fn a_breach_of_the_protocol_names_its_place() {
        let check = |signature: &str, members: &[(&str, prost_types::Value)], expected: &str| {
            let fields = members
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect();
            let bad = prost_types::Value {
                kind: Some(signed(signature, Struct { fields })),
            };
            let list = prost_types::Value {
                kind: Some(Kind::ListValue(ListValue {
                    values: vec![string("ok"), bad],
                })),
            };
            let error = decode(Some(Struct {
                fields: BTreeMap::from([("a".to_owned(), list)]),
            }))
            .unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "the engine sent a value that this provider cannot read, at `a[1]`: {expected}"
                )
            );
        };
        check("nonsense", &[], "its signature is unknown");
        check(SECRET, &[], "a secret without a value");
        check(BYTES, &[], "a byte string without a value");
        check(RESOURCE, &[], "a resource reference without a URN");
        check(
            OUTPUT,
            &[("secret", string("yes"))],
            "an output whose `secret` is not a boolean",
        );
        check(
            OUTPUT,
            &[("dependencies", string("urn"))],
            "an output whose `dependencies` is not a list",
        );
    }

    fn key() -> impl Strategy<Value = String> {
        prop_oneof![
            Just("value".to_owned()),
            Just(SIGNATURE.to_owned()),
            "[a-c]{1,2}"
        ]
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[a-z]{0,3}"].prop_filter("not a sentinel", |text| {
            SENTINELS.iter().all(|(_, sentinel)| sentinel != text)
        })
    }

    fn map() -> impl Strategy<Value = Map> {
        prop::collection::btree_map("[a-d]{1,3}", value(), 0..4)
    }

    fn value() -> impl Strategy<Value = Value> {
        let unknown = (0..SENTINELS.len()).prop_map(|at| Value::Unknown(SENTINELS[at].0));
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<f64>()
                .prop_filter("comparable", |n| !n.is_nan())
                .prop_map(Value::Number),
            text().prop_map(Value::String),
            unknown,
            text().prop_map(Value::Bytes),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let members = prop::collection::btree_map("[a-d]{1,3}", inner.clone(), 0..4);
            let output = (
                prop::option::of(inner.clone()),
                any::<bool>(),
                prop::collection::btree_set(text(), 0..3),
            );
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                members.clone().prop_map(Value::Object),
                inner
                    .prop_filter("one mark", |v| !matches!(v, Value::Secret(_)))
                    .prop_map(Value::into_secret),
                output.prop_map(|(value, secret, dependencies)| {
                    Value::Output(Output {
                        value: value.map(Box::new),
                        secret,
                        dependencies,
                    })
                }),
                (text(), members.clone()).prop_map(|(urn, mut members)| {
                    members.insert("urn".to_owned(), urn.into());
                    Value::Resource(members)
                }),
                members.clone().prop_map(Value::Asset),
                members.prop_map(Value::Archive),
            ]
        })
    }

    /// The bytes of such messages.
    pub(crate) fn hostile_message() -> impl Strategy<Value = Vec<u8>> {
        let fields = prop::collection::btree_map(key(), hostile(), 0..4);
        fields.prop_map(|fields| Struct { fields }.encode_to_vec())
    }

    /// Messages that an engine would never send: any signature over any members.
    fn hostile() -> impl Strategy<Value = prost_types::Value> {
        let signatures = [SECRET, OUTPUT, RESOURCE, ASSET, ARCHIVE, BYTES, "nonsense"];
        let leaf = prop_oneof![
            Just(prost_types::Value { kind: None }),
            prop::sample::select(signatures.to_vec()).prop_map(string),
            any::<f64>().prop_map(|n| prost_types::Value {
                kind: Some(Kind::NumberValue(n))
            }),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::btree_map(key(), inner.clone(), 0..4).prop_map(|fields| {
                    prost_types::Value {
                        kind: Some(Kind::StructValue(Struct { fields })),
                    }
                }),
                prop::collection::vec(inner, 0..4).prop_map(|values| prost_types::Value {
                    kind: Some(Kind::ListValue(ListValue { values }))
                }),
            ]
        })
    }
}
