//! What happens to one stack starts deployments of others.

use crate::support::{Cloud, Receiver, builder, hook};
use local_cloud::Executor;
use serde_json::{Value, json};
use testkit::patience::until;

/// The stacks of the example: a starts b and c, b starts d, e and f.
const EDGES: [(&str, &[&str]); 6] = [
    ("a", &["b", "c"]),
    ("b", &["d", "e", "f"]),
    ("c", &[]),
    ("d", &[]),
    ("e", &[]),
    ("f", &[]),
];

/// A cloud that simulates deployments, with deployable stacks that start each other.
pub(crate) async fn cloud_of(edges: &[(&str, &[&str])]) -> Cloud {
    let cloud = Cloud::start_with(builder().executor(Executor::Simulated)).await;
    for (stack, targets) in edges {
        cloud.make_deployable(stack).await;
        for target in *targets {
            cloud
                .post(&format!("/api/stacks/acme/{stack}/dev/hooks"), edge(target))
                .await
                .expect(201);
        }
    }
    cloud
}

/// A webhook that starts `target/dev` after each update.
pub(crate) fn edge(target: &str) -> Value {
    hook(json!({
        "displayName": target, "payloadUrl": format!("{target}/dev"), "format": "pulumi_deployments",
        "filters": ["update_succeeded"],
    }))
}

impl Cloud {
    /// Creates the stack `acme/{project}/dev` with deployment settings.
    pub(crate) async fn make_deployable(&self, project: &str) {
        self.post(
            &format!("/api/stacks/acme/{project}"),
            json!({"stackName": "dev"}),
        )
        .await
        .expect(200);
        let settings =
            json!({"sourceContext": {"git": {"repoUrl": "file:///nowhere", "branch": "main"}}});
        self.put(
            &format!("/api/stacks/acme/{project}/dev/deployments/settings"),
            settings,
        )
        .await
        .expect(200);
    }

    /// Starts an update of `acme/{project}/dev`, and returns its version.
    pub(crate) async fn deploy(&self, project: &str) -> i64 {
        let path = format!("/api/stacks/acme/{project}/dev/deployments");
        let made = self
            .post(&path, json!({"operation": "update"}))
            .await
            .expect(202);
        made["version"].as_i64().unwrap()
    }

    /// The deployments of `acme`, oldest first, once there are `n` of them.
    pub(crate) async fn settled_paused(&self, n: usize) -> Vec<Value> {
        until(async || {
            let list = self
                .get("/api/orgs/acme/deployments?asc=true&pageSize=100")
                .await
                .expect(200);
            let list = list["deployments"].as_array().unwrap();
            (list.len() == n).then(|| list.clone())
        })
        .await
    }

    /// The deployments of `acme`, oldest first, once there are `n` of them and none waits or runs.
    pub(crate) async fn settled(&self, n: i64) -> Vec<Value> {
        until(async || {
            let metadata = self
                .get("/api/orgs/acme/deployments/metadata")
                .await
                .expect(200);
            let counts = &metadata["deploymentCounts"];
            let is_over = ["notStarted", "accepted", "running"]
                .iter()
                .all(|key| counts[key] == 0);
            (is_over && counts["total"] == n).then_some(())
        })
        .await;
        let list = self
            .get("/api/orgs/acme/deployments?asc=true&pageSize=100")
            .await
            .expect(200);
        list["deployments"].as_array().unwrap().clone()
    }
}

/// `project status` of each deployment.
pub(crate) fn outline(deployments: &[Value]) -> Vec<String> {
    let word = |deployment: &Value, key: &str| deployment[key].as_str().unwrap().to_owned();
    let outline = |deployment| word(deployment, "projectName") + " " + &word(deployment, "status");
    deployments.iter().map(outline).collect()
}

