//! Requests that no engine sends: each gets an answer, and the process keeps running.

use auto_deploy::pb;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use testkit::provider::{Provider, urn};
use testkit::values::{UNKNOWN, properties};

/// The key that marks an object as a special value, and the values that it can have.
const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";
const SIGNATURES: [&str; 7] = [
    "1b47061264138c4ac30d75fd1eb44270",
    "d0e6a833031e9bbcd3f4e8bde6ca49a4",
    "5cf8f73096256a8f31e491e813e4eb8e",
    "c44067f5952c0a294b673a41bacd8c17",
    "0def7320c3a5731c473e5ecbe6d01bc7",
    "803fd3297a5875dc03ca845dda5d2a98",
    "no such signature",
];
const NAMES: [&str; 16] = [
    "organizationName",
    "projectName",
    "stackName",
    "environmentName",
    "displayName",
    "payloadUrl",
    "active",
    "format",
    "filters",
    "groups",
    "secret",
    "name",
    "secretCiphertext",
    "hasSecret",
    "value",
    "dependencies",
];

/// Values of every kind, including the engine's special values, whole and broken.
fn value() -> impl Strategy<Value = Value> {
    let texts = prop_oneof![
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            "update_succeeded",
            "stacks",
            "raw",
            "a/b",
            "acme",
            "..",
            "",
            UNKNOWN
        ])
        .prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_filter_map("JSON has no other", |number| {
            serde_json::Number::from_f64(number).map(Value::from)
        }),
        texts,
    ];
    let name = prop_oneof![
        prop::sample::select(&NAMES[..]).prop_map(str::to_owned),
        any::<String>(),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        let marked = prop::sample::select(&SIGNATURES[..]);
        let members = prop::collection::btree_map(name.clone(), inner.clone(), 0..4);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            members.clone().prop_map(|members| json!(members)),
            (marked, members, inner).prop_map(|(signature, members, value)| {
                let mut object = json!(members);
                object[SIGNATURE] = json!(signature);
                object["value"] = value;
                object
            }),
        ]
    })
}

/// A map, mostly with the names of properties.
fn map() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        9 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::btree_map(name, value(), 0..12).prop_map(|members| json!(members))
}

fn check<T>(answer: Result<T, tonic::Status>, given: &[Value]) {
    if let Err(status) = answer {
        assert!(
            !status.message().contains("please report"),
            "{status}: {given:?}"
        );
    }
}

#[tokio::test]
async fn random_values_are_answered() {
    let provider = Provider::start().await;
    let mut client = provider.client.clone();
    let mut runner = TestRunner::deterministic();
    let strategy = (map(), map(), map(), any::<String>());
    for _ in 0..300 {
        let (olds, news, old_inputs, text) = strategy
            .new_tree(&mut runner)
            .expect("it can be made")
            .current();
        let given = [olds.clone(), news.clone(), old_inputs.clone()];
        let urn = if text.len() % 2 == 0 {
            urn(&text)
        } else {
            text.clone()
        };
        let [olds, news, old_inputs] = [olds, news, old_inputs].map(properties);
        let request = pb::CheckRequest {
            urn: urn.clone(),
            olds: olds.clone(),
            news: news.clone(),
            ..pb::CheckRequest::default()
        };
        check(client.check(request.clone()).await, &given);
        check(client.check_config(request).await, &given);
        let request = pb::DiffRequest {
            urn: urn.clone(),
            id: text.clone(),
            olds: olds.clone(),
            news: news.clone(),
            old_inputs: old_inputs.clone(),
            ..pb::DiffRequest::default()
        };
        check(client.diff(request.clone()).await, &given);
        check(client.diff_config(request).await, &given);
        for preview in [true, false] {
            let request = pb::CreateRequest {
                urn: urn.clone(),
                properties: news.clone(),
                preview,
                timeout: f64::from(u8::try_from(text.len() % 3).expect("it is small")) - 1.0,
                ..pb::CreateRequest::default()
            };
            check(client.create(request).await, &given);
            let request = pb::UpdateRequest {
                urn: urn.clone(),
                id: "acme/app/prod/x".to_owned(),
                olds: olds.clone(),
                news: news.clone(),
                old_inputs: old_inputs.clone(),
                preview,
                ..pb::UpdateRequest::default()
            };
            check(client.update(request).await, &given);
        }
        let request = pb::ReadRequest {
            urn: urn.clone(),
            id: text.clone(),
            properties: olds,
            inputs: old_inputs,
            ..pb::ReadRequest::default()
        };
        check(client.read(request).await, &given);
        let request = pb::DeleteRequest {
            urn,
            id: text,
            ..pb::DeleteRequest::default()
        };
        check(client.delete(request).await, &given);
        let request = pb::ConstructRequest {
            r#type: "auto-deploy:index:AutoDeployer".to_owned(),
            inputs: news,
            monitor_endpoint: "127.0.0.1:1".to_owned(),
            accepts_output_values: true,
            ..pb::ConstructRequest::default()
        };
        check(client.construct(request).await, &given);
    }
    provider.inputs(json!({"organizationName": "acme", "displayName": "x", "payloadUrl": "https://example.com"})).await;
}

