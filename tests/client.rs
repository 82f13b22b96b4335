//! The client of the cloud, against a server that answers what it is told to.

use auto_deploy::cloud::{Client, CloudError, Endpoint, Patience};
use auto_deploy::domain::{Scope, WebhookId};
use std::time::Duration;
use wiremock::matchers::{header, method, path};
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