#[tokio::test]
async fn an_update_of_the_first_stack_updates_all_others_once() {
    let cloud = cloud_of(&EDGES).await;
    cloud.deploy("a").await;
    let deployments = cloud.settled(6).await;
    let expected = ["a", "b", "c", "d", "e", "f"].map(|stack| format!("{stack} succeeded"));
    assert_eq!(outline(&deployments), expected);
    assert_eq!(deployments[0]["initiator"], "api");
    assert!(
        deployments[1..]
            .iter()
            .all(|deployment| deployment["initiator"] == "webhook")
    );

    let hooks = cloud.get("/api/stacks/acme/a/dev/hooks").await.expect(200);
    let name = hooks[0]["name"].as_str().unwrap();
    let path = format!("/api/stacks/acme/a/dev/hooks/{name}/deliveries");
    let deliveries = cloud.get(&path).await.expect(200);
    assert_eq!(deliveries.as_array().unwrap().len(), 1);
    let delivery = &deliveries[0];
    assert_eq!(delivery["kind"], "stack_update");
    assert_eq!(delivery["payload"], r#"{"operation":"update"}"#);
    assert_eq!(
        delivery["requestUrl"],
        cloud.url("/api/stacks/acme/b/dev/deployments")
    );
    assert_eq!(delivery["responseCode"], 202);
    let body: Value = serde_json::from_str(delivery["responseBody"].as_str().unwrap()).unwrap();
    assert_eq!(body["id"], deployments[1]["id"]);
}

#[tokio::test]
async fn a_failure_starts_nothing() {
    let cloud = cloud_of(&EDGES).await;
    let settings =
        json!({"operationContext": {"environmentVariables": {"SIMULATED_OUTCOME": "failed"}}});
    cloud
        .post("/api/stacks/acme/b/dev/deployments/settings", settings)
        .await
        .expect(200);
    cloud.deploy("a").await;
    let deployments = cloud.settled(3).await;
    assert_eq!(
        outline(&deployments),
        ["a succeeded", "b failed", "c succeeded"]
    );
}

#[tokio::test]
async fn an_edge_to_nowhere_is_a_failed_delivery() {
    let cloud = cloud_of(&[("a", &["gone", "bare"])]).await;
    cloud
        .post("/api/stacks/acme/bare", json!({"stackName": "dev"}))
        .await
        .expect(200);
    cloud.deploy("a").await;
    let hooks = cloud.get("/api/stacks/acme/a/dev/hooks").await.expect(200);
    for (hook, code, message) in [
        (&hooks[0], 404, "stack `acme/gone/dev` does not exist"),
        (
            &hooks[1],
            400,
            "stack `acme/bare/dev` has no deployment settings: nothing can be deployed",
        ),
    ] {
        let path = format!(
            "/api/stacks/acme/a/dev/hooks/{}/deliveries",
            hook["name"].as_str().unwrap()
        );
        let delivery = until(async || cloud.get(&path).await.expect(200).get(0).cloned()).await;
        assert_eq!(delivery["responseCode"], code);
        let body: Value = serde_json::from_str(delivery["responseBody"].as_str().unwrap()).unwrap();
        assert_eq!(body["message"], message);
    }
    assert_eq!(cloud.settled(1).await.len(), 1);
}

#[tokio::test]
async fn a_redelivery_starts_another_deployment_and_a_ping_starts_none() {
    let cloud = cloud_of(&[("a", &["b"]), ("b", &[])]).await;
    let hooks = cloud.get("/api/stacks/acme/a/dev/hooks").await.expect(200);
    let hook = format!(
        "/api/stacks/acme/a/dev/hooks/{}",
        hooks[0]["name"].as_str().unwrap()
    );
    let ping = cloud
        .post(&format!("{hook}/ping"), json!({}))
        .await
        .expect(200);
    cloud.deploy("a").await;
    cloud.settled(2).await;
    let deliveries = cloud.get(&format!("{hook}/deliveries")).await.expect(200);
    let again = |delivery: &Value| {
        format!(
            "{hook}/deliveries/{}/redeliver",
            delivery["id"].as_str().unwrap()
        )
    };
    let started = cloud
        .post(&again(&deliveries[0]), json!({}))
        .await
        .expect(200);
    assert_eq!(started["id"], deliveries[0]["id"]);
    assert_eq!(started["responseCode"], 202);
    cloud.settled(3).await;
    let pinged = cloud.post(&again(&ping), json!({})).await.expect(200);
    assert_eq!(pinged["responseCode"], 200);
    assert_eq!(
        outline(&cloud.settled(3).await),
        ["a succeeded", "b succeeded", "b succeeded"]
    );
}

#[tokio::test]
async fn every_event_of_a_deployment_is_told_in_order() {
    let receiver = Receiver::start(200).await;
    let cloud = cloud_of(&[("a", &[])]).await;
    for hooks in ["/api/stacks/acme/a/dev/hooks", "/api/orgs/acme/hooks"] {
        let all = hook(
            json!({"name": "all", "payloadUrl": receiver.url, "secret": "shh",
            "filters": ["update_succeeded"], "groups": ["deployments"]}),
        );
        cloud.post(hooks, all).await.expect(201);
    }
    cloud.deploy("a").await;
    for hooks in ["/api/stacks/acme/a/dev/hooks", "/api/orgs/acme/hooks"] {
        let path = format!("{hooks}/all/deliveries");
        let deliveries = until(async || {
            let found = cloud.get(&path).await.expect(200);
            (found.as_array().unwrap().len() == 4).then_some(found)
        })
        .await;
        let newest_first = deliveries.as_array().unwrap().iter().rev();
        let payloads: Vec<Value> = newest_first
            .map(|delivery| serde_json::from_str(delivery["payload"].as_str().unwrap()).unwrap())
            .collect();
        let facts: Vec<_> = payloads
            .iter()
            .map(|payload| (&payload["status"], &payload["result"]))
            .collect();
        let (none, ended) = (&Value::Null, &json!("succeeded"));
        assert_eq!(
            facts,
            [
                (&json!("queued"), none),
                (&json!("running"), none),
                (none, ended),
                (ended, none)
            ]
        );
        assert_eq!(
            payloads[0]["deploymentUrl"],
            cloud.url("/acme/a/dev/deployments/1")
        );
        assert_eq!(
            (&payloads[0]["version"], &payloads[0]["operation"]),
            (&json!(1), &json!("update"))
        );
        assert_eq!(
            (&payloads[2]["kind"], &payloads[2]["stackName"]),
            (&json!("update"), &json!("dev"))
        );
    }
    let requests = receiver.take();
    assert_eq!(requests.len(), 8);
    assert!(
        requests
            .iter()
            .all(|delivery| delivery.header("pulumi-webhook-signature").is_some())
    );
    let kinds: Vec<_> = requests
        .iter()
        .filter_map(|delivery| delivery.header("pulumi-webhook-kind"))
        .collect();
    assert_eq!(
        kinds.iter().filter(|kind| **kind == "deployment").count(),
        6
    );
}
