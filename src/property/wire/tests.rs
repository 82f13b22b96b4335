use super::*;
use proptest::prelude::*;
use prost::Message as _;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

proptest! {
    #[test]
    fn a_round_trip_equals_its_input(map in map()) {
        let bytes = encode(map.clone(), Outputs::Keep).encode_to_vec();
        let message = Struct::decode(bytes.as_slice()).unwrap();
        prop_assert_eq!(decode(Some(message)), Ok(map));
    }

    #[test]
    fn flattening_keeps_what_is_unknown_and_what_is_secret(value in value()) {
        let map = Map::from([("v".to_owned(), value.clone())]);
        let flat = decode(Some(encode(map.clone(), Outputs::Flatten))).unwrap();
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
        let read = decode(Some(encode(map.clone(), Outputs::Flatten))).unwrap();
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
