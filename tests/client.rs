//! The client of the cloud, against a server that answers what it is told to.

use auto_deploy::cloud::{Client, CloudError, Endpoint, Patience};
use auto_deploy::domain::{Scope, StackRef, WebhookId};
use std::time::Duration;
use wiremock::matchers::{header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A client that waits ten minutes between tries, unless the server says otherwise.
fn client(server: &MockServer) -> Client {
    let endpoint = Endpoint {
        url: server.uri().parse().expect("it is a URL"),
        token: "pul-secret".into(),
    };
    Client::new(
        endpoint,
        Patience {
            first_wait: Duration::from_mins(10),
            repeats: 3,
        },
    )
}

fn id(name: &str) -> WebhookId {
    let [organization, project, stack] = ["acme", "app", "prod"].map(str::to_owned);
    WebhookId {
        scope: Scope::Stack {
            organization,
            project,
            stack,
        },
        name: name.to_owned(),
    }
}

fn hook() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(serde_json::json!({
        "name": "x", "displayName": "x", "payloadUrl": "https://example.com", "active": true, "format": "carrier_pigeon",
        "filters": ["moon_landed"], "groups": ["omens"], "more": {"than": "we know"},
    }))
}

#[tokio::test]
async fn says_who_it_is_and_keeps_each_name_in_its_place() {
    let server = MockServer::start().await;
    let expected = Mock::given(method("GET"))
        .and(path(
            "/api/stacks/acme/app/prod/hooks/a%2Fb%3Fc%23d%25e%20f%C3%BC",
        ))
        .and(header("Authorization", "token pul-secret"))
        .and(header("Accept", "application/vnd.pulumi+8"))
        .and(header("X-Pulumi-Source", "provider"))
        .respond_with(hook());
    expected.expect(1).mount(&server).await;
    client(&server)
        .webhook(&id("a/b?c#d%e fü"))
        .await
        .expect("it is answered")
        .expect("it is there");
}

#[tokio::test]
async fn a_base_path_stays_in_front() {
    let server = MockServer::start().await;
    Mock::given(path("/pulumi/api/stacks/acme/app/prod/hooks/x"))
        .respond_with(hook())
        .expect(1)
        .mount(&server)
        .await;
    let url = format!("{}/pulumi/", server.uri())
        .parse()
        .expect("it is a URL");
    let client = Client::new(
        Endpoint {
            url,
            token: "pul-secret".into(),
        },
        Patience::default(),
    );
    client
        .webhook(&id("x"))
        .await
        .expect("it is answered")
        .expect("it is there");
}

#[tokio::test]
async fn words_that_we_do_not_know_are_kept() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(hook())
        .mount(&server)
        .await;
    let live = client(&server)
        .webhook(&id("x"))
        .await
        .expect("it is answered")
        .expect("it is there");
    assert_eq!(
        (live.format.as_str(), live.filters, live.groups),
        (
            "carrier_pigeon",
            vec!["moon_landed".into()],
            vec!["omens".into()]
        )
    );
    assert_eq!((live.has_secret, live.secret_ciphertext), (false, None));
}

#[tokio::test]
async fn the_token_stays_at_home() {
    let (server, elsewhere) = (MockServer::start().await, MockServer::start().await);
    Mock::given(method("GET"))
        .respond_with(hook())
        .expect(0)
        .mount(&elsewhere)
        .await;
    let moved =
        ResponseTemplate::new(302).insert_header("Location", format!("{}/", elsewhere.uri()));
    Mock::given(method("GET"))
        .respond_with(moved)
        .mount(&server)
        .await;
    let error = client(&server)
        .webhook(&id("x"))
        .await
        .expect_err("it is not followed");
    assert!(
        matches!(&error, CloudError::Refused { status, .. } if status.as_u16() == 302),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("pul-secret"));
    assert!(!format!("{:?}", client(&server)).contains("pul-secret"));
}

#[tokio::test]
async fn it_waits_as_long_as_it_is_told_and_no_longer() {
    let server = MockServer::start().await;
    let later = ResponseTemplate::new(429).insert_header("Retry-After", "0");
    Mock::given(method("GET"))
        .respond_with(later)
        .up_to_n_times(2)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(hook())
        .mount(&server)
        .await;
    // Without the header, the first wait would be ten minutes.
    client(&server)
        .webhook(&id("x"))
        .await
        .expect("it is answered")
        .expect("it is there");
    assert_eq!(
        server
            .received_requests()
            .await
            .expect("they are kept")
            .len(),
        3
    );
}

