//! What does not grow forever, and what a change of the clock does not end.

use crate::runs::{Hands, Run, STACK, create, ids, state, told};
use crate::support::{Cloud, NOW, builder};
use insta::assert_snapshot;
use local_cloud::{Clock, Executor};
use serde_json::{Value, json};

/// How many updates, previews and deployments of a stack are kept completely.
const KEPT: usize = 100;

async fn events(run: &Run<'_>) -> usize {
    let path = format!("{}/events", run.path);
    let found = run.cloud.get(&path).await.expect(200);
    found["events"].as_array().unwrap().len()
}

fn said() -> Value {
    json!([{"stdoutEvent": {"message": "said", "color": "never"}}])
}

#[tokio::test]
async fn the_newest_states_and_events_are_kept_and_the_whole_history() {
    let cloud = Cloud::with_stack().await;
    let first = Run::start(&cloud, "update").await;
    first.journal(1, create(1, "one").into()).await.expect(204);
    first.events(0, said()).await.expect(200);
    first.complete("succeeded").await.expect(204);
    let mut unchanged = Vec::new();
    for _ in 0..2 {
        let run = Run::start(&cloud, "update").await;
        run.events(0, said()).await.expect(200);
        run.complete("succeeded").await.expect(204);
        unchanged.push(run);
    }
    let export = async |version: usize| cloud.get(&format!("{STACK}/export/{version}")).await;
    let import = format!("{STACK}/import");
    for n in 4..=KEPT {
        let name = format!("r{n}");
        cloud.post(&import, state(&[&name])).await.expect(200);
    }
    assert_eq!(ids(&export(1).await.expect(200)), ["one"]);
    for n in KEPT + 1..=KEPT + 2 {
        assert_eq!(events(&unchanged[0]).await, 1, "still among the newest");
        let name = format!("r{n}");
        cloud.post(&import, state(&[&name])).await.expect(200);
    }
    assert_snapshot!(export(2).await.message(404), @"Not Found: the state that stack `acme/web/dev` had with version 2 is not kept any more: those of the newest 100 versions are");
    let kept = export(3).await.expect(200);
    assert_eq!(
        ids(&kept),
        ["one"],
        "the state that version 3 left as it was"
    );
    assert_eq!(told(&cloud).await, ["r102"]);
    assert_eq!(events(&first).await, 0);
    assert_eq!(events(&unchanged[0]).await, 0);
    assert_eq!(events(&unchanged[1]).await, 1);
    let history = cloud.get(&format!("{STACK}/updates")).await.expect(200);
    assert_eq!(history["updates"].as_array().unwrap().len(), KEPT + 2);
}

#[tokio::test]
async fn the_newest_previews_are_kept_whole() {
    let cloud = Cloud::with_stack().await;
    let mut previews = Vec::new();
    for _ in 0..=KEPT {
        let run = Run::start(&cloud, "preview").await;
        run.events(0, said()).await.expect(200);
        run.complete("succeeded").await.expect(204);
        previews.push(run);
    }
    let mut kept = Vec::new();
    for run in &previews {
        kept.push(events(run).await);
    }
    assert_eq!(kept[0], 0);
    assert_eq!(kept[1..], [1; KEPT]);
}

#[tokio::test]
async fn the_newest_logs_are_kept() {
    let cloud = Cloud::with_stack_on(builder().executor(Executor::Simulated)).await;
    let deployments = format!("{STACK}/deployments");
    let log = async |version: usize| {
        let path = format!("{deployments}/{version}/logs?job=0&step=0&offset=0&count=9");
        let log = cloud.get(&path).await.expect(200);
        log["lines"].as_array().map_or(0, Vec::len)
    };
    let request = json!({"operation": "update", "sourceContext": {"git": {"repoUrl": "file:///r", "branch": "main"}}});
    for n in 1..=KEPT + 1 {
        cloud.post(&deployments, request.clone()).await.expect(202);
        let path = format!("{deployments}/version/{n}");
        testkit::patience::until(async || {
            let found = cloud.get(&path).await.expect(200);
            (found["status"] == "succeeded").then_some(())
        })
        .await;
    }
    assert_eq!(log(1).await, 0);
    for version in 2..=KEPT + 1 {
        assert_eq!(log(version).await, 1, "{version}");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_ends_nothing_that_is_alive() {
    let (clock, passed) = (Hands::new().0, Hands::new().0);
    let (told_now, steady) = (clock.clone(), passed.clone());
    let both = Clock::with_steady(move || told_now.now(), move || steady.now());
    let cloud = Cloud::with_stack_on(builder().clock(both)).await;
    let run = Run::start(&cloud, "update").await;
    clock.forward(3600);
    let other = cloud
        .post(&format!("{STACK}/update"), crate::runs::new_update(false))
        .await
        .expect(200);
    let start = format!("{STACK}/update/{}", other["updateID"].as_str().unwrap());
    cloud.post(&start, json!({})).await.message(409);
    run.journal(1, create(1, "one").into()).await.expect(204);
    run.renew().await.expect(200);
    run.complete("succeeded").await.expect(204);
    assert_eq!(told(&cloud).await, ["one"]);
    let history = cloud.get(&format!("{STACK}/updates/1")).await.expect(200);
    assert_eq!(
        history["info"]["endTime"],
        NOW + 3600,
        "what is told is the clock's"
    );
    // Time that has really passed counts.
    cloud.post(&start, json!({})).await.expect(200);
    passed.forward(301);
    let next = Run::start(&cloud, "update").await;
    assert_eq!(next.started["version"], 3);
}
