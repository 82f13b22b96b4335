//! Kills in the middle of deployments, of webhooks that start stacks, of schedules, and of writing secrets.

use super::Scene;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::time::Duration;
use testkit::api::Api;
use testkit::git::git;
use testkit::patience::until;
use testkit::process::Service;
use testkit::switches;

const UPSTREAM: &str = "/api/stacks/local/network/dev";
const DOWNSTREAM: &str = "/api/stacks/local/app/dev";

/// The default number of kills in each test, and the maximum.
const N_KILLS: u64 = 3;
const MOST_KILLS: u64 = 20;

/// The longest time before the cloud is killed.
const LONGEST_MS: u64 = 120;

/// A cloud that is killed and started again.
struct Mortal {
    scene: Scene,
    arguments: &'static [&'static str],
    cloud: Option<Service>,
    api: Api,
    random: RandomState,
}

impl Mortal {
    async fn new(arguments: &'static [&'static str]) -> Mortal {
        let scene = Scene::new();
        let cloud = scene.start_with(arguments);
        let api = Api::new(cloud.address());
        for project in ["network", "app"] {
            let stack = json!({"stackName": "dev"});
            let path = format!("/api/stacks/local/{project}");
            api.post(&path, stack).await.expect(200);
        }
        Mortal {
            scene,
            arguments,
            cloud: Some(cloud),
            api,
            random: RandomState::new(),
        }
    }

    fn n_kills() -> u64 {
        switches::kills().map_or(N_KILLS, |n| n.min(MOST_KILLS))
    }

    /// Kills the cloud after a random time.
    async fn kill(&mut self, attempt: u64) {
        let wait = Duration::from_millis(self.random.hash_one(attempt) % LONGEST_MS);
        tokio::time::sleep(wait).await;
        drop(self.cloud.take());
    }

    fn revive(&mut self) {
        self.cloud = Some(self.scene.start_with(self.arguments));
    }

    /// Deployment settings for both stacks: a repository, and these commands before anything else.
    async fn deployable(&self, first: &[String]) {
        let repository = self.scene.folder.path().join("repository");
        fs::create_dir(&repository).unwrap();
        fs::write(repository.join("Pulumi.yaml"), "name: app\nruntime: yaml\n").unwrap();
        git(&repository, &["init", "--quiet", "--initial-branch=main"]);
        git(&repository, &["add", "--all"]);
        git(&repository, &["commit", "--quiet", "--message", "first"]);
        let settings = json!({
            "sourceContext": {"git": {"repoUrl": repository, "branch": "main"}},
            "operationContext": {"preRunCommands": first},
        });
        for stack in [UPSTREAM, DOWNSTREAM] {
            let path = format!("{stack}/deployments/settings");
            self.api.put(&path, settings.clone()).await.expect(200);
        }
    }

    /// The newest hundred deployments of a stack, oldest first.
    async fn deployments(&self, stack: &str) -> Vec<Value> {
        let path = format!("{stack}/deployments?pageSize=100&asc=true");
        let mut found = self.api.get(&path).await.expect(200);
        let Value::Array(list) = found["deployments"].take() else {
            panic!("{found}")
        };
        list
    }

    /// The same, once there are so many, and all have ended.
    async fn settled(&self, stack: &str, n: usize) -> Vec<Value> {
        until(async || {
            let found = self.deployments(stack).await;
            let is_over = |one: &Value| {
                ["succeeded", "failed", "skipped"].contains(&one["status"].as_str().unwrap())
            };
            (found.len() >= n && found.iter().all(is_over)).then_some(found)
        })
        .await
    }
}

/// Whether the process with this id has this in its environment.
fn is_marked(pid: &str, mark: &str) -> bool {
    let environment = fs::read(Path::new("/proc").join(pid).join("environ"));
    environment.is_ok_and(|found| {
        String::from_utf8_lossy(&found)
            .split('\0')
            .any(|one| one == format!("LOCAL_CLOUD_DEPLOYMENT={mark}"))
    })
}

#[tokio::test]
async fn a_killed_cloud_loses_and_doubles_no_deployment_and_leaves_no_process() {
    let mut mortal = Mortal::new(&[]).await;
    let folder = mortal.scene.folder.path().to_owned();
    let (hold, begun) = (folder.join("hold"), folder.join("begun"));
    let command = format!(
        "echo $LOCAL_CLOUD_DEPLOYMENT $$ >> {begun}; while [ -e {hold} ]; do sleep 0.02; done; exit 3",
        begun = begun.display(),
        hold = hold.display()
    );
    mortal.deployable(&[command]).await;
    let path = format!("{DOWNSTREAM}/deployments");
    let mut acknowledged = BTreeSet::new();
    for attempt in 0..Mortal::n_kills() {
        fs::write(&hold, "").unwrap();
        for _ in 0..2 {
            let made = mortal.api.post(&path, json!({"operation": "update"})).await;
            acknowledged.insert(made.expect(202)["id"].as_str().unwrap().to_owned());
        }
        mortal.kill(attempt).await;
        let lines = fs::read_to_string(&begun).unwrap_or_default();
        mortal.revive();
        // It answers its first request about deployments after it has ended the earlier ones.
        until(async || {
            let left = lines.lines().filter_map(|line| line.split_once(' '));
            let is_gone = left.clone().all(|(mark, pid)| !is_marked(pid, mark));
            is_gone.then_some(())
        })
        .await;
        fs::remove_file(&hold).unwrap();
        let found = mortal.settled(DOWNSTREAM, acknowledged.len()).await;
        let ids: Vec<_> = found
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        let known: BTreeSet<_> = ids.iter().map(|id| (*id).to_owned()).collect();
        assert_eq!(
            known, acknowledged,
            "none is lost, none is there that nobody asked for"
        );
        assert_eq!(ids.len(), known.len(), "each once");
        let mut times = BTreeMap::new();
        for line in fs::read_to_string(&begun).unwrap().lines() {
            *times
                .entry(line.split(' ').next().unwrap().to_owned())
                .or_insert(0) += 1;
        }
        assert!(
            times.values().all(|n| *n == 1),
            "none has run twice: {times:?}"
        );
    }
    let runs = mortal.scene.folder.path().join("data/runs");
    let left = fs::read_dir(runs).map_or(0, Iterator::count);
    assert_eq!(left, 0, "no folder of a deployment is left");
}

