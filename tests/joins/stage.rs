//! A cloud that runs deployments, and a repository with a program for each stack and for the conductor.

use jiff::{SignedDuration, Timestamp};
use local_cloud::{AppBuilder, Capability, Clock, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use testkit::api::{Api, TOKEN};
use testkit::git::git;
use testkit::patience::{pause, until};
use testkit::published;
use testkit::{pulumi, tools};

/// How many deployments run at the same time.
const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(4).expect("four is not zero");

/// How often each stack was updated by a deployment that succeeded.
pub(crate) type Runs = BTreeMap<String, usize>;

/// Dropping it removes everything.
pub(crate) struct Stage {
    folder: TempDir,
    server: Server,
    /// How many hours the cloud's clock is ahead.
    hours: Arc<AtomicI64>,
    /// The deployments that existed when the counting began.
    before: Vec<String>,
}

impl Stage {
    /// A cloud on which each of these stacks, `name/prod`, was updated once, in this order, and the conductor does not
    /// exist yet.
    pub(crate) async fn set(stacks: &[&str]) -> Stage {
        Stage::set_without(None, stacks).await
    }

    /// The same on a cloud without this capability.
    pub(crate) async fn set_without(lacking: Option<Capability>, stacks: &[&str]) -> Stage {
        let folder = tempfile::tempdir().expect("a folder");
        let hours = Arc::new(AtomicI64::new(0));
        let ahead = Arc::clone(&hours);
        let clock = Clock::from_fn(move || {
            Timestamp::now() + SignedDuration::from_hours(ahead.load(Ordering::Relaxed))
        });
        let app = published::builder(TOKEN)
            .clock(clock)
            .organization("acme")
            .data(folder.path().join("data"))
            .pulumi(tools::pulumi())
            .plugin("auto-deploy", env!("CARGO_PKG_VERSION"), tools::plugin())
            .concurrency(CONCURRENCY);
        let app = lacking.into_iter().fold(app, AppBuilder::without);
        let server = Server::start(app.open().expect("the cloud opens")).await;
        let mut stage = Stage {
            folder,
            server: server.expect("the cloud starts"),
            hours,
            before: Vec::new(),
        };
        std::fs::create_dir_all(stage.repository()).expect("it is made");
        pulumi::install_plugin(&stage.folder.path().join("person"));
        git(
            &stage.repository(),
            &["init", "--quiet", "--initial-branch=main"],
        );
        for name in stacks {
            stage.program(
                name,
                &format!("name: {name}\nruntime: yaml\noutputs:\n  said: {name}\n"),
            );
        }
        stage.commit();
        for name in stacks {
            stage.stack(name, json!({})).await;
            stage.deploy(name).await;
        }
        stage.settled().await;
        stage.count_from_now().await;
        stage
    }

    /// Creates the conductor, `wiring/prod`, with these resources, and runs it once.
    pub(crate) async fn wire(&mut self, resources: &str) {
        let ran = self.wire_and_settle(resources).await;
        assert_eq!(ran, runs(&[("wiring", 1)]), "{}", self.log("wiring").await);
        self.count_from_now().await;
    }

    /// Creates the conductor and runs it; returns what ran until nothing did any more.
    pub(crate) async fn wire_and_settle(&mut self, resources: &str) -> Runs {
        self.rewire(resources);
        let variables =
            json!({"PULUMI_ACCESS_TOKEN": {"secret": TOKEN}, "PULUMI_CONTINUE_ON_ERROR": "true"});
        let context = json!({
            "operationContext": {
                "environmentVariables": variables, "options": {"skipIntermediateDeployments": true},
            },
        });
        self.stack("wiring", context).await;
        self.deploy("wiring").await;
        self.settled().await
    }

    /// Writes and commits another program for the conductor.
    pub(crate) fn rewire(&self, resources: &str) {
        self.program(
            "wiring",
            &format!("name: wiring\nruntime: yaml\nresources:\n{resources}"),
        );
        self.commit();
    }

    /// Makes the program of a stack fail from its next run on.
    pub(crate) fn breaks(&self, name: &str) {
        self.program(
            name,
            &format!("name: {name}\nruntime: yaml\noutputs:\n  said: ${{missing}}\n"),
        );
        self.commit();
    }

    /// Makes it succeed again.
    pub(crate) fn mends(&self, name: &str) {
        self.program(
            name,
            &format!("name: {name}\nruntime: yaml\noutputs:\n  said: {name} again\n"),
        );
        self.commit();
    }

    /// Writes and commits the program of a stack, after its first line.
    pub(crate) fn writes(&self, name: &str, rest: &str) {
        self.program(name, &format!("name: {name}\nruntime: yaml\n{rest}"));
        self.commit();
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    fn program(&self, name: &str, text: &str) {
        let folder = self.repository().join(name);
        std::fs::create_dir_all(&folder).expect("it is made");
        std::fs::write(folder.join("Pulumi.yaml"), text).expect("it is written");
    }

    fn commit(&self) {
        git(&self.repository(), &["add", "--all"]);
        git(
            &self.repository(),
            &["commit", "--quiet", "--message", "Change"],
        );
    }

    /// Creates `name/prod` with these further settings.
    async fn stack(&self, name: &str, more: Value) {
        let body = json!({"stackName": "prod"});
        self.api()
            .post(&format!("/api/stacks/acme/{name}"), body)
            .await
            .succeeds();
        let git = json!({"repoUrl": self.repository(), "branch": "main", "repoDir": name});
        let mut settings = json!({"sourceContext": {"git": git}});
        let more = more.as_object().expect("an object").clone();
        settings.as_object_mut().expect("an object").extend(more);
        let path = format!("/api/stacks/acme/{name}/prod/deployments/settings");
        self.api().put(&path, settings).await.succeeds();
    }

    pub(crate) fn api(&self) -> Api {
        Api::new(self.server.url())
    }

    /// Starts a deployment of a stack.
    pub(crate) async fn deploy(&self, name: &str) {
        let path = format!("/api/stacks/acme/{name}/prod/deployments");
        self.api()
            .post(&path, json!({"operation": "update"}))
            .await
            .succeeds();
    }

    /// Updates a stack by hand.
    pub(crate) async fn by_hand(&self, name: &str) {
        self.pulumi(name, &["up", "--yes", "--skip-preview"]).await;
    }

    /// Runs a command of the CLI by hand on the stack of a program; returns its output.
    pub(crate) async fn pulumi(&self, name: &str, arguments: &[&str]) -> String {
        let (home, program) = (
            self.folder.path().join("person"),
            self.repository().join(name),
        );
        let arguments = [arguments, &["--stack", "acme/prod"]].concat();
        let mut command = pulumi::command(&home, &program, &arguments);
        command
            .env("PULUMI_BACKEND_URL", self.server.url())
            .env("PULUMI_ACCESS_TOKEN", TOKEN);
        let ran = tokio::task::spawn_blocking(move || command.output().expect("it runs"));
        let ran = ran.await.expect("no panic");
        let said = [ran.stdout, ran.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(ran.status.success(), "{said}");
        said
    }

    /// Runs `act`, and checks these stacks meanwhile: each always has a webhook that starts something. Returns how often
    /// that was checked.
    pub(crate) async fn watched(&self, names: &[&str], act: impl Future<Output = ()>) -> usize {
        let mut act = std::pin::pin!(act);
        let mut n_looks = 0;
        loop {
            for name in names {
                let path = format!("/api/stacks/acme/{name}/prod/hooks");
                let hooks = self.api().get(&path).await.succeeds();
                let starts =
                    |hook: &Value| hook["active"] == true && hook["format"] == "pulumi_deployments";
                let hooks = hooks.as_array().expect("a list");
                assert!(hooks.iter().any(starts), "{name} starts nothing: {hooks:?}");
                pause().await;
            }
            n_looks += 1;
            let is_over = std::future::poll_fn(|context| {
                std::task::Poll::Ready(act.as_mut().poll(context).is_ready())
            });
            if is_over.await {
                return n_looks;
            }
        }
    }

    /// Advances the cloud's clock by hours.
    pub(crate) fn passes(&self, hours: i64) {
        self.hours.fetch_add(hours, Ordering::Relaxed);
    }

    /// The cron expression of a daily time that is so many hours ahead.
    pub(crate) fn daily_cron_in(hours: i64) -> String {
        let time = Timestamp::now() + SignedDuration::from_hours(hours);
        time.strftime("%-M %-H * * *").to_string()
    }

    /// Turns the webhooks of these stacks on or off, so that events are delivered or lost.
    pub(crate) async fn hears(&self, names: &[&str], is_active: bool) {
        for name in names {
            let path = format!("/api/stacks/acme/{name}/prod/hooks");
            let hooks = self.api().get(&path).await.succeeds();
            for hook in hooks.as_array().expect("a list") {
                let path = format!("{path}/{}", hook["name"].as_str().expect("a text"));
                let body = json!({"active": is_active});
                self.api().patch(&path, body).await.succeeds();
            }
        }
    }

    /// Delivers the last event of the webhook of a stack again.
    pub(crate) async fn delivers_again(&self, name: &str) {
        let path = format!("/api/stacks/acme/{name}/prod/hooks");
        let hooks = self.api().get(&path).await.succeeds();
        let hook = hooks[0]["name"].as_str().expect("a text").to_owned();
        let path = format!("{path}/{hook}/deliveries");
        let deliveries = self.api().get(&path).await.succeeds();
        let event = deliveries[0]["id"].as_str().expect("a text").to_owned();
        let path = format!("{path}/{event}/redeliver");
        self.api().post(&path, json!({})).await.succeeds();
    }

    /// Counts the runs from now on.
    pub(crate) async fn count_from_now(&mut self) {
        let now = self.deployments().await;
        self.before = now
            .iter()
            .map(|one| one["id"].as_str().expect("a text").to_owned())
            .collect();
    }

    async fn deployments(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for page in 1.. {
            let path = format!("/api/orgs/acme/deployments?asc=true&pageSize=100&page={page}");
            let list = self.api().get(&path).await.succeeds();
            let list = list["deployments"].as_array().expect("a list").clone();
            let n = list.len();
            all.extend(list);
            if n < 100 {
                return all;
            }
        }
        unreachable!("the pages end")
    }

    /// Waits until nothing runs and nothing more can start: every success has been delivered. Returns how often each stack
    /// has run since the counting began, without failed runs.
    pub(crate) async fn settled(&self) -> Runs {
        until(async || {
            let deployments = self.deployments().await;
            let is_over = |one: &Value| {
                ["succeeded", "failed", "skipped"]
                    .contains(&one["status"].as_str().expect("a text"))
            };
            if !deployments.iter().all(is_over) || !self.has_delivered().await {
                return None;
            }
            // By now the list contains what the last deliveries have started.
            if self.deployments().await.len() != deployments.len() {
                return None;
            }
            let mut runs = Runs::new();
            for one in deployments {
                let is_new = !self.before.iter().any(|id| one["id"] == **id);
                if one["status"] == "succeeded" && is_new {
                    let name = one["projectName"].as_str().expect("a text");
                    *runs.entry(name.to_owned()).or_default() += 1;
                }
            }
            Some(runs)
        })
        .await
    }

    /// Whether every webhook has been sent every success since it was created.
    async fn has_delivered(&self) -> bool {
        let stacks = self
            .api()
            .get("/api/user/stacks?organization=acme")
            .await
            .succeeds();
        for stack in stacks["stacks"].as_array().expect("a list") {
            let name = stack["projectName"].as_str().expect("a text");
            let path = format!("/api/stacks/acme/{name}/prod/hooks");
            for hook in self
                .api()
                .get(&path)
                .await
                .succeeds()
                .as_array()
                .expect("a list")
            {
                let hook = hook["name"].as_str().expect("a text");
                let deliveries = self.api().get(&format!("{path}/{hook}/deliveries")).await;
                let deliveries = deliveries.succeeds();
                let is_over =
                    |one: &Value| one["responseCode"].as_i64().is_some_and(|code| code != 0);
                if !deliveries.as_array().expect("a list").iter().all(is_over) {
                    return false;
                }
            }
        }
        true
    }

    /// The log of the newest deployment of a stack.
    pub(crate) async fn log(&self, name: &str) -> String {
        let path = format!("/api/stacks/acme/{name}/prod/deployments");
        let list = self.api().get(&path).await.succeeds();
        let version = &list["deployments"][0]["version"];
        let log = self
            .api()
            .get(&format!("{path}/{version}/logs"))
            .await
            .succeeds();
        let lines = log["lines"].as_array().cloned().unwrap_or_default();
        lines
            .iter()
            .filter_map(|line| line["line"].as_str())
            .collect()
    }
}

/// Runs, each as `name n`.
pub(crate) fn runs(counted: &[(&str, usize)]) -> Runs {
    counted
        .iter()
        .map(|(name, n)| ((*name).to_owned(), *n))
        .collect()
}