/// A message below gRPC: a frame with any bytes.
fn frame(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len())
        .expect("it is short")
        .to_be_bytes();
    [&[0], &length[..], bytes].concat()
}

/// A length-delimited field.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 0x7f {
        field.push(u8::try_from(length & 0x7f).expect("it is small") | 0x80);
        length >>= 7;
    }
    field.push(u8::try_from(length).expect("it is small"));
    [field, bytes.to_vec()].concat()
}

#[tokio::test]
async fn random_bytes_are_answered() {
    let provider = Provider::start().await;
    let http = auto_deploy::cloud::http_client()
        .http2_prior_knowledge()
        .build()
        .expect("it can be made");
    let send = async |method: &str, body: Vec<u8>| {
        let url = format!("{}/pulumirpc.ResourceProvider/{method}", provider.address);
        let request = http
            .post(url)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(body);
        // An answer, or a refused stream; what matters is that the next request is answered.
        let _ = request.send().await;
    };
    let methods = [
        "Check",
        "Diff",
        "Create",
        "Construct",
        "Configure",
        "NoSuchMethod",
    ];
    let mut runner = TestRunner::deterministic();
    for n in 0..300 {
        let bytes = any::<Vec<u8>>()
            .new_tree(&mut runner)
            .expect("it can be made")
            .current();
        let method = methods[n % methods.len()];
        let framed = if n % 3 == 0 { bytes } else { frame(&bytes) };
        send(method, framed).await;
    }
    // Nested objects, deeper than anyone would use: a Struct's entry, its value, and a Struct in that.
    let mut deep = Vec::new();
    for _ in 0..5_000 {
        let value = field(5, &deep);
        deep = field(1, &[field(1, b"a"), field(2, &value)].concat());
    }
    send("Check", frame(&field(3, &deep))).await;
    provider.inputs(json!({"organizationName": "acme", "displayName": "x", "payloadUrl": "https://example.com"})).await;
}

#[tokio::test]
async fn deep_values_are_read_or_refused() {
    let provider = Provider::start().await;
    for depth in [10, 40, 90] {
        let lists = (0..depth).fold(json!("x"), |inner, _| json!([inner]));
        let secrets = (0..depth).fold(
            json!("x"),
            |inner, _| json!({SIGNATURE: SIGNATURES[0], "value": inner}),
        );
        for value in [lists, secrets] {
            let request = pb::CheckRequest {
                urn: urn("x"),
                news: properties(json!({"filters": value})),
                ..pb::CheckRequest::default()
            };
            check(provider.client.clone().check(request).await, &[]);
        }
    }
}

#[tokio::test]
async fn what_is_nested_too_deeply_is_refused_in_plain_words() {
    let provider = Provider::start().await;
    let nested = |depth: usize| (0..depth).fold(json!("x"), |inner, _| json!({"a": inner}));
    let listed = |depth: usize| (0..depth).fold(json!("x"), |inner, _| json!([inner]));
    for deep in [nested(30), listed(30)] {
        let checked = provider.check(json!({"displayName": deep})).await;
        checked.expect("it is read");
    }
    for deep in [nested(200), listed(200)] {
        let refused = provider.check(json!({"displayName": deep})).await;
        let status = refused.expect_err("it cannot be read");
        assert_eq!(status.code(), tonic::Code::InvalidArgument, "{status}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(status.message(), @"a property is nested too deeply to be read: lists and maps may be at most 30 levels deep");
        }
    }
    provider
        .check(json!({}))
        .await
        .expect("the process goes on");
}