#[tokio::test]
async fn what_cannot_pass_is_not_tried_again() {
    for status in [400, 401, 403, 422, 501] {
        let server = MockServer::start().await;
        Mock::given(method("DELETE"))
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
            .mount(&server)
            .await;
        client(&server)
            .delete_webhook(&id("x"))
            .await
            .expect_err("it is refused");
    }
}

#[tokio::test]
async fn an_answer_of_another_form_is_named_by_its_place_and_not_shown() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200)
        .set_body_string(r#"[{"name": "x", "displayName": 7, "secret": "hidden"}]"#);
    Mock::given(method("GET"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let error = client(&server)
        .webhooks(&id("x").scope)
        .await
        .expect_err("it is not what it should be");
    let said = error.to_string().replace(&server.uri(), "URL");
    insta::assert_snapshot!(said, @"could not list the webhooks of the stack `acme/app/prod`: the answer of URL is not what Pulumi Cloud would say, at `[0].displayName`; is the address right?");
}

fn page(names: &[&str], token: serde_json::Value) -> ResponseTemplate {
    let stack = |name: &&str| {
        serde_json::json!({
            "orgName": "acme", "projectName": "app", "stackName": name, "lastUpdate": 0, "resourceCount": 3,
        })
    };
    let stacks: Vec<_> = names.iter().map(stack).collect();
    let body = serde_json::json!({"stacks": stacks, "continuationToken": token});
    ResponseTemplate::new(200).set_body_json(body)
}

#[tokio::test]
async fn stacks_are_listed_to_the_last_page() {
    let server = MockServer::start().await;
    Mock::given(path("/api/user/stacks"))
        .and(query_param("organization", "acme"))
        .and(query_param("project", "app"))
        .and(query_param_is_missing("continuationToken"))
        .respond_with(page(&["a", "b"], "next one".into()))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/api/user/stacks"))
        .and(query_param("continuationToken", "next one"))
        .respond_with(page(&["c"], serde_json::Value::Null))
        .expect(1)
        .mount(&server)
        .await;
    let stacks = client(&server).stacks("acme", Some("app")).await;
    let stacks = stacks.expect("it is answered");
    let names: Vec<&str> = stacks.iter().map(|found| found.stack.stack()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert!(stacks.iter().all(|found| found.last_update.is_none()));
}

#[tokio::test]
async fn a_list_that_never_ends_and_a_name_that_none_can_have_are_errors() {
    for (answer, place) in [
        (page(&["a"], "again".into()), "continuationToken"),
        (page(&["a", "b/c"], serde_json::Value::Null), "stacks[1]"),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(answer)
            .mount(&server)
            .await;
        let error = client(&server).stacks("acme", None).await;
        let error = error.expect_err("it is not what it should be");
        assert!(
            matches!(&error, CloudError::Shape { path, .. } if path == place),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_is_told_of_a_stack_is_read_or_its_wrong_field_named() {
    let app = StackRef::new("acme", "app", "prod").expect("a name");
    let server = MockServer::start().await;
    let answers = [
        (
            "deployments/settings",
            r#"{"gitHub": {"deployCommits": "yes"}}"#,
        ),
        ("deployments/metadata", r#"{"paused": 1}"#),
        (
            "downstreamreferences",
            r#"{"referencedStacks": [{"organization": "acme", "name": "dev"}]}"#,
        ),
        ("upstreamreferences", r#"{"referencedStacks": {}}"#),
    ];
    for (rest, body) in answers {
        Mock::given(path(format!("/api/stacks/acme/app/prod/{rest}")))
            .respond_with(ResponseTemplate::new(200).set_body_string(body))
            .mount(&server)
            .await;
    }
    let client = client(&server);
    let wrong = [
        client.deployment_settings(&app).await.map(drop),
        client.deployment_pauses(&app).await.map(drop),
        client.downstream_references(&app).await.map(drop),
        client.upstream_references(&app).await.map(drop),
    ];
    let places = wrong.map(|answer| match answer {
        Err(CloudError::Shape { path, .. }) => path,
        other => format!("{other:?}"),
    });
    assert_eq!(
        places,
        [
            "gitHub.deployCommits",
            "paused",
            "referencedStacks[0]",
            "referencedStacks"
        ]
    );
    let elsewhere = StackRef::new("acme", "app", "gone").expect("a name");
    assert_eq!(
        client
            .deployment_settings(&elsewhere)
            .await
            .expect("it is answered"),
        None
    );
    assert_eq!(
        client
            .deployment_pauses(&elsewhere)
            .await
            .expect("it is answered"),
        None
    );
    assert_eq!(
        client
            .downstream_references(&elsewhere)
            .await
            .expect("it is answered"),
        None
    );
}
