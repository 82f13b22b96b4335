//! The cloud client against a server that gives prepared answers.

use crate::id;
use auto_deploy::cloud::{Client, ErrorKind, LiveWebhook, Patience};
use std::time::Duration;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A client that waits ten minutes between tries, unless the server says otherwise.
fn client(server: &MockServer) -> Client {
    let patience = Patience {
        first_wait: Duration::from_mins(10),
        repeats: 3,
        ..Patience::default()
    };
    crate::client(&server.uri(), patience)
}

fn hook() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(serde_json::json!({
        "name": "x", "displayName": "x", "payloadUrl": "https://example.com", "active": true, "format": "carrier_pigeon",
        "filters": ["moon_landed"], "groups": ["omens"], "more": {"than": "we know"},
    }))
}

/// Answers every read for which there is no earlier answer.
async fn answer(server: &MockServer, answer: ResponseTemplate) {
    let every = Mock::given(method("GET")).respond_with(answer);
    every.mount(server).await;
}

/// Reads the webhook, which must exist.
async fn read(server: &MockServer) -> LiveWebhook {
    let found = client(server).webhook(&id("x")).await;
    found.expect("it is answered").expect("it is there")
}

#[tokio::test]
async fn says_who_it_is() {
    let server = MockServer::start().await;
    let expected = Mock::given(method("GET"))
        .and(header("Authorization", "token pul-secret"))
        .and(header("Accept", "application/vnd.pulumi+8"))
        .and(header("X-Pulumi-Source", "provider"))
        .respond_with(hook());
    expected.expect(1).mount(&server).await;
    read(&server).await;
}

#[tokio::test]
async fn a_base_path_stays_in_front() {
    let server = MockServer::start().await;
    Mock::given(path("/pulumi/api/stacks/acme/app/prod/hooks/x"))
        .respond_with(hook())
        .expect(1)
        .mount(&server)
        .await;
    let client = crate::client(&format!("{}/pulumi/", server.uri()), Patience::default());
    client
        .webhook(&id("x"))
        .await
        .expect("it is answered")
        .expect("it is there");
}

#[tokio::test]
async fn words_that_we_do_not_know_are_kept() {
    let server = MockServer::start().await;
    answer(&server, hook()).await;
    let live = read(&server).await;
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
    let moved = ResponseTemplate::new(302)
        .insert_header("Location", format!("{}/secret?x", elsewhere.uri()));
    Mock::given(method("GET"))
        .respond_with(moved)
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    let error = client.webhook(&id("x")).await.expect_err("it stays");
    let said = error.to_string().replace(&server.uri(), "URL");
    insta::assert_snapshot!(said.replace(&elsewhere.uri(), "ELSEWHERE"), @"could not read the webhook `acme/app/prod/x`: URL (named by the caller) redirects to ELSEWHERE, where the access token is not sent; if that is the right address, set it");
    assert!(!format!("{error:?} {client:?}").contains(crate::TOKEN));
}

#[tokio::test]
async fn within_a_host_only_reads_are_sent_on() {
    let server = MockServer::start().await;
    for name in ["GET", "DELETE"] {
        Mock::given(method(name))
            .and(path("/api/stacks/acme/app/prod/hooks/x"))
            .respond_with(ResponseTemplate::new(307).insert_header("Location", "/moved"))
            .expect(1)
            .mount(&server)
            .await;
    }
    Mock::given(path("/moved"))
        .and(header("Authorization", "token pul-secret"))
        .respond_with(hook())
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    client
        .webhook(&id("x"))
        .await
        .expect("it is followed")
        .expect("it is there");
    let error = client
        .delete_webhook(&id("x"))
        .await
        .expect_err("it is not followed");
    assert!(
        matches!(error.kind, ErrorKind::Redirected { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_ring_of_redirects_ends() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(302).insert_header("Location", "/again"))
        .expect(6)
        .mount(&server)
        .await;
    let error = client(&server)
        .webhook(&id("x"))
        .await
        .expect_err("it ends");
    assert!(
        matches!(error.kind, ErrorKind::Redirected { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_none() {
    for location in [None, Some("http://"), Some("http://[")] {
        let server = MockServer::start().await;
        let mut moved = ResponseTemplate::new(302);
        if let Some(location) = location {
            moved = moved.insert_header("Location", location);
        }
        answer(&server, moved).await;
        let error = client(&server)
            .webhook(&id("x"))
            .await
            .expect_err("it leads nowhere");
        assert!(
            error.to_string().contains("redirects to nowhere"),
            "{error}"
        );
    }
}

/// A page that says "not found" comes from a proxy or another server: it does not mean that something is gone.
#[tokio::test]
async fn only_the_cloud_can_say_that_something_is_gone() {
    for (body, is_gone) in [
        (r#"{"code": 404, "message": "Not Found: no"}"#, true),
        ("", true),
        ("<html>login pul-secret</html>", false),
        ("404 page not found", false),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(404).set_body_string(body))
            .expect(1)
            .mount(&server)
            .await;
        match client(&server).webhook(&id("x")).await {
            Ok(found) => assert!(is_gone && found.is_none(), "{body}"),
            Err(error) => {
                assert!(!is_gone, "{body}");
                let said = error.to_string().replace(&server.uri(), "URL");
                assert_eq!(
                    said,
                    "could not read the webhook `acme/app/prod/x`: URL (named by the caller) answered 404 Not Found \
                     with a page that is not from Pulumi Cloud, such as that of a proxy or a login; check the proxy \
                     (HTTPS_PROXY, NO_PROXY) and the address"
                );
            }
        }
    }
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
    answer(&server, hook()).await;
    // Without the header, the first wait would be ten minutes.
    read(&server).await;
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
async fn a_date_is_seen_from_the_clouds_own_clock() {
    let server = MockServer::start().await;
    // Both dates are long ago, and equal: a client that used our clock would not wait either, but one that subtracted the
    // seconds the wrong way round would.
    for (date, later) in [
        (
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT",
        ),
        (
            "Fri, 01 Jan 2100 00:00:00 GMT",
            "Thu, 31 Dec 2099 00:00:00 GMT",
        ),
        (
            "Fri, 01 Jan 2100 00:00:00 GMT",
            "Fri, 01 Jan 2100 00:00:00 GMT",
        ),
    ] {
        let answer = ResponseTemplate::new(503)
            .insert_header("Date", date)
            .insert_header("Retry-After", later);
        Mock::given(method("GET"))
            .respond_with(answer)
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    answer(&server, hook()).await;
    read(&server).await;
}

#[tokio::test]
async fn who_is_to_come_back_much_later_is_told_so() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(429).insert_header("Retry-After", "3600");
    Mock::given(method("GET"))
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server)
        .webhook(&id("x"))
        .await
        .expect_err("it is too long");
    let said = error.to_string().replace(&server.uri(), "URL");
    insta::assert_snapshot!(said, @"could not read the webhook `acme/app/prod/x`: URL (named by the caller) answered 429 Too Many Requests and asks to wait 3600 s; try again after that");
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
    let misshapen = ResponseTemplate::new(200)
        .set_body_string(r#"[{"name": "x", "displayName": 7, "secret": "hidden"}]"#);
    answer(&server, misshapen).await;
    let error = client(&server)
        .webhooks(&id("x").scope)
        .await
        .expect_err("it is not what it should be");
    let said = error.to_string().replace(&server.uri(), "URL");
    insta::assert_snapshot!(said, @"could not list the webhooks of the stack `acme/app/prod`: the answer of URL (named by the caller) is not one that Pulumi Cloud gives, at `[0].displayName`; check the address");
}
