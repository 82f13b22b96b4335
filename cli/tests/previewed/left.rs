//! What a call leaves behind that does not run to its end.

use crate::stage::{Stage, reading};
use local_cloud::Method;
use rustix::process::Signal;
use serde_json::json;
use std::io::{BufRead as _, BufReader};
use std::num::NonZeroUsize;
use std::process::Child;
use testkit::patience::until;
use testkit::process::send;

/// A cloud that runs one deployment at a time, and is busy with one of `other` until someone writes to a pipe.
async fn busy() -> Stage {
    let programs = [
        ("network", reading(&[], "10.0")),
        ("other", reading(&[], "other")),
    ];
    let one = |app: local_cloud::AppBuilder| app.concurrency(NonZeroUsize::MIN);
    let stage = Stage::set(&programs, &[], one).await;
    let pipe = stage.repository().join("pipe");
    let wait = format!("mkfifo {0} && read line < {0}", pipe.display());
    let context = json!({"operationContext": {"preRunCommands": [wait]}});
    stage.settings("other", context).await;
    let path = "/api/stacks/acme/other/prod/deployments";
    stage
        .ask(Method::POST, path, Some(json!({"operation": "update"})))
        .await;
    until(async || pipe.exists().then_some(())).await;
    stage
}

/// Lets the deployment of `other` continue.
async fn go_on(stage: &Stage) {
    let pipe = stage.repository().join("pipe");
    let written = tokio::task::spawn_blocking(move || std::fs::write(pipe, "go\n"));
    written.await.unwrap().unwrap();
}

/// The status of the newest deployment of `network`, and its operation.
async fn newest(stage: &Stage) -> String {
    let path = "/api/stacks/acme/network/prod/deployments?pageSize=1";
    let newest = stage.ask(Method::GET, path, None).await["deployments"][0].clone();
    format!("{} {}", newest["pulumiOperation"], newest["status"]).replace('"', "")
}

async fn is_queued(stage: &Stage) {
    until(async || (newest(stage).await == "preview not-started").then_some(())).await;
}

async fn end_of(mut child: Child) -> Option<i32> {
    let ended = tokio::task::spawn_blocking(move || child.wait().unwrap());
    ended.await.unwrap().code()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_cancelled_and_what_was_killed_is_named() {
    let stage = busy().await;
    let interrupted = stage.command(&["preview", "network/prod"]).spawn().unwrap();
    is_queued(&stage).await;
    send(Signal::INT, &interrupted);
    assert_eq!(end_of(interrupted).await, Some(130));
    assert_eq!(newest(&stage).await, "preview failed", "it was cancelled");

    let mut killed = stage.command(&["preview", "network/prod"]).spawn().unwrap();
    is_queued(&stage).await;
    killed.kill().unwrap();
    assert_eq!(end_of(killed).await, None);
    let mut next = stage.command(&["preview", "network/prod"]).spawn().unwrap();
    let mut notes = BufReader::new(next.stderr.take().unwrap());
    let mut first = String::new();
    tokio::task::block_in_place(|| notes.read_line(&mut first)).unwrap();
    assert!(
        first.starts_with(
            "warning: an earlier preview of this command was left: network/prod (queued)"
        ),
        "{first}"
    );
    // It runs first, and is not replaced.
    go_on(&stage).await;
    assert_eq!(end_of(next).await, Some(0));
    let path = "/api/stacks/acme/network/prod/deployments?pageSize=2";
    let both = stage.ask(Method::GET, path, None).await["deployments"].clone();
    let both = both.as_array().unwrap().iter();
    let statuses: Vec<_> = both.map(|it| it["status"].clone()).collect();
    assert_eq!(statuses, ["succeeded", "succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_someone_else_has_queued_is_not_skipped_by_ours() {
    const LIST: &str = "/api/stacks/acme/network/prod/deployments";
    let stage = busy().await;
    let context = json!({"options": {"skipIntermediateDeployments": true}});
    let theirs =
        json!({"operation": "preview", "inheritSettings": true, "operationContext": context});
    let theirs = stage.ask(Method::POST, LIST, Some(theirs)).await;
    is_queued(&stage).await;
    stage.server.app().request_log().take();
    let ours = stage.command(&["preview", "network/prod"]).spawn().unwrap();
    // It has looked three times, and has still queued nothing behind their deployment, which would then be skipped.
    let mut n_looks = 0;
    until(async || {
        let log = stage.server.app().request_log().take();
        n_looks += log.iter().filter(|it| it.path == LIST).count();
        (n_looks >= 3).then_some(())
    })
    .await;
    let newest = stage.ask(Method::GET, LIST, None).await["deployments"][0].clone();
    assert_eq!(newest["id"], theirs["id"]);
    go_on(&stage).await;
    assert_eq!(end_of(ours).await, Some(0));
    let both = stage
        .ask(Method::GET, &format!("{LIST}?pageSize=2"), None)
        .await["deployments"]
        .clone();
    let both = both.as_array().unwrap().iter();
    let statuses: Vec<_> = both.map(|it| it["status"].clone()).collect();
    assert_eq!(statuses, ["succeeded", "succeeded"]);
}
