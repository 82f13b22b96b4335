//! A little of everything, and a valid body for each request that has one.

use crate::runs::{Run, STACK, create, new_update, state};
use crate::support::{Cloud, hook};
use local_cloud::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::api::{Answer, TOKEN, client};

const ENVIRONMENTS: &str = "/api/esc/environments/acme";

/// A stack whose update has no journal.
const PLAIN: &str = "/api/stacks/acme/web/plain";

/// A request with a valid body.
pub(super) struct Case {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) auth: String,
    pub(super) good: Value,
}

/// A cloud with a little of everything, a running update, and a valid body for each request that has one.
pub(super) struct Scene {
    pub(super) cloud: Cloud,
    pub(super) cases: Vec<Case>,
}

impl Scene {
    pub(super) async fn new() -> Scene {
        let cloud = Cloud::with_stack().await;
        let post = async |path: &str, body: Value| cloud.post(path, body).await.expect(200);
        post("/api/stacks/acme/web", json!({"stackName": "plain"})).await;
        post(ENVIRONMENTS, json!({"project": "web", "name": "dev"})).await;
        post(&format!("{STACK}/deployments/settings"), settings()).await;
        // What is queued stays queued.
        post(&format!("{STACK}/deployments/pause"), json!({})).await;
        for scope in scopes() {
            let one = hook(json!({"name": "one", "active": false}));
            cloud.post(&scope, one).await.expect(201);
        }
        let waiting = post(&format!("{STACK}/preview"), new_update(true)).await;
        let encrypted = post(&format!("{STACK}/encrypt"), json!({"plaintext": "YQ=="})).await;
        let run = Run::start(&cloud, "update").await;
        let plain = Run::start_as(&cloud, PLAIN, "update", json!({})).await;
        let mut cases = of_hooks();
        cases.extend(of_stacks(&waiting["updateID"], &encrypted["ciphertext"]));
        cases.extend(of_deployments());
        cases.extend(of_lease(&run));
        cases.extend(of_lease_without_journal(&plain));
        // Last, because they need a stack that no update has locked, or move it.
        let rename = json!({"newName": "prod", "newProject": "web"});
        cases.push(Case::new(Method::POST, "import", state(&["two"])));
        cases.push(Case::new(Method::POST, "rename", rename));
        Scene { cloud, cases }
    }

    /// Everything that can be read from the cloud.
    pub(super) async fn everything(&self) -> BTreeMap<&'static str, Value> {
        let mut found = BTreeMap::new();
        for path in [
            "/api/user/stacks",
            "/api/orgs/acme/hooks",
            "/api/orgs/acme/deployments",
            "/api/esc/environments/acme/web/dev/hooks",
            "/api/esc/environments/acme/web/other/hooks",
            "/api/stacks/acme/web/dev",
            "/api/stacks/acme/web/dev/export",
            "/api/stacks/acme/web/dev/hooks",
            "/api/stacks/acme/web/dev/updates",
            "/api/stacks/acme/web/dev/updates/latest/previews",
            "/api/stacks/acme/web/plain/export",
            "/api/stacks/acme/web/dev/deployments/settings",
        ] {
            found.insert(path, self.cloud.get(path).await.body);
        }
        found
    }
}

/// The paths with webhooks: a stack, an organization and an environment.
fn scopes() -> [String; 3] {
    [
        format!("{STACK}/hooks"),
        "/api/orgs/acme/hooks".to_owned(),
        format!("{ENVIRONMENTS}/web/dev/hooks"),
    ]
}

fn settings() -> Value {
    json!({"sourceContext": {"git": {"repoUrl": "https://localhost/r"}}})
}

fn of_hooks() -> Vec<Case> {
    let two = json!({
        "name": "two", "secret": "s", "format": "raw", "filters": ["update_failed"], "groups": ["deployments"],
    });
    let of_scope = |scope: String| {
        let change = hook(json!({"displayName": "Changed"}));
        [
            Case::new(Method::POST, &scope, hook(two.clone())),
            Case::new(Method::PATCH, &format!("{scope}/one"), change),
        ]
    };
    scopes().into_iter().flat_map(of_scope).collect()
}

