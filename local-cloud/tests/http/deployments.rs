//! Deployments and their queues.

use crate::cascade::{cloud_of, edge, outline};
use crate::support::{Cloud, NOW, Receiver, builder, hook};
use jiff::Timestamp;
use local_cloud::{Clock, Executor, Method};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use testkit::patience::until;

const DEPLOYMENTS: &str = "/api/stacks/acme/a/dev/deployments";
const SETTINGS: &str = "/api/stacks/acme/a/dev/deployments/settings";

async fn cloud() -> Cloud {
    cloud_of(&[("a", &[])]).await
}

fn facts(list: &Value, key: &str) -> Vec<Value> {
    let list = list["deployments"].as_array().unwrap();
    list.iter().map(|one| one[key].clone()).collect()
}

#[tokio::test]
async fn a_deployment_is_told_as_the_api_tells_it() {
    let cloud = cloud().await;
    let made = cloud
        .post(
            DEPLOYMENTS,
            json!({"operation": "update", "executorContext": {"workingDirectory": ""},
        "sourceContext": {"git": {"repoUrl": "", "branch": "main"}}, "agentPoolID": null,
        "operationContext": {"preRunCommands": [], "operation": "", "environmentVariables": {}}}),
        )
        .await
        .expect(202);
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["version"], 1);
    assert_eq!(made["consoleUrl"], cloud.url("/acme/a/dev/deployments/1"));
    cloud.settled(1).await;
    let time = "2026-01-01T00:00:00Z";
    let user = json!({"name": "local", "githubLogin": "local", "avatarUrl": ""});
    let step = json!({"name": "Simulate update", "status": "succeeded", "started": time, "lastUpdated": time});
    let mut expected = json!({
        "id": id, "version": 1, "created": time, "modified": time, "status": "succeeded", "requestedBy": user,
        "projectName": "a", "stackName": "dev", "paused": false, "pulumiOperation": "update", "initiator": "api",
        "jobs": [{"status": "succeeded", "started": time, "lastUpdated": time, "steps": [step]}], "updates": [],
    });
    let list = cloud.get(DEPLOYMENTS).await.expect(200);
    expected["updates"] = list["deployments"][0]["updates"].clone();
    assert_eq!(
        list,
        json!({"deployments": [expected], "itemsPerPage": 10, "total": 1})
    );
    for only_in_lists in ["projectName", "stackName", "paused", "updates"] {
        expected.as_object_mut().unwrap().remove(only_in_lists);
    }
    expected["latestVersion"] = 1.into();
    let source = json!({"git": {"repoURL": "file:///nowhere", "branch": "main"}});
    expected["configuration"] = json!({"environmentVariables": [], "source": source});
    assert_eq!(
        cloud.get(&format!("{DEPLOYMENTS}/{id}")).await.expect(200),
        expected
    );
    assert_eq!(
        cloud
            .get(&format!("{DEPLOYMENTS}/version/1"))
            .await
            .expect(200),
        expected
    );
    assert_eq!(
        cloud
            .get(&format!("/api/deployments/{id}/status"))
            .await
            .expect(200),
        "succeeded"
    );
    assert_eq!(
        cloud
            .get(&format!("{DEPLOYMENTS}/{id}/updates"))
            .await
            .expect(200)[0]["updateID"],
        list["deployments"][0]["updates"][0]["updateID"]
    );
}

