//! Requests that no client of ours would send: each is refused with a code and a sentence, and changes nothing.

use crate::runs::{Run, STACK, create, new_update, resource, state};
use crate::support::{Answer, Cloud, TOKEN, client, hook};
use local_cloud::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A request with a body that is right.
struct Case {
    method: Method,
    path: String,
    auth: String,
    good: Value,
}

/// A cloud with a little of everything, an update that runs, and one right body for each request that has one.
struct Scene {
    cloud: Cloud,
    cases: Vec<Case>,
}

impl Scene {
    async fn new() -> Scene {
        let cloud = Cloud::with_stack().await;
        let settings = json!({"sourceContext": {"git": {"repoUrl": "https://localhost/r"}}});
        cloud
            .put(&format!("{STACK}/deployments/settings"), settings.clone())
            .await
            .expect(200);
        // What is in the queue stays there.
        cloud
            .post(&format!("{STACK}/deployments/pause"), json!({}))
            .await
            .expect(200);
        let environment = json!({"project": "web", "name": "dev"});
        let environments = "/api/esc/environments/acme";
        cloud.post(environments, environment).await.expect(200);
        let scopes = [
            format!("{STACK}/hooks"),
            "/api/orgs/acme/hooks".to_owned(),
            format!("{environments}/web/dev/hooks"),
        ];
        for scope in &scopes {
            let one = hook(json!({"name": "one", "active": false}));
            cloud.post(scope, one).await.expect(201);
        }
        let made = cloud
            .post(&format!("{STACK}/preview"), new_update(true))
            .await
            .expect(200);
        let waiting = made["updateID"].as_str().unwrap().to_owned();
        let encrypted = cloud
            .post(&format!("{STACK}/encrypt"), json!({"plaintext": "YQ=="}))
            .await
            .expect(200);
        let ciphertext = &encrypted["ciphertext"];
        let run = Run::start(&cloud, "update").await;
        let (running, lease) = (run.path.clone(), format!("update-token {}", run.token));
        cloud
            .post("/api/stacks/acme/web", json!({"stackName": "plain"}))
            .await
            .expect(200);
        let plain = Run::start_as(&cloud, "/api/stacks/acme/web/plain", "update", json!({})).await;
        let (plain, plain_lease) = (plain.path.clone(), format!("update-token {}", plain.token));

        let mut cases = Vec::new();
        let token = format!("token {TOKEN}");
        let mut add = |method: Method, path: String, auth: &str, good: Value| {
            cases.push(Case {
                method,
                path,
                auth: auth.to_owned(),
                good,
            });
        };
        for scope in &scopes {
            add(
                Method::POST,
                scope.clone(),
                &token,
                hook(
                    json!({"name": "two", "secret": "s", "format": "raw", "filters": ["update_failed"], "groups": ["deployments"]}),
                ),
            );
            add(
                Method::PATCH,
                format!("{scope}/one"),
                &token,
                hook(json!({"displayName": "Changed"})),
            );
        }
        let by_user = [
            (
                Method::POST,
                "/api/stacks/acme/web".to_owned(),
                json!({"stackName": "other", "tags": {"a": "b"}}),
            ),
            (
                Method::POST,
                environments.to_owned(),
                json!({"project": "web", "name": "other"}),
            ),
            (Method::PATCH, format!("{STACK}/tags"), json!({"c": "d"})),
            (
                Method::POST,
                format!("{STACK}/tags"),
                json!({"name": "a", "value": "b"}),
            ),
            (
                Method::POST,
                format!("{STACK}/encrypt"),
                json!({"plaintext": "YQ=="}),
            ),
            (
                Method::POST,
                format!("{STACK}/batch-encrypt"),
                json!({"plaintexts": ["YQ=="]}),
            ),
            (
                Method::POST,
                format!("{STACK}/decrypt"),
                json!({"ciphertext": ciphertext}),
            ),
            (
                Method::POST,
                format!("{STACK}/batch-decrypt"),
                json!({"ciphertexts": [ciphertext]}),
            ),
            (Method::POST, format!("{STACK}/update"), new_update(false)),
            (
                Method::POST,
                format!("{STACK}/update/{waiting}"),
                json!({"tags": {"a": "b"}, "journalVersion": 1}),
            ),
            (
                Method::PUT,
                format!("{STACK}/deployments/settings"),
                settings.clone(),
            ),
            (
                Method::POST,
                format!("{STACK}/deployments/settings"),
                settings,
            ),
            (
                Method::POST,
                format!("{STACK}/deployments"),
                json!({"operation": "update", "inheritSettings": true}),
            ),
        ];
        for (method, path, good) in by_user {
            add(method, path, &token, good);
        }
        let verbatim =
            json!({"version": 1, "untypedDeployment": state(&["one"]), "sequenceNumber": 1});
        let mut entries = create(1, "one");
        for (number, entry) in (1..).zip(&mut entries) {
            entry["version"] = 1.into();
            entry["sequenceID"] = number.into();
        }
        let of_lease = [
            (Method::PATCH, "journalentries", json!({"entries": entries})),
            (
                Method::POST,
                "events/batch",
                json!({"events": [{"sequence": 0, "timestamp": 1, "stdoutEvent": {"message": "x"}}]}),
            ),
            (Method::POST, "complete", json!({"status": "succeeded"})),
        ];
        for (method, name, good) in of_lease {
            add(method, format!("{running}/{name}"), &lease, good);
        }
        for (name, good) in [
            ("checkpoint", state(&["one"])),
            ("checkpointverbatim", verbatim),
        ] {
            add(Method::PATCH, format!("{plain}/{name}"), &plain_lease, good);
        }
        // Last, for they need a stack that no update holds, or move it.
        add(
            Method::POST,
            format!("{STACK}/import"),
            &token,
            state(&["two"]),
        );
        add(
            Method::POST,
            format!("{STACK}/rename"),
            &token,
            json!({"newName": "prod", "newProject": "web"}),
        );
        Scene { cloud, cases }
    }

