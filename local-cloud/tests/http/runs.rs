//! What the tests of updates share: a client that sends the CLI's requests, without the CLI.

use crate::support::{Cloud, NOW, builder};
use flate2::Compression;
use flate2::write::GzEncoder;
use local_cloud::{AppBuilder, Clock, Method};
use serde_json::{Value, json};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use testkit::api::{Answer, client};

pub(crate) const STACK: &str = "/api/stacks/acme/web/dev";

/// A clock that stands still until it is moved.
#[derive(Clone, Debug)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    /// A clock at [`NOW`], and a builder that uses it.
    pub(crate) fn new() -> (Hands, AppBuilder) {
        let hands = Hands(Arc::new(AtomicI64::new(NOW)));
        let builder = hands.set(builder());
        (hands, builder)
    }

    /// The builder with this clock.
    pub(crate) fn set(&self, builder: AppBuilder) -> AppBuilder {
        let hands = self.clone();
        builder.clock(Clock::from_fn(move || hands.now()))
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// A running update.
#[derive(Clone)]
pub(crate) struct Run<'a> {
    pub(crate) cloud: &'a Cloud,
    pub(crate) path: String,
    pub(crate) token: String,
    /// The answer to the start.
    pub(crate) started: Value,
}

/// The body that creates an update, as the CLI sends it.
pub(crate) fn new_update(dry_run: bool) -> Value {
    json!({
        "name": "web", "runtime": "yaml", "main": "", "description": "A test",
        "options": {"localPolicyPackPaths": [], "color": "raw", "dryRun": dry_run, "parallel": 8, "showConfig": false},
        "config": {"web:n": {"string": "3", "secret": false, "object": false}},
        "metadata": {"message": "a message", "environment": {"exec.kind": "cli", "pulumi.version": "3.259.0"}},
    })
}

impl<'a> Run<'a> {
    /// Creates an update of [`STACK`] and starts it, with a journal.
    pub(crate) async fn start(cloud: &'a Cloud, kind: &str) -> Run<'a> {
        Run::start_as(cloud, STACK, kind, json!({"journalVersion": 1})).await
    }

    pub(crate) async fn start_as(
        cloud: &'a Cloud,
        stack: &str,
        kind: &str,
        start: Value,
    ) -> Run<'a> {
        let body = new_update(kind == "preview");
        let made = cloud
            .post(&format!("{stack}/{kind}"), body)
            .await
            .expect(200);
        Run::start_made(cloud, stack, &made, start).await
    }

    /// Starts an update that was created.
    pub(crate) async fn start_made(
        cloud: &'a Cloud,
        stack: &str,
        made: &Value,
        start: Value,
    ) -> Run<'a> {
        let path = format!("{stack}/update/{}", made["updateID"].as_str().unwrap());
        let started = cloud.post(&path, start).await.expect(200);
        let token = started["token"].as_str().unwrap().to_owned();
        Run {
            cloud,
            path,
            token,
            started,
        }
    }

    /// A request below the update's path with the lease, compressed as by the CLI.
    pub(crate) async fn send(&self, method: Method, name: &str, body: &Value) -> Answer {
        let auth = format!("update-token {}", self.token);
        packed(
            self.cloud,
            method,
            &format!("{}/{name}", self.path),
            &auth,
            body,
        )
        .await
    }

    pub(crate) async fn checkpoint(&self, state: Value) -> Answer {
        self.send(Method::PATCH, "checkpoint", &state).await
    }

    /// Sends journal entries, numbered from `first`.
    pub(crate) async fn journal(&self, first: i64, entries: Value) -> Answer {
        self.journal_as(1, first, entries).await
    }

    /// The same in this version of the journal.
    pub(crate) async fn journal_as(&self, version: i64, first: i64, entries: Value) -> Answer {
        let mut entries = entries.as_array().unwrap().clone();
        for (number, entry) in (first..).zip(&mut entries) {
            entry["version"] = version.into();
            entry["sequenceID"] = number.into();
        }
        self.send(
            Method::PATCH,
            "journalentries",
            &json!({ "entries": entries }),
        )
        .await
    }

    /// Sends engine events, numbered from `first`.
    pub(crate) async fn events(&self, first: i64, events: Value) -> Answer {
        let mut events = events.as_array().unwrap().clone();
        for (number, event) in (first..).zip(&mut events) {
            event["timestamp"] = NOW.into();
            event["sequence"] = number.into();
        }
        self.send(Method::POST, "events/batch", &json!({ "events": events }))
            .await
    }

    pub(crate) async fn complete(&self, status: &str) -> Answer {
        self.send(Method::POST, "complete", &json!({ "status": status }))
            .await
    }

    pub(crate) async fn renew(&self) -> Answer {
        self.send(
            Method::POST,
            "renew_lease",
            &json!({"token": "", "duration": 300}),
        )
        .await
    }
}

/// A request with this `Authorization` header and a gzip-compressed body.
pub(crate) async fn packed(
    cloud: &Cloud,
    method: Method,
    path: &str,
    auth: &str,
    body: &Value,
) -> Answer {
    packed_bytes(cloud, method, path, auth, gzip(body.to_string().as_bytes())).await
}

/// The same with the bytes of the body as they are sent.
pub(crate) async fn packed_bytes(
    cloud: &Cloud,
    method: Method,
    path: &str,
    auth: &str,
    body: Vec<u8>,
) -> Answer {
    let request = client()
        .request(method, cloud.url(path))
        .header("Authorization", auth);
    let response = request
        .header("Content-Encoding", "gzip")
        .body(body)
        .send()
        .await
        .unwrap();
    let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).unwrap()
    };
    Answer { status, body }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A resource of a state.
pub(crate) fn resource(name: &str) -> Value {
    json!({"urn": format!("urn:pulumi:dev::web::a:b:C::{name}"), "type": "a:b:C", "custom": true, "id": name})
}

/// A state with these resources.
pub(crate) fn state(names: &[&str]) -> Value {
    let resources: Vec<_> = names.iter().map(|name| resource(name)).collect();
    json!({"version": 3, "deployment": {"manifest": {}, "resources": resources}})
}

/// The entries that create a resource.
pub(crate) fn create(operation: i64, name: &str) -> [Value; 2] {
    let operation_of = json!({"type": "creating", "resource": resource(name)});
    [
        json!({"kind": 0, "operationID": operation, "operation": operation_of}),
        json!({"kind": 1, "operationID": operation, "state": resource(name)}),
    ]
}

/// The ids of the resources in the stack's state, then `creating` and so on with those of pending operations.
pub(crate) async fn told(cloud: &Cloud) -> Vec<String> {
    let exported = cloud.get(&format!("{STACK}/export")).await.expect(200);
    ids(&exported)
}

pub(crate) fn ids(exported: &Value) -> Vec<String> {
    let list = |name: &str| {
        exported["deployment"][name]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let id = |resource: &Value| resource["id"].as_str().unwrap().to_owned();
    let pending = |operation: &Value| {
        format!(
            "{} {}",
            operation["type"].as_str().unwrap(),
            id(&operation["resource"])
        )
    };
    let resources = list("resources").iter().map(id).collect::<Vec<_>>();
    resources
        .into_iter()
        .chain(list("pending_operations").iter().map(pending))
        .collect()
}