#[tokio::test]
async fn what_cannot_be_deployed_is_refused() {
    let cloud = cloud().await;
    let refused = async |body: Value, status: u16, message: &str| {
        assert_eq!(cloud.post(DEPLOYMENTS, body).await.message(status), message);
    };
    refused(json!({}), 400, "Bad Request: `operation` is required").await;
    refused(
        json!({"operation": "detect-drift"}),
        400,
        "Bad Request: a local cloud has no operation `detect-drift`: it has `update`, `preview`, `refresh` and `destroy`",
    )
    .await;
    refused(
        json!({"operation": 1}),
        400,
        "Bad Request: `operation` has the wrong type",
    )
    .await;
    refused(
        json!({"operation": "update", "inheritSettings": false, "sourceContext": {"git": {"branch": "main"}}}),
        400,
        "Bad Request: the deployment settings of stack `acme/a/dev` name no source: `sourceContext.git.repoUrl` is required",
    )
    .await;
    refused(
        json!({"operation": "update", "sourceContext": {"git": {"commit": "--help"}}}),
        400,
        "Bad Request: `sourceContext.git.commit` must be the hexadecimal digits of a commit",
    )
    .await;
    let nowhere = "/api/stacks/acme/gone/dev/deployments";
    for answer in [
        cloud.post(nowhere, json!({"operation": "update"})).await,
        cloud.get(nowhere).await,
        cloud.get(&format!("{DEPLOYMENTS}/version/1")).await,
        cloud.get(&format!("{DEPLOYMENTS}/no-such")).await,
        cloud.get(&format!("{DEPLOYMENTS}/no-such/logs")).await,
        cloud.get(&format!("{DEPLOYMENTS}/no-such/updates")).await,
        cloud
            .post(&format!("{DEPLOYMENTS}/7/cancel"), json!({}))
            .await,
        cloud.get("/api/deployments/no-such/status").await,
        cloud.get("/api/orgs/nobody/deployments").await,
        cloud.get("/api/orgs/nobody/deployments/metadata").await,
        cloud
            .post("/api/orgs/nobody/deployments/pause", json!({}))
            .await,
    ] {
        answer.message(404);
    }
    for query in [
        "page=0",
        "pageSize=0",
        "pageSize=101",
        "page=x",
        "status=done",
        "page=4294967296",
    ] {
        cloud
            .get(&format!("{DEPLOYMENTS}?{query}"))
            .await
            .message(400);
    }
    assert_eq!(
        cloud
            .get(&format!("{DEPLOYMENTS}?page=4294967295&pageSize=100"))
            .await
            .expect(200)["total"],
        0
    );
}

#[tokio::test]
async fn lists_come_in_pages() {
    let cloud = cloud().await;
    for _ in 0..12 {
        cloud.deploy("a").await;
    }
    cloud.settled(12).await;
    let get = async |query: &str| {
        cloud
            .get(&format!("{DEPLOYMENTS}?{query}"))
            .await
            .expect(200)
    };
    let versions =
        |range: std::ops::RangeInclusive<i64>| range.map(Value::from).collect::<Vec<_>>();
    let newest_first: Vec<_> = versions(3..=12).into_iter().rev().collect();
    assert_eq!(facts(&get("").await, "version"), newest_first);
    assert_eq!(facts(&get("page=2").await, "version"), [json!(2), json!(1)]);
    assert_eq!(
        facts(
            &get("page=2&pageSize=5&asc=true&sort=version").await,
            "version"
        ),
        versions(6..=10)
    );
    assert_eq!(
        get("status=failed").await,
        json!({"deployments": [], "itemsPerPage": 10, "total": 0})
    );
}

#[tokio::test]
async fn while_a_stack_is_paused_its_queue_grows_and_then_skips() {
    let cloud = cloud().await;
    let skip = json!({"operationContext": {"options": {"skipIntermediateDeployments": true}}});
    cloud.post(SETTINGS, skip).await.expect(200);
    cloud
        .post(&format!("{DEPLOYMENTS}/pause"), json!({}))
        .await
        .expect(200);
    let metadata = cloud
        .get(&format!("{DEPLOYMENTS}/metadata"))
        .await
        .expect(200);
    let paused = (
        &metadata["paused"],
        &metadata["stackPaused"],
        &metadata["organizationPaused"],
    );
    assert_eq!(paused, (&json!(true), &json!(true), &json!(false)));
    for operation in ["update", "update", "update", "preview", "update"] {
        cloud
            .post(DEPLOYMENTS, json!({"operation": operation}))
            .await
            .expect(202);
    }
    let list = cloud
        .get(&format!("{DEPLOYMENTS}?asc=true"))
        .await
        .expect(200);
    assert_eq!(facts(&list, "status"), vec![json!("not-started"); 5]);
    assert_eq!(facts(&list, "paused"), vec![json!(true); 5]);
    cloud
        .post(&format!("{DEPLOYMENTS}/resume"), json!({}))
        .await
        .expect(200);
    let over = cloud.settled(5).await;
    let status = |one: &Value| one["status"].as_str().unwrap().to_owned();
    let statuses: Vec<String> = over.iter().map(status).collect();
    assert_eq!(
        statuses,
        [
            "succeeded",
            "skipped",
            "succeeded",
            "succeeded",
            "succeeded"
        ],
        "the preview between the last two keeps both"
    );
}

