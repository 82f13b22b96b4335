//! Schedules of deployments.

use crate::cascade::outline;
use crate::runs::Hands;
use crate::support::{Cloud, builder};
use insta::assert_snapshot;
use local_cloud::Executor;
use serde_json::{Value, json};

const SCHEDULES: &str = "/api/stacks/acme/a/dev/deployments/schedules";
const DRIFT: &str = "/api/stacks/acme/a/dev/deployments/drift/schedules";
const TTL: &str = "/api/stacks/acme/a/dev/deployments/ttl/schedules";
const DEPLOYMENTS: &str = "/api/stacks/acme/a/dev/deployments";

/// A cloud with a deployable stack `a`, and the hands of its clock.
async fn cloud() -> (Hands, Cloud) {
    let (hands, builder) = Hands::new();
    let cloud = Cloud::start_with(builder.executor(Executor::Simulated)).await;
    cloud.make_deployable("a").await;
    (hands, cloud)
}

/// The body of a schedule for an operation.
fn every(cron: &str, operation: &str) -> Value {
    json!({"scheduleCron": cron, "request": {"operation": operation, "inheritSettings": true}})
}

/// The outline of the deployments, once there are so many and all have ended.
async fn settled(cloud: &Cloud, n: i64) -> Vec<String> {
    outline(&cloud.settled(n).await)
}

#[tokio::test]
async fn a_schedule_is_told_as_the_api_tells_it() {
    let (_, cloud) = cloud().await;
    let made = cloud
        .post(SCHEDULES, every("*/5 * * * *", "refresh"))
        .await
        .expect(200);
    let stack = cloud.get("/api/stacks/acme/a/dev").await.expect(200);
    let id = made["id"].as_str().unwrap();
    let expected = json!({
        "id": id, "orgID": "acme", "scheduleCron": "*/5 * * * *", "nextExecution": "2026-01-01 00:05:00.000",
        "paused": false, "kind": "deployment", "created": "2026-01-01 00:00:00.000",
        "modified": "2026-01-01 00:00:00.000", "lastExecuted": "",
        "definition": {"programID": stack["id"], "request": {"operation": "refresh", "inheritSettings": true}},
    });
    assert_eq!(made, expected);
    let path = format!("{SCHEDULES}/{id}");
    assert_eq!(cloud.get(&path).await.expect(200), expected);
    assert_eq!(
        cloud.get(SCHEDULES).await.expect(200),
        json!({"schedules": [expected]})
    );
    let metadata = cloud
        .get(&format!("{DEPLOYMENTS}/metadata"))
        .await
        .expect(200);
    assert_eq!(metadata["hasSchedules"], true);
    cloud.delete(&path).await.expect(204);
    assert_eq!(
        cloud.get(SCHEDULES).await.expect(200),
        json!({"schedules": []})
    );
    assert_snapshot!(cloud.get(&path).await.expect(404)["message"].as_str().unwrap().replace(id, "ID"), @"Not Found: stack `acme/a/dev` has no schedule `ID`");
}

#[tokio::test]
async fn a_schedule_begins_a_deployment_each_time() {
    let (hands, cloud) = cloud().await;
    let made = cloud
        .post(SCHEDULES, every("0 * * * *", "refresh"))
        .await
        .expect(200);
    hands.forward(60 * 60);
    assert_eq!(settled(&cloud, 1).await, ["a succeeded"]);
    hands.forward(60 * 60);
    settled(&cloud, 2).await;
    let list = cloud.get(DEPLOYMENTS).await.expect(200);
    for one in list["deployments"].as_array().unwrap() {
        assert_eq!(
            (&one["initiator"], &one["pulumiOperation"]),
            (&json!("schedule"), &json!("refresh"))
        );
    }
    let path = format!("{SCHEDULES}/{}", made["id"].as_str().unwrap());
    let now = cloud.get(&path).await.expect(200);
    assert_eq!(now["lastExecuted"], "2026-01-01 02:00:00.000");
    assert_eq!(now["nextExecution"], "2026-01-01 03:00:00.000");
}

#[tokio::test]
async fn what_fell_due_while_no_cloud_was_there_begins_once() {
    let data = tempfile::tempdir().unwrap();
    let (hands, first) = Hands::new();
    let first = first.executor(Executor::Simulated).data(data.path());
    let cloud = Cloud::start_with(first).await;
    cloud.make_deployable("a").await;
    cloud
        .post(SCHEDULES, every("0 * * * *", "update"))
        .await
        .expect(200);
    cloud.server.stop().await;
    hands.forward(10 * 60 * 60);
    let again = hands
        .set(builder())
        .executor(Executor::Simulated)
        .data(data.path());
    let cloud = Cloud::start_with(again).await;
    assert_eq!(settled(&cloud, 1).await, ["a succeeded"]);
    let now = cloud.get(SCHEDULES).await.expect(200);
    assert_eq!(
        now["schedules"][0]["nextExecution"],
        "2026-01-01 11:00:00.000"
    );
}

#[tokio::test]
async fn once_is_once() {
    let (hands, cloud) = cloud().await;
    let body =
        json!({"scheduleOnce": "2026-01-01T01:00:00+00:30", "request": {"operation": "update"}});
    let made = cloud.post(SCHEDULES, body).await.expect(200);
    assert_eq!(made["scheduleOnce"], "2026-01-01 00:30:00.000");
    hands.forward(30 * 60);
    settled(&cloud, 1).await;
    hands.forward(24 * 60 * 60);
    cloud.deploy("a").await;
    assert_eq!(
        settled(&cloud, 2).await.len(),
        2,
        "the second one is by hand"
    );
}