    /// All that can be read of the cloud.
    async fn everything(&self) -> BTreeMap<&'static str, Value> {
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

impl Case {
    async fn send(&self, cloud: &Cloud, body: impl Into<reqwest::Body>) -> Answer {
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

    /// Refused with a code and a message.
    async fn refuses(&self, cloud: &Cloud, body: impl Into<reqwest::Body>, what: &str) {
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

#[tokio::test]
async fn bodies_that_are_not_what_they_should_be_change_nothing() {
    let scene = Scene::new().await;
    let before = scene.everything().await;
    for case in &scene.cases {
        let whole = case.good.to_string();
        let deep = "[".repeat(100_000);
        for wrong in [
            "",
            "null",
            "1",
            "true",
            "\"text\"",
            "[]",
            "[null, null]",
            "[null, 1]",
            "[\"text\", {}]",
            "not JSON",
            &whole[..whole.len() / 2],
            &whole[..whole.len() - 1],
            &format!("{whole} x"),
            &deep,
        ] {
            let what = &wrong[..wrong.len().min(60)];
            case.refuses(&scene.cloud, wrong.to_owned(), what).await;
        }
        case.refuses(
            &scene.cloud,
            vec![b'{', b'"', 0xff, b'"', b':', b'1', b'}'],
            "no UTF-8",
        )
        .await;
    }
    assert_eq!(scene.everything().await, before);
}

/// The right body with each of its members in turn, and those of its members, having a value of another type.
fn with_wrong_types(good: &Value) -> Vec<(String, Value)> {
    let others = [
        json!(1),
        json!("text"),
        json!(true),
        json!([1]),
        json!({"a": 1}),
    ];
    let mut found = Vec::new();
    for (name, value) in good.as_object().unwrap() {
        let mut put = |path: String, wrong: Value| {
            let mut body = good.clone();
            body[name] = wrong;
            found.push((path, body));
        };
        for other in &others {
            if std::mem::discriminant(other) != std::mem::discriminant(value) {
                put(name.clone(), other.clone());
            }
        }
        for (inner, wrong) in value
            .as_object()
            .map_or_else(Vec::new, |_| with_wrong_types(value))
        {
            put(format!("{name}.{inner}"), wrong);
        }
    }
    found
}

/// What the cloud takes without looking into it, by the last part of the path.
const UNREAD: [(&str, &[&str]); 3] = [
    (
        "update",
        &[
            "name",
            "runtime",
            "main",
            "description",
            "options.localPolicyPackPaths",
            "options.color",
            "options.parallel",
            "options.showConfig",
        ],
    ),
    ("checkpoint", &["deployment.manifest"]),
    (
        "checkpointverbatim",
        &["version", "untypedDeployment.deployment.manifest"],
    ),
];

#[tokio::test]
async fn members_of_another_type_change_nothing() {
    let scene = Scene::new().await;
    let before = scene.everything().await;
    for case in &scene.cases {
        let end = case.path.rsplit('/').next();
        let unread = UNREAD.iter().find(|(route, _)| Some(*route) == end);
        let unread = unread.map_or(&[][..], |(_, members)| members);
        for (place, wrong) in with_wrong_types(&case.good) {
            if unread.contains(&place.as_str()) {
                continue;
            }
            let what = format!("{place}: {wrong}");
            case.refuses(&scene.cloud, wrong.to_string(), &what).await;
        }
    }
    assert_eq!(scene.everything().await, before);
}

#[tokio::test]
async fn bodies_whose_rest_never_comes_change_nothing() {
    let scene = Scene::new().await;
    let before = scene.everything().await;
    let address = scene.cloud.server.url().trim_start_matches("http://");
    for case in &scene.cases {
        let Case {
            method,
            path,
            auth,
            good,
        } = case;
        let body = good.to_string();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {auth}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len() + 1
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // There need be none: nobody waits for it.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{method} {path}");
    }
    assert_eq!(scene.everything().await, before);
}

/// What the refusals would be worth if nothing were accepted.
#[tokio::test]
async fn the_same_bodies_are_accepted_when_they_are_right() {
    let scene = Scene::new().await;
    for case in &scene.cases {
        let answer = case.send(&scene.cloud, case.good.to_string()).await;
        assert!(
            answer.status < 300,
            "{} {}: {}",
            case.method,
            case.path,
            answer.body
        );
    }
}

/// Names that cannot be, as they stand in a body.
fn odd_names() -> Vec<String> {
    let short = [
        ".",
        "..",
        "a/b",
        "../../etc/passwd",
        "\"",
        "'; DROP TABLE stacks; --",
        "<script>",
        "a b",
        "a\0b",
        "a\nb",
        "ü",
    ];
    let long = "x".repeat(10_000);
    short.into_iter().map(str::to_owned).chain([long]).collect()
}

#[tokio::test]
async fn odd_names_in_bodies_change_nothing() {
    let scene = Scene::new().await;
    let before = scene.everything().await;
    let hooks = format!("{STACK}/hooks");
    for name in odd_names() {
        for (path, body) in [
            ("/api/stacks/acme/web", json!({"stackName": name})),
            (
                "/api/esc/environments/acme",
                json!({"project": name, "name": "dev"}),
            ),
            (
                "/api/esc/environments/acme",
                json!({"project": "web", "name": name}),
            ),
            (&hooks, hook(json!({"name": name}))),
            (&hooks, hook(json!({"filters": [name]}))),
            (&hooks, hook(json!({"groups": [name]}))),
            (&hooks, hook(json!({"format": name}))),
            (
                &format!("{STACK}/rename"),
                json!({"newName": name, "newProject": "web"}),
            ),
            (
                &format!("{STACK}/rename"),
                json!({"newName": "prod", "newProject": name}),
            ),
            (
                &format!("{STACK}/tags"),
                json!({"name": format!("{name}/"), "value": "x"}),
            ),
            (&format!("{STACK}/deployments"), json!({"operation": name})),
        ] {
            let what: String = name.chars().take(40).collect();
            let answer = scene.cloud.post(path, body).await;
            assert_eq!(answer.status, 400, "{path} with {what}: {}", answer.body);
            assert_eq!(answer.body["code"], 400);
        }
    }
    assert_eq!(scene.everything().await, before);
}

#[tokio::test]
async fn odd_names_in_paths_find_nothing() {
    let scene = Scene::new().await;
    let before = scene.everything().await;
    let routes = [
        "/api/stacks/{}/web",
        "/api/stacks/acme/{}",
        "/api/stacks/{}/web/dev",
        "/api/stacks/acme/{}/dev",
        "/api/stacks/acme/web/{}",
        "/api/stacks/acme/web/{}/hooks",
        "/api/stacks/acme/web/dev/hooks/{}",
        "/api/stacks/acme/web/dev/hooks/{}/ping",
        "/api/stacks/acme/web/dev/hooks/one/deliveries/{}/redeliver",
        "/api/stacks/acme/web/dev/export/{}",
        "/api/stacks/acme/web/dev/updates/{}",
        "/api/stacks/acme/web/dev/update/{}",
        "/api/stacks/acme/web/dev/update/{}/events",
        "/api/stacks/acme/web/dev/update/{}/cancel",
        "/api/stacks/acme/web/dev/update/{}/complete",
        "/api/stacks/acme/web/dev/deployments/{}",
        "/api/stacks/acme/web/dev/deployments/{}/logs",
        "/api/stacks/acme/web/dev/deployments/version/{}",
        "/api/stacks/acme/web/{}/deployments/settings",
        "/api/orgs/{}/hooks",
        "/api/orgs/acme/hooks/{}",
        "/api/esc/environments/{}/web/dev/hooks",
        "/api/esc/environments/acme/{}/dev",
        "/api/esc/environments/acme/web/{}/hooks",
        "/api/{}",
        "/{}",
        "/acme/{}/dev",
        "/acme/web/dev/webhooks/{}",
    ];
    let long = "x".repeat(10_000);
    for name in [
        "a%2Fb",
        "%2e%2e",
        "..%2F..%2Fetc%2Fpasswd",
        "%22",
        "%27",
        "%00",
        "%ff",
        "%0d%0a",
        "%3Cscript%3E",
        long.as_str(),
    ] {
        for route in routes {
            let path = route.replace("{}", name);
            for method in [Method::GET, Method::DELETE, Method::POST, Method::PATCH] {
                let case = Case {
                    method,
                    path: path.clone(),
                    auth: format!("token {TOKEN}"),
                    good: Value::Null,
                };
                let answer = case
                    .send(&scene.cloud, json!({"name": "x"}).to_string())
                    .await;
                let what = &path[..path.len().min(100)];
                assert!(
                    (300..500).contains(&answer.status),
                    "{} {what}: {}",
                    case.method,
                    answer.status
                );
            }
        }
    }
    assert_eq!(scene.everything().await, before);
}

#[tokio::test]
async fn entries_of_a_resource_that_is_none_leave_the_state_as_it_was() {
    let cloud = Cloud::with_stack().await;
    let run = Run::start(&cloud, "update").await;
    // Places that the base does not have, and operations that never began.
    let entries = json!([
        {"kind": 1, "operationID": 9, "removeOld": 10_000_000, "deleteOld": -1, "removeNew": 77},
        {"kind": 4, "operationID": 3, "state": resource("x"), "removeNew": 5},
        {"kind": 3, "operationID": 4, "removeOld": i64::MAX},
        {"kind": 2, "operationID": i64::MIN},
    ]);
    run.journal(1, entries).await.expect(204);
    run.complete("succeeded").await.expect(204);
    assert_eq!(crate::runs::told(&cloud).await, [""; 0]);
}
