//! How a server begins and ends.

use crate::support::{Cloud, builder};
use local_cloud::{Fault, RunError, Trouble, run};
use std::future::ready;
use std::time::Duration;
use testkit::api::client;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[tokio::test]
async fn a_stopped_server_is_gone_and_a_delayed_answer_is_not_waited_for() {
    let cloud = Cloud::start().await;
    cloud
        .server
        .app()
        .faults()
        .add(Fault::on_any(Trouble::Delay(Duration::from_hours(1))));
    let url = cloud.url("/api/user");
    let request = tokio::spawn(client().get(&url).send());
    while cloud.server.app().faults().n_waiting() > 0 {
        tokio::task::yield_now().await;
    }
    cloud.server.stop().await;
    assert_eq!(
        request.await.unwrap().unwrap().status(),
        401,
        "what was begun is answered"
    );
    assert!(client().get(&url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let cloud = Cloud::start().await;
    let url = cloud.url("/api/user");
    drop(cloud);
    tokio::task::yield_now().await;
    assert!(client().get(&url).send().await.is_err());
}

#[tokio::test]
async fn only_loopback_addresses_are_served() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = run(listener, builder().open().unwrap(), ready(())).await;
    assert!(matches!(refused, Err(RunError::NotLoopback(_))));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    run(listener, builder().open().unwrap(), ready(()))
        .await
        .unwrap();
}

#[tokio::test]
async fn served_until_told_to_stop() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api/user", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let app = builder().open().unwrap();
    let running = tokio::spawn(run(listener, app, async { stopped.await.unwrap() }));
    assert_eq!(client().get(&url).send().await.unwrap().status(), 401);
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
}