#[tokio::test]
async fn a_killed_cloud_loses_and_doubles_no_start_by_a_webhook() {
    let mut mortal = Mortal::new(&["--executor", "simulated"]).await;
    mortal.deployable(&[]).await;
    let hook = json!({
        "organizationName": "local", "projectName": "network", "stackName": "dev", "name": "edge", "displayName": "edge",
        "active": true, "format": "pulumi_deployments", "payloadUrl": "app/dev", "filters": ["update_succeeded"],
    });
    let hooks = format!("{UPSTREAM}/hooks");
    mortal.api.post(&hooks, hook).await.expect(201);
    let mut n_asked = 0;
    for attempt in 0..Mortal::n_kills() {
        for _ in 0..3 {
            let path = format!("{UPSTREAM}/deployments");
            mortal
                .api
                .post(&path, json!({"operation": "update"}))
                .await
                .expect(202);
            n_asked += 1;
        }
        mortal.kill(attempt).await;
        mortal.revive();
        let found = mortal.settled(UPSTREAM, n_asked).await;
        assert_eq!(found.len(), n_asked, "none is lost");
        let stack = mortal.api.get(UPSTREAM).await.expect(200);
        let version = usize::try_from(stack["version"].as_u64().unwrap()).unwrap();
        let below = mortal.settled(DOWNSTREAM, version).await;
        assert_eq!(
            below.len(),
            version,
            "each update has started one deployment"
        );
    }
}

#[tokio::test]
async fn a_killed_cloud_runs_each_schedule_once() {
    let mut mortal = Mortal::new(&["--executor", "simulated"]).await;
    mortal.deployable(&[]).await;
    let path = format!("{DOWNSTREAM}/deployments/schedules");
    let mut n_acknowledged = 0;
    for attempt in 0..Mortal::n_kills() {
        let soon = jiff::Timestamp::now() + Duration::from_millis(1050);
        let schedule = json!({"scheduleOnce": soon, "request": {"operation": "update", "inheritSettings": true}});
        mortal.api.post(&path, schedule).await.expect(200);
        n_acknowledged += 1;
        let left = soon.duration_since(jiff::Timestamp::now()).unsigned_abs();
        tokio::time::sleep(left.saturating_sub(Duration::from_millis(LONGEST_MS / 2))).await;
        mortal.kill(attempt).await;
        mortal.revive();
        let found = mortal.settled(DOWNSTREAM, n_acknowledged).await;
        assert_eq!(found.len(), n_acknowledged, "each has begun one deployment");
    }
}

#[tokio::test]
async fn a_killed_cloud_loses_no_secret() {
    let mut mortal = Mortal::new(&["--executor", "simulated"]).await;
    let mut acknowledged = Vec::new();
    for attempt in 0..Mortal::n_kills() {
        let api = Api::new(&mortal.api.url(""));
        let writes = tokio::spawn(async move {
            let mut written = Vec::new();
            for n in 0.. {
                let name = format!("w{attempt}-{n}");
                let hook = json!({
                    "organizationName": "local", "projectName": "app", "stackName": "dev", "name": name,
                    "displayName": name, "active": true, "payloadUrl": "http://127.0.0.1:9/", "secret": "signed-with",
                });
                let plain = json!({"plaintext": "aHVudGVyMg=="});
                let (hooks, encrypt) = (
                    format!("{DOWNSTREAM}/hooks"),
                    format!("{DOWNSTREAM}/encrypt"),
                );
                let made = api.send(reqwest::Method::POST, &hooks, Some(hook)).await;
                let sealed = api.send(reqwest::Method::POST, &encrypt, Some(plain)).await;
                match (made, sealed) {
                    (Ok(made), Ok(sealed)) if made.status == 201 && sealed.status == 200 => {
                        written.push((name, sealed.body));
                    }
                    _ => break,
                }
            }
            written
        });
        mortal.kill(attempt).await;
        acknowledged.extend(writes.await.unwrap());
        mortal.revive();
        for (name, sealed) in &acknowledged {
            let hook = mortal.api.get(&format!("{DOWNSTREAM}/hooks/{name}")).await;
            assert_eq!(hook.expect(200)["hasSecret"], true, "{name}");
            let path = format!("{DOWNSTREAM}/decrypt");
            let opened = mortal.api.post(&path, sealed.clone()).await.expect(200);
            assert_eq!(opened, json!({"plaintext": "aHVudGVyMg=="}));
        }
    }
    assert!(!acknowledged.is_empty(), "something was written");
}
