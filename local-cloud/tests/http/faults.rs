//! Faults that a test asks for, and the log of requests.

use crate::support::{Cloud, hook};
use local_cloud::{Fault, Method, Trouble};
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;
use testkit::api::client;

const HOOKS: &str = "/api/stacks/acme/web/dev/hooks";
const PATTERN: &str = "/api/stacks/{o}/{p}/{s}/hooks";

fn add(cloud: &Cloud, fault: Fault) {
    cloud.server.app().faults().add(fault);
}

#[tokio::test]
async fn a_status_is_answered_and_nothing_done() {
    let cloud = Cloud::with_stack().await;
    add(
        &cloud,
        Fault::on(Method::POST, PATTERN, Trouble::status(503)).times(2),
    );
    for _ in 0..2 {
        cloud.post(HOOKS, hook(json!({}))).await.message(503);
    }
    assert_eq!(cloud.get(HOOKS).await.expect(200), json!([]));
    assert_eq!(cloud.server.app().faults().n_waiting(), 0);
    cloud.post(HOOKS, hook(json!({}))).await.expect(201);
}

#[tokio::test]
async fn a_status_with_a_body_and_a_time_to_wait() {
    let cloud = Cloud::start().await;
    let trouble = Trouble::Status {
        status: StatusCode::TOO_MANY_REQUESTS,
        retry_after: Some("7".to_owned()),
        body: Some("slow down".to_owned()),
    };
    add(&cloud, Fault::on_any(trouble));
    let answer = client().get(cloud.url("/api/user")).send().await.unwrap();
    assert_eq!(
        answer.status(),
        429,
        "trouble comes before the check of the token"
    );
    assert_eq!(answer.headers()["retry-after"], "7");
    assert_eq!(answer.text().await.unwrap(), "slow down");
}

#[tokio::test]
async fn an_answer_is_lost_and_the_work_done() {
    let cloud = Cloud::with_stack().await;
    cloud.requests();
    add(
        &cloud,
        Fault::on(Method::POST, PATTERN, Trouble::AnswerLost),
    );
    let lost = cloud
        .send(Method::POST, HOOKS, Some(hook(json!({"name": "one"}))))
        .await
        .unwrap_err();
    assert!(lost.is_request(), "{lost:?}");
    cloud
        .post(HOOKS, hook(json!({"name": "one"})))
        .await
        .message(409);
    assert_eq!(
        cloud.requests(),
        [
            format!("POST {HOOKS} no answer"),
            format!("POST {HOOKS} 409")
        ]
    );
    assert!(cloud.requests().is_empty(), "taken once");
}

#[tokio::test]
async fn a_body_is_cut_off() {
    let cloud = Cloud::with_stack().await;
    add(&cloud, Fault::on(Method::POST, PATTERN, Trouble::Cut));
    let request = client()
        .post(cloud.url(HOOKS))
        .header("authorization", format!("token {}", testkit::api::TOKEN));
    let answer = request
        .json(&hook(json!({"name": "one"})))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201, "the head comes");
    assert!(answer.text().await.is_err(), "the body does not");
    cloud.get(&format!("{HOOKS}/one")).await.expect(200);
    add(
        &cloud,
        Fault::on(
            Method::DELETE,
            "/api/stacks/{o}/{p}/{s}/hooks/{hook}",
            Trouble::Cut,
        ),
    );
    let lost = cloud
        .send(Method::DELETE, &format!("{HOOKS}/one"), None)
        .await;
    assert!(lost.is_err(), "what has no body is lost");
    cloud.get(&format!("{HOOKS}/one")).await.message(404);
}

#[tokio::test]
async fn nothing_is_done_and_the_connection_closes() {
    let cloud = Cloud::with_stack().await;
    add(&cloud, Fault::on(Method::POST, PATTERN, Trouble::Reset));
    let lost = cloud
        .send(Method::POST, HOOKS, Some(hook(json!({"name": "one"}))))
        .await
        .unwrap_err();
    assert!(lost.is_request(), "{lost:?}");
    cloud.get(&format!("{HOOKS}/one")).await.message(404);
}

#[tokio::test]
async fn the_work_is_done_and_something_else_answered() {
    let cloud = Cloud::with_stack().await;
    let html = Trouble::Replaced {
        status: None,
        body: Some("<html>".to_owned()),
    };
    let bad_gateway = Trouble::Replaced {
        status: Some(StatusCode::BAD_GATEWAY),
        body: None,
    };
    for (name, trouble, status) in [("one", html, 201), ("two", bad_gateway, 502)] {
        add(&cloud, Fault::on(Method::POST, PATTERN, trouble));
        let answer = cloud
            .send(Method::POST, HOOKS, Some(hook(json!({"name": name}))))
            .await
            .unwrap();
        assert_eq!(answer.status, status);
        cloud.get(&format!("{HOOKS}/{name}")).await.expect(200);
    }
}

#[tokio::test]
async fn a_body_stops_half_way_until_the_server_does() {
    let cloud = Cloud::with_stack().await;
    add(&cloud, Fault::on(Method::GET, PATTERN, Trouble::Stalled));
    let request = client()
        .get(cloud.url(HOOKS))
        .header("authorization", format!("token {}", testkit::api::TOKEN));
    let mut answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "[", "half of []");
    let rest = tokio::spawn(async move { answer.chunk().await });
    tokio::task::yield_now().await;
    assert!(!rest.is_finished());
    cloud.server.stop().await;
    assert!(rest.await.unwrap().is_err());
}

#[tokio::test]
async fn an_answer_comes_late() {
    let cloud = Cloud::with_stack().await;
    add(
        &cloud,
        Fault::on(
            Method::GET,
            PATTERN,
            Trouble::Delay(Duration::from_hours(1)),
        ),
    );
    let impatient = client()
        .get(cloud.url(HOOKS))
        .timeout(Duration::from_millis(50))
        .send()
        .await
        .unwrap_err();
    assert!(impatient.is_timeout());
    add(
        &cloud,
        Fault::on(
            Method::GET,
            PATTERN,
            Trouble::Delay(Duration::from_millis(1)),
        ),
    );
    cloud.get(HOOKS).await.expect(200);
    let requests = cloud.requests();
    assert_eq!(
        requests[requests.len() - 2..],
        [format!("GET {HOOKS} no answer"), format!("GET {HOOKS} 200")]
    );
}