#[tokio::test]
async fn a_change_says_when_and_may_say_what() {
    let (hands, cloud) = cloud().await;
    let made = cloud
        .post(SCHEDULES, every("0 * * * *", "refresh"))
        .await
        .expect(200);
    let path = format!("{SCHEDULES}/{}", made["id"].as_str().unwrap());
    hands.forward(1);
    let when = cloud
        .post(&path, json!({"scheduleCron": "30 * * * *"}))
        .await
        .expect(200);
    assert_eq!(when["definition"], made["definition"]);
    assert_eq!(when["nextExecution"], "2026-01-01 00:30:00.000");
    assert_eq!(when["created"], made["created"]);
    assert_eq!(when["modified"], "2026-01-01 00:00:01.000");
    let what = cloud
        .post(&path, every("30 * * * *", "preview"))
        .await
        .expect(200);
    assert_eq!(what["definition"]["request"]["operation"], "preview");
    assert_eq!(what["id"], made["id"]);
}

#[tokio::test]
async fn the_time_of_a_stack_is_over_and_a_look_for_drift_is_kept() {
    let (hands, cloud) = cloud().await;
    let ttl = json!({"timestamp": "2026-01-01T01:00:00Z", "deleteAfterDestroy": false});
    let ttl = cloud.post(TTL, ttl).await.expect(200);
    let request = json!({"operation": "destroy", "inheritSettings": true,
        "operationContext": {"options": {"deleteAfterDestroy": false}}});
    assert_eq!(ttl["definition"]["request"], request);
    let drift = json!({"scheduleCron": "0 * * * *", "autoRemediate": true});
    let drift = cloud.post(DRIFT, drift).await.expect(200);
    let request = json!({"operation": "detect-drift", "inheritSettings": true,
        "operationContext": {"options": {"remediateIfDriftDetected": true}}});
    assert_eq!(drift["definition"]["request"], request);
    let path = format!("{DRIFT}/{}", drift["id"].as_str().unwrap());
    let changed = json!({"scheduleCron": "5 * * * *", "autoRemediate": false});
    let changed = cloud.post(&path, changed).await.expect(200);
    assert_eq!(
        changed["definition"]["request"]["operationContext"]["options"]["remediateIfDriftDetected"],
        false
    );
    let path = format!("{TTL}/{}", ttl["id"].as_str().unwrap());
    let changed = json!({"timestamp": "2026-01-01T02:00:00Z", "deleteAfterDestroy": true});
    cloud.post(&path, changed).await.expect(200);
    hands.forward(2 * 60 * 60);
    cloud.settled(1).await;
    let list = cloud.get(DEPLOYMENTS).await.expect(200);
    assert_eq!(list["deployments"][0]["pulumiOperation"], "destroy");
    assert_eq!(list["total"], 1, "a look for drift begins nothing");
}

#[tokio::test]
async fn what_cannot_be_a_schedule_says_so() {
    let (_, cloud) = cloud().await;
    cloud
        .post("/api/stacks/acme/bare", json!({"stackName": "dev"}))
        .await
        .expect(200);
    let update = json!({"operation": "update"});
    let tries = [
        (SCHEDULES, json!({})),
        (
            SCHEDULES,
            json!({"scheduleCron": "* * * * *", "scheduleOnce": "2027-01-01T00:00:00Z", "request": update}),
        ),
        (
            SCHEDULES,
            json!({"scheduleCron": "* * * *", "request": update}),
        ),
        (SCHEDULES, json!({"scheduleCron": "* * * * *"})),
        (
            SCHEDULES,
            json!({"scheduleCron": "* * * * *", "request": {}}),
        ),
        (
            SCHEDULES,
            json!({"scheduleCron": "* * * * *", "request": {"operation": "explode"}}),
        ),
        (
            SCHEDULES,
            json!({"scheduleOnce": "tomorrow", "request": update}),
        ),
        (
            SCHEDULES,
            json!({"scheduleOnce": "2025-01-01T00:00:00Z", "request": update}),
        ),
        (TTL, json!({})),
        (DRIFT, json!({"scheduleCron": ""})),
        (
            "/api/stacks/acme/bare/dev/deployments/schedules",
            every("* * * * *", "update"),
        ),
    ];
    let mut said = Vec::new();
    for (path, body) in tries {
        let answer = cloud.post(path, body).await.expect(400);
        said.push(answer["message"].as_str().unwrap().to_owned());
    }
    assert_snapshot!(said.join("\n"), @r"
    Bad Request: one of `scheduleCron` and `scheduleOnce` is required, and not both
    Bad Request: one of `scheduleCron` and `scheduleOnce` is required, and not both
    Bad Request: `scheduleCron`: `* * * *` does not have five fields: minute, hour, day of the month, month, day of the week
    Bad Request: `request` is required
    Bad Request: `operation` is required
    Bad Request: a local cloud has no operation `explode`: it has `update`, `preview`, `refresh` and `destroy`
    Bad Request: `scheduleOnce`: `tomorrow` is not a time, such as `2026-12-31T23:59:00Z`
    Bad Request: `scheduleOnce`: `2025-01-01T00:00:00Z` is over already
    Bad Request: `timestamp` is required
    Bad Request: `scheduleCron`: `` does not have five fields: minute, hour, day of the month, month, day of the week
    Bad Request: stack `acme/bare/dev` has no deployment settings: nothing can be deployed
    ");
    cloud
        .post(
            "/api/stacks/acme/gone/dev/deployments/schedules",
            every("* * * * *", "update"),
        )
        .await
        .expect(404);
    cloud
        .post(&format!("{SCHEDULES}/none"), every("* * * * *", "update"))
        .await
        .expect(404);
}
