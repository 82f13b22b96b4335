//! Lists that come in pages, from a server that gives the pages that it is told to.

use auto_deploy::cloud::{Client, CloudError, ErrorKind, Patience};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use wiremock::matchers::{path, query_param};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// Answers by what a request asks for.
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
    // The same token, and two that name each other.
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
    // Another one each time.
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
async fn deployments_are_read_until_a_page_is_short() {
    for total in [None, Some(230)] {
        let server = serve("/api/orgs/acme/deployments", move |request| {
            assert_eq!(asked(request, "pageSize"), "100");
            let page: usize = asked(request, "page").parse().expect("a number");
            let first = (page - 1) * 100;
            let list = deployments(first, 230_usize.saturating_sub(first).min(100));
            match total {
                Some(total) => json!({"deployments": list, "total": total}),
                None => json!({ "deployments": list }),
            }
        })
        .await;
        let found = client(&server)
            .organization_deployments("acme", 2_000)
            .await;
        let found = found.expect("it is answered");
        let ids: Vec<&str> = found.iter().map(|found| found.id.as_str()).collect();
        let expected: Vec<String> = (0..230).map(|number| format!("d{number}")).collect();
        assert_eq!(ids, expected, "{total:?}");
    }
}

#[tokio::test]
async fn a_full_last_page_is_the_last_and_the_same_page_again_is_refused() {
    let server = MockServer::start().await;
    for (page, list) in [("1", deployments(0, 100)), ("2", vec![])] {
        Mock::given(path("/api/orgs/acme/deployments"))
            .and(query_param("page", page))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "deployments": list })))
            .expect(1)
            .mount(&server)
            .await;
    }
    let found = client(&server)
        .organization_deployments("acme", 2_000)
        .await;
    assert_eq!(found.expect("it is answered").len(), 100);

    let server = serve(
        "/api/orgs/acme/deployments",
        |_| json!({ "deployments": deployments(0, 100) }),
    )
    .await;
    let answer = client(&server)
        .organization_deployments("acme", 2_000)
        .await;
    assert_eq!(path_of(answer), "deployments");
    // Who wants no more than there is on the first page does not see it.
    let first = client(&server).organization_deployments("acme", 60).await;
    assert_eq!(first.expect("it is answered").len(), 60);
}
