//! Lists in pages, from a server that gives prepared pages.

use auto_deploy::cloud::{Client, CloudError, ErrorKind, Patience, Update};
use auto_deploy::domain::StackRef;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// Gives an answer that depends on the request.
struct Pages<F>(F);

impl<F: Fn(&Request) -> Value + Send + Sync> Respond for Pages<F> {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        ResponseTemplate::new(200).set_body_json((self.0)(request))
    }
}

fn client(server: &MockServer) -> Client {
    crate::client(&server.uri(), Patience::default())
}

async fn serve(at: &str, pages: impl Fn(&Request) -> Value + Send + Sync + 'static) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(path(at))
        .respond_with(Pages(pages))
        .mount(&server)
        .await;
    server
}

fn asked(request: &Request, name: &str) -> String {
    let found = request.url.query_pairs().find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn stack(organization: &str, project: &str, name: &str) -> Value {
    json!({"orgName": organization, "projectName": project, "stackName": name})
}

fn path_of<T: std::fmt::Debug>(answer: Result<T, CloudError>) -> String {
    match answer {
        Err(CloudError {
            kind: ErrorKind::Shape { path },
            ..
        }) => path,
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn the_stack_of_a_program_is_looked_for_on_every_page() {
    let server = serve("/api/user/stacks", |request| {
        assert_eq!(asked(request, "project"), "wiring");
        match asked(request, "continuationToken").as_str() {
            "" => json!({"stacks": [stack("acme", "wiring", "dev")], "continuationToken": "one"}),
            "one" => json!({"stacks": [], "continuationToken": "two"}),
            "two" => json!({"stacks": [stack("corp", "wiring", "prod"), stack("acme", "wiring2", "prod")]}),
            other => panic!("there is no page {other}"),
        }
    })
    .await;
    let found = client(&server)
        .organizations_of_stack("wiring", "prod")
        .await;
    assert_eq!(found.expect("it is answered"), ["corp"]);
}

#[tokio::test]
async fn pages_that_do_not_end_are_refused() {
    // The same token again, and two tokens that point to each other.
    let next: [fn(&str) -> &'static str; 2] =
        [|_| "again", |token| if token == "a" { "b" } else { "a" }];
    for next in next {
        let server = serve("/api/user/stacks", move |request| {
            let token = asked(request, "continuationToken");
            json!({"stacks": [stack("acme", "p", "s")], "continuationToken": next(&token)})
        })
        .await;
        assert_eq!(
            path_of(client(&server).stacks("acme", None).await),
            "continuationToken"
        );
        let requests = server.received_requests().await.expect("they are kept");
        assert!(requests.len() <= 3, "as soon as a token comes back");
    }
    // A new token each time.
    let counted = AtomicUsize::new(0);
    let server = serve("/api/user/stacks", move |_| {
        let number = counted.fetch_add(1, Ordering::Relaxed);
        json!({"stacks": [], "continuationToken": number.to_string()})
    })
    .await;
    assert_eq!(
        path_of(client(&server).stacks("acme", None).await),
        "continuationToken"
    );
}

/// `n` deployments from `first` on.
fn deployments(first: usize, n: usize) -> Vec<Value> {
    let one = |number: usize| {
        json!({
            "id": format!("d{number}"), "version": number, "status": "succeeded", "projectName": "app",
            "stackName": "prod", "created": "2026-01-31 10:00:00.000", "modified": "2026-01-31 10:01:00.000",
        })
    };
    (first..first + n).map(one).collect()
}

#[tokio::test]
async fn a_page_of_deployments_is_the_last_if_it_is_short_or_the_total_says_so() {
    for (n, total, expected) in [
        (230, None, [false, false, true]),
        (300, Some(300), [false, false, true]),
        (300, None, [false, false, false]),
    ] {
        let server = serve("/api/orgs/acme/deployments", move |request| {
            assert_eq!(asked(request, "pageSize"), "100");
            let page: usize = asked(request, "page").parse().expect("a number");
            let first = (page - 1) * 100;
            let list = deployments(first, usize::min(n - first, 100));
            json!({"deployments": list, "total": total})
        })
        .await;
        let client = client(&server);
        for page in 1..=3 {
            let found = client.organization_deployments_page("acme", page).await;
            let found = found.expect("it is answered");
            let first = found.deployments.first().map(|first| first.id.clone());
            assert_eq!(first, Some(format!("d{}", (page - 1) * 100)));
            assert_eq!(found.is_last, expected[page - 1], "{n} {total:?} {page}");
        }
    }
}

#[tokio::test]
async fn updates_are_told_with_their_times_and_results() {
    let server = serve("/api/stacks/acme/app/prod/updates", |request| {
        assert_eq!(asked(request, "pageSize"), "10");
        let update = |version: i64, kind: &str, result: &str, end: i64| {
            json!({"kind": kind, "result": result, "startTime": 100, "endTime": end, "version": version})
        };
        json!({"updates": [
            update(5, "update", "in-progress", 0),
            update(4, "Pupdate", "succeeded", 101),
            update(3, "destroy", "a-word-of-tomorrow", 101),
            update(2, "rename", "succeeded", 101),
            update(1, "update", "failed", 101),
        ]})
    })
    .await;
    let stack = StackRef::new("acme", "app", "prod").expect("it is one");
    let found = client(&server).updates(&stack, 1, 10).await;
    let found = found.expect("it is answered").expect("it is there");
    let line = |update: &Update| {
        format!(
            "{} {} {:?}",
            update.version, update.operation, update.result
        )
    };
    assert_eq!(
        found.iter().map(line).collect::<Vec<_>>(),
        [
            "5 update Running",
            "4 preview Succeeded",
            "3 destroy Failed",
            "2 other Succeeded",
            "1 update Failed",
        ]
    );
}
