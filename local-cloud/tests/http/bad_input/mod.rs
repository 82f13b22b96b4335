//! Requests that none of our clients would send: each is refused with a code and a sentence, and changes nothing.

mod scene;
mod slow;

use crate::runs::{Run, STACK, resource};
use crate::support::{Cloud, hook};
use local_cloud::Method;
use scene::{Case, Scene};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

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

/// The valid body with each of its members in turn, at two levels, replaced by a value of another type.
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

/// What the cloud stores without reading it, by the last part of the path.
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
        // There need not be an answer: nobody waits for it.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{method} {path}");
    }
    assert_eq!(scene.everything().await, before);
}

/// The refusals would mean nothing if no body were accepted.
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

/// Invalid names, as values in a body.
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
                let case = Case::new(method, &path, Value::Null);
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
    // Positions that the base does not have, and operations that never began.
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