#[tokio::test]
async fn an_organization_is_paused_as_a_whole() {
    let cloud = cloud_of(&[("a", &["b"]), ("b", &[])]).await;
    cloud
        .post("/api/orgs/acme/deployments/pause", json!({}))
        .await
        .expect(200);
    // A repetition changes nothing.
    cloud
        .post("/api/orgs/acme/deployments/pause", json!({}))
        .await
        .expect(200);
    cloud.deploy("a").await;
    cloud.deploy("b").await;
    let metadata = cloud
        .get("/api/orgs/acme/deployments/metadata")
        .await
        .expect(200);
    let counts = json!({"notStarted": 2, "accepted": 0, "running": 0, "failed": 0, "succeeded": 0, "skipped": 0, "total": 2});
    assert_eq!(
        metadata,
        json!({"paused": true, "concurrency": 1, "deploymentCounts": counts})
    );
    let paused = cloud
        .get(&format!("{DEPLOYMENTS}/metadata"))
        .await
        .expect(200);
    assert_eq!(
        (&paused["paused"], &paused["stackPaused"]),
        (&json!(true), &json!(false))
    );
    cloud
        .post("/api/orgs/acme/deployments/resume", json!({}))
        .await
        .expect(200);
    cloud.settled(3).await;
}

#[tokio::test]
async fn without_settings_nothing_can_be_paused() {
    let cloud = cloud().await;
    cloud.delete(SETTINGS).await.expect(200);
    for verb in ["pause", "resume"] {
        cloud
            .post(&format!("{DEPLOYMENTS}/{verb}"), json!({}))
            .await
            .message(400);
    }
}

#[tokio::test]
async fn what_is_cancelled_in_the_queue_never_runs() {
    let cloud = cloud().await;
    cloud
        .post(&format!("{DEPLOYMENTS}/pause"), json!({}))
        .await
        .expect(200);
    cloud.deploy("a").await;
    let second = cloud
        .post(DEPLOYMENTS, json!({"operation": "update"}))
        .await
        .expect(202);
    // By its version, and by its id.
    cloud
        .send(Method::POST, &format!("{DEPLOYMENTS}/1/cancel"), None)
        .await
        .unwrap()
        .expect(200);
    cloud
        .post(
            &format!("{DEPLOYMENTS}/{}/cancel", second["id"].as_str().unwrap()),
            json!({}),
        )
        .await
        .expect(200);
    cloud
        .post(&format!("{DEPLOYMENTS}/resume"), json!({}))
        .await
        .expect(200);
    cloud.deploy("a").await;
    let over = cloud.settled(3).await;
    assert_eq!(outline(&over), ["a failed", "a failed", "a succeeded"]);
    let has_begun = |one: &Value| !one["jobs"].as_array().unwrap().is_empty();
    let has_begun: Vec<bool> = over.iter().map(has_begun).collect();
    assert_eq!(
        has_begun,
        [false, false, true],
        "no job tells it from a failure"
    );
    assert_eq!(
        cloud
            .get(&format!("{DEPLOYMENTS}/1/logs"))
            .await
            .expect(200),
        json!({"__type": "DeploymentLogs", "lines": []})
    );
}

