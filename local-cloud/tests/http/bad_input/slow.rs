//! Clients that start a request and do not continue.

use crate::support::Cloud;
use testkit::api::TOKEN;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The cloud's answer to the beginning of a request, and how many seconds it waits for the rest.
async fn answer(cloud: &Cloud, request: &str) -> (String, u64) {
    let address = cloud.server.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let begun = tokio::time::Instant::now();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let line = answer.lines().next().unwrap_or_default().to_owned();
    (line, begun.elapsed().as_secs())
}

// Nothing else is running: the clock jumps to the next deadline.
#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_go_on_is_not_waited_for() {
    let cloud = Cloud::with_stack().await;
    let host = cloud.server.url().trim_start_matches("http://").to_owned();
    let sign_in = format!(
        "POST /sign-in HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntoken=x"
    );
    let (line, seconds) = answer(&cloud, &sign_in).await;
    assert_eq!(line, "HTTP/1.1 408 Request Timeout");
    assert!((29..=31).contains(&seconds), "{seconds} s");
    let create = format!(
        "POST /api/stacks/acme/web HTTP/1.1\r\nHost: {host}\r\nAuthorization: token {TOKEN}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    let (line, seconds) = answer(&cloud, &create).await;
    assert!(line.starts_with("HTTP/1.1 4"), "{line}");
    assert!((29..=31).contains(&seconds), "{seconds} s");
}

#[tokio::test]
async fn a_crowd_of_connections_is_bounded_and_the_next_waits_for_its_turn() {
    let cloud = Cloud::start().await;
    let address = cloud.server.url().trim_start_matches("http://").to_owned();
    let mut crowd = Vec::new();
    // The cloud has its own task among them.
    for _ in 0..999 {
        crowd.push(TcpStream::connect(&address).await.unwrap());
    }
    let ask = format!("GET /api/user HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let answers = async |stream: &mut TcpStream| {
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        String::from_utf8_lossy(&status).into_owned()
    };
    // All places are taken: the last one gets an answer.
    assert_eq!(answers(crowd.last_mut().unwrap()).await, "HTTP/1.1 401");
    let url = cloud.url("/api/user");
    let next = tokio::spawn(testkit::api::client().get(&url).send());
    assert_eq!(answers(&mut crowd[0]).await, "HTTP/1.1 401");
    assert!(!next.is_finished(), "it is not taken yet");
    crowd.truncate(500);
    assert_eq!(next.await.unwrap().unwrap().status(), 401);
}