fn of_stacks(waiting: &Value, ciphertext: &Value) -> Vec<Case> {
    let start = format!("update/{}", waiting.as_str().unwrap());
    vec![
        Case::new(
            Method::POST,
            "/api/stacks/acme/web",
            json!({"stackName": "other", "tags": {"a": "b"}}),
        ),
        Case::new(
            Method::POST,
            ENVIRONMENTS,
            json!({"project": "web", "name": "other"}),
        ),
        Case::new(Method::PATCH, "tags", json!({"c": "d"})),
        Case::new(Method::POST, "tags", json!({"name": "a", "value": "b"})),
        Case::new(Method::POST, "encrypt", json!({"plaintext": "YQ=="})),
        Case::new(
            Method::POST,
            "batch-encrypt",
            json!({"plaintexts": ["YQ=="]}),
        ),
        Case::new(Method::POST, "decrypt", json!({"ciphertext": ciphertext})),
        Case::new(
            Method::POST,
            "batch-decrypt",
            json!({"ciphertexts": [ciphertext]}),
        ),
        Case::new(Method::POST, "update", new_update(false)),
        Case::new(
            Method::POST,
            &start,
            json!({"tags": {"a": "b"}, "journalVersion": 1}),
        ),
    ]
}

fn of_deployments() -> Vec<Case> {
    let new = json!({"operation": "update", "inheritSettings": true});
    vec![
        Case::new(Method::PUT, "deployments/settings", settings()),
        Case::new(Method::POST, "deployments/settings", settings()),
        Case::new(Method::POST, "deployments", new),
    ]
}

fn of_lease(run: &Run<'_>) -> Vec<Case> {
    let mut entries = create(1, "one");
    for (number, entry) in (1..).zip(&mut entries) {
        entry["version"] = 1.into();
        entry["sequenceID"] = number.into();
    }
    let event = json!({"sequence": 0, "timestamp": 1, "stdoutEvent": {"message": "x"}});
    vec![
        Case::leased(
            run,
            Method::PATCH,
            "journalentries",
            json!({ "entries": entries }),
        ),
        Case::leased(
            run,
            Method::POST,
            "events/batch",
            json!({ "events": [event] }),
        ),
        Case::leased(
            run,
            Method::POST,
            "complete",
            json!({"status": "succeeded"}),
        ),
    ]
}

fn of_lease_without_journal(run: &Run<'_>) -> Vec<Case> {
    let verbatim = json!({"version": 1, "untypedDeployment": state(&["one"]), "sequenceNumber": 1});
    vec![
        Case::leased(run, Method::PATCH, "checkpoint", state(&["one"])),
        Case::leased(run, Method::PATCH, "checkpointverbatim", verbatim),
    ]
}

impl Case {
    /// With the user's token. A relative path is below that of the stack.
    pub(super) fn new(method: Method, path: &str, good: Value) -> Case {
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{STACK}/{path}")
        };
        let auth = format!("token {TOKEN}");
        Case {
            method,
            path,
            auth,
            good,
        }
    }

    /// With the lease of an update.
    fn leased(run: &Run<'_>, method: Method, name: &str, good: Value) -> Case {
        Case {
            auth: format!("update-token {}", run.token),
            ..Case::new(method, &format!("{}/{name}", run.path), good)
        }
    }

    pub(super) async fn send(&self, cloud: &Cloud, body: impl Into<reqwest::Body>) -> Answer {
        let request = client()
            .request(self.method.clone(), cloud.url(&self.path))
            .header("Authorization", &self.auth);
        let response = request.body(body).send().await.unwrap();
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        }
    }

    /// Refuses this body with a code and a message.
    pub(super) async fn refuses(&self, cloud: &Cloud, body: impl Into<reqwest::Body>, what: &str) {
        let answer = self.send(cloud, body).await;
        let Case { method, path, .. } = self;
        assert!(
            (400..500).contains(&answer.status),
            "{method} {path} with {what}: {} {}",
            answer.status,
            answer.body
        );
        assert_eq!(
            answer.body["code"], answer.status,
            "{method} {path} with {what}"
        );
        assert!(
            answer.body["message"].is_string(),
            "{method} {path} with {what}"
        );
    }
}
