//! Each kind of network trouble: how often the request is tried, and what the user reads in the end.

use crate::raw::{Act, HOOK, serve};
use crate::{TOKEN, client, id};
use auto_deploy::cloud::{CloudError, Patience, WebhookSpec};
use auto_deploy::domain::{Filter, Format};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use std::sync::atomic::Ordering;
use std::time::Duration;

const PAGE: &str = "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 24\r\n\r\n<html>pul-secret</html>\n";
const LOGIN: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 24\r\n\r\n<html>pul-secret</html>\n";
const CUT: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 79\r\n\r\n{\"name\":\"x\",";
const BUSY: &str =
    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\n{}";
const BROKEN: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 31\r\n\r\n{\"code\":500,\"message\":\"Sorry.\"}";

fn patience() -> Patience {
    Patience {
        first_wait: Duration::from_millis(1),
        repeats: 2,
        // Long for an answer from this machine, short for the test of an answer that never comes.
        try_limit: Duration::from_secs(2),
    }
}

fn spec() -> WebhookSpec {
    WebhookSpec {
        name: "x".to_owned(),
        display_name: "x".to_owned(),
        payload_url: "app/dev".to_owned(),
        active: true,
        format: Format::PulumiDeployments,
        filters: vec![Filter::UpdateSucceeded],
        groups: vec![],
        secret: None,
    }
}

/// Reads a webhook from a server with these acts; returns the number of connections, and the message for the user.
async fn read(acts: &[Act]) -> (usize, String) {
    let (address, connections) = serve(acts).await;
    let client = client(&format!("http://{address}"), patience());
    let outcome = client.webhook(&id("x")).await;
    let said = match outcome {
        Ok(found) => format!("found: {}", found.is_some()),
        Err(error) => said(&error, &address),
    };
    (connections.load(Ordering::SeqCst), said)
}

fn said(error: &CloudError, address: &str) -> String {
    let said = error
        .to_string()
        .replace(&format!("http://{address}"), "URL");
    assert!(
        !said.contains(TOKEN) && !format!("{error:?}").contains(TOKEN),
        "{said}"
    );
    said
}

#[tokio::test]
async fn what_passes_leaves_no_trace() {
    let passing = [
        Act::ResetAtOnce,
        Act::ResetAfterReading,
        Act::CloseAfterReading,
        Act::Say(CUT),
        Act::SayAndWait(CUT),
        Act::SayAndWait(""),
        Act::Say(PAGE),
        Act::Say(BUSY),
        Act::Say(BROKEN),
        Act::Say("\0\0\0 garbage \r\n\r\n"),
    ];
    for act in passing {
        let (n_connections, said) = read(&[act, Act::Say(HOOK)]).await;
        assert_eq!(
            (n_connections, said.as_str()),
            (2, "found: true"),
            "{act:?}"
        );
    }
}

#[tokio::test]
async fn what_does_not_pass_is_said() {
    let acts = [
        Act::ResetAtOnce,
        Act::ResetAfterReading,
        Act::CloseAfterReading,
        Act::Say(CUT),
        Act::SayAndWait(CUT),
        Act::Say(PAGE),
        Act::Say(LOGIN),
        Act::Say(BUSY),
        Act::Say(BROKEN),
        Act::Say("\0\0\0 garbage \r\n\r\n"),
        Act::Flood,
    ];
    let mut lines = Vec::new();
    for act in acts {
        let (n_connections, said) = read(&[act]).await;
        let act = format!("{act:?}").replace("\\r\\n", "|");
        let short: String = act.chars().take(50).collect();
        lines.push(format!("{short:<50} {n_connections}: {said}"));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn nothing_listens() {
    // Nothing listens on the port of a listener that has been closed.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port is free")
        .local_addr()
        .expect("it is bound")
        .to_string();
    let client = client(&format!("http://{gone}"), patience());
    let error = client.webhook(&id("x")).await.expect_err("nobody answers");
    insta::assert_snapshot!(said(&error, &gone), @"could not read the webhook `acme/app/prod/x`: no answer from URL (named by the caller) after 3 attempts: nothing listens there; start it, or correct the address");
}

/// A create carries its own name, and is repeated like a read; the client remembers that an answer may have been lost.
#[tokio::test]
async fn a_create_knows_that_an_earlier_try_may_have_been_done() {
    const TAKEN: &str = "HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}";
    for (act, expected) in [
        (Act::CloseAfterReading, true),
        (Act::Say(CUT), true),
        (Act::Say(BROKEN), true),
        (Act::Say(BUSY), false),
        (Act::Say(TAKEN), false),
    ] {
        let (address, _) = serve(&[act, Act::Say(TAKEN)]).await;
        let client = client(&format!("http://{address}"), patience());
        let error = client
            .create_webhook(&id("x").scope, &spec())
            .await
            .expect_err("it is taken");
        assert!(error.is_conflict(), "{act:?}: {error}");
        assert_eq!(error.is_after_lost_try, expected, "{act:?}");
    }
}

/// Any bytes are handled: as an answer, as its body, and as its head.
#[tokio::test]
async fn random_answers_are_taken() {
    let mut runner = TestRunner::deterministic();
    let strategy = (
        any::<Vec<u8>>(),
        prop::sample::select(vec![200, 201, 302, 404, 409, 429, 500]),
    );
    let mut acts = Vec::new();
    for n in 0..300 {
        let (bytes, status) = strategy
            .new_tree(&mut runner)
            .expect("it can be made")
            .current();
        let head = match n % 3 {
            0 => String::new(),
            1 => format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n",
                bytes.len()
            ),
            _ => format!("HTTP/1.1 {status} X\r\nRetry-After: "),
        };
        acts.push(Act::SayBytes([head.as_bytes(), &bytes].concat().leak()));
    }
    acts.push(Act::Say(HOOK));
    let (address, connections) = serve(&acts).await;
    let client = client(&format!("http://{address}"), patience());
    while connections.load(Ordering::SeqCst) < acts.len() {
        let _ = client.webhook(&id("x")).await;
    }
    client
        .webhook(&id("x"))
        .await
        .expect("it is answered")
        .expect("it is there");
}