#[tokio::test]
async fn what_waits_for_a_week_is_given_up() {
    let now = Arc::new(AtomicI64::new(NOW));
    let clock = Arc::clone(&now);
    let clock =
        Clock::from_fn(move || Timestamp::from_second(clock.load(Ordering::Relaxed)).unwrap());
    let cloud = Cloud::start_with(builder().executor(Executor::Simulated).clock(clock)).await;
    cloud.make_deployable("a").await;
    cloud.make_deployable("b").await;
    cloud
        .post(&format!("{DEPLOYMENTS}/pause"), json!({}))
        .await
        .expect(200);
    cloud.deploy("a").await;
    let week = 7 * 24 * 60 * 60;
    now.store(NOW + week, Ordering::Relaxed);
    cloud.deploy("b").await;
    until(async || {
        (cloud
            .get("/api/stacks/acme/b/dev/deployments/version/1")
            .await
            .body["status"]
            == "succeeded")
            .then_some(())
    })
    .await;
    assert_eq!(
        cloud.get(&format!("{DEPLOYMENTS}/version/1")).await.body["status"],
        "not-started"
    );
    now.store(NOW + week + 1, Ordering::Relaxed);
    cloud.deploy("b").await;
    assert_eq!(
        outline(&cloud.settled(3).await),
        ["a skipped", "b succeeded", "b succeeded"]
    );
}

#[tokio::test]
async fn what_was_to_be_told_is_told_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(200).await;
    let open = || builder().executor(Executor::Simulated).data(data.path());
    let cloud = Cloud::start_with(open()).await;
    cloud.make_deployable("a").await;
    cloud.make_deployable("b").await;
    cloud
        .post("/api/stacks/acme/a/dev/hooks", edge("b"))
        .await
        .expect(201);
    let told = hook(
        json!({"name": "told", "payloadUrl": receiver.url, "filters": ["deployment_succeeded"]}),
    );
    cloud.post("/api/orgs/acme/hooks", told).await.expect(201);
    cloud
        .post("/api/orgs/acme/deployments/pause", json!({}))
        .await
        .expect(200);
    cloud.deploy("a").await;
    cloud.server.stop().await;
    let cloud = Cloud::start_with(open()).await;
    assert_eq!(outline(&cloud.settled_paused(1).await), ["a not-started"]);
    cloud
        .post("/api/orgs/acme/deployments/resume", json!({}))
        .await
        .expect(200);
    // The cloud may stop anywhere in the cascade: the rest happens later, once.
    cloud.server.stop().await;
    let cloud = Cloud::start_with(open()).await;
    assert_eq!(outline(&cloud.settled(2).await).len(), 2);
    let deliveries = until(async || {
        let found = cloud
            .get("/api/orgs/acme/hooks/told/deliveries")
            .await
            .expect(200);
        (found != json!([])).then_some(found)
    })
    .await;
    assert_eq!(deliveries[0]["responseCode"], 200);
}

#[tokio::test]
async fn a_layered_graph_of_a_thousand_stacks_is_updated_to_the_end() {
    const N_LAYERS: usize = 10;
    const WIDTH: usize = 100;
    let name = |layer: usize, place: usize| format!("s{layer}-{place}");
    let cloud = Cloud::start_with(builder().executor(Executor::Simulated)).await;
    cloud.make_deployable("root").await;
    for layer in 0..N_LAYERS {
        for place in 0..WIDTH {
            cloud.make_deployable(&name(layer, place)).await;
            let upstream = if layer == 0 {
                "root".to_owned()
            } else {
                name(layer - 1, place)
            };
            let hooks = format!("/api/stacks/acme/{upstream}/dev/hooks");
            cloud
                .post(&hooks, edge(&name(layer, place)))
                .await
                .expect(201);
        }
    }
    cloud.deploy("root").await;
    let n = i64::try_from(N_LAYERS * WIDTH).unwrap() + 1;
    cloud.settled(n).await;
    let metadata = cloud
        .get("/api/orgs/acme/deployments/metadata")
        .await
        .expect(200);
    assert_eq!(metadata["deploymentCounts"]["succeeded"], n);
}
