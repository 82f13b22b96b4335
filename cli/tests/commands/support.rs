//! A cloud with stacks, and the command that reads it.

use local_cloud::{AppBuilder, Clock, Executor, Method, Server};
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use testkit::api::{Api, TOKEN};
use testkit::by_hand::ByHand;
use testkit::patience::until;
use testkit::published;
use testkit::states;
use tokio::net::TcpListener;

/// A cloud with the organization `acme`, where deployments are simulated.
pub(crate) struct Cloud {
    pub(crate) server: Server,
    api: Api,
    /// The CLI's home, without a login.
    pub(crate) home: TempDir,
    /// Added to the machine's time, in seconds.
    shift: Arc<AtomicI64>,
}

/// Notes without the line about slow progress, which may appear for any look on a busy machine.
fn without_progress(notes: &str) -> String {
    let lines = notes.split_inclusive('\n');
    lines
        .filter(|line| !line.starts_with("Looking at "))
        .collect()
}

/// The output of a command, and its exit status.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) notes: String,
}

impl Said {
    /// All of it, as a snapshot shows it.
    pub(crate) fn transcript(&self) -> String {
        let mut text = self.out.clone();
        if !self.notes.is_empty() {
            text.push_str("----- notes -----\n");
            text.push_str(&self.notes);
        }
        format!("{text}----- exit status: {} -----\n", self.status)
    }

    #[track_caller]
    pub(crate) fn expect(self, status: i32) -> Said {
        assert_eq!(self.status, status, "{}", self.transcript());
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

impl Cloud {
    pub(crate) async fn start() -> Cloud {
        Cloud::with_concurrency(NonZeroUsize::MIN).await
    }

    /// Like [`Cloud::start`], with this limit of deployments that run at the same time.
    pub(crate) async fn with_concurrency(n: NonZeroUsize) -> Cloud {
        Cloud::open(|app| app.concurrency(n)).await
    }

    /// Like [`Cloud::start`], with another organization in addition.
    pub(crate) async fn with_organization(name: &str) -> Cloud {
        Cloud::open(|app| app.concurrency(NonZeroUsize::MIN).organization(name)).await
    }

    /// Like [`Cloud::start`], with its data in this folder.
    pub(crate) async fn start_in(data: &Path) -> Cloud {
        Cloud::open(|app| app.concurrency(NonZeroUsize::MIN).data(data)).await
    }

    pub(crate) async fn open(build: impl FnOnce(AppBuilder) -> AppBuilder) -> Cloud {
        let shift = Arc::new(AtomicI64::new(0));
        let now = Arc::clone(&shift);
        let clock = Clock::from_fn(move || {
            jiff::Timestamp::now() + jiff::SignedDuration::from_secs(now.load(Ordering::Relaxed))
        });
        let app = published::builder(TOKEN)
            .organization("acme")
            .clock(clock)
            .executor(Executor::Simulated);
        let server = Server::start(build(app).open().unwrap()).await.unwrap();
        Cloud {
            api: Api::new(server.url()),
            server,
            home: tempfile::tempdir().unwrap(),
            shift,
        }
    }

    /// Stops, and starts again at the same address with the data in this folder. It then accepts only this token; returns a
    /// cloud with this token, and the CLI's home.
    pub(crate) async fn with_another_token(self, token: &str, data: &Path) -> (Api, TempDir) {
        let address = self.server.url().trim_start_matches("http://").to_owned();
        self.server.stop().await;
        let app = published::builder(token)
            .executor(Executor::Simulated)
            .data(data)
            .open();
        let listener = TcpListener::bind(address).await.unwrap();
        let app = app.unwrap();
        tokio::spawn(local_cloud::run(listener, app, std::future::pending()));
        (self.api, self.home)
    }

    /// A cloud with these stacks of `acme`, `project/stack`, which can be deployed.
    pub(crate) async fn with_stacks(stacks: &[&str]) -> Cloud {
        let cloud = Cloud::start().await;
        for stack in stacks {
            cloud.stack(stack).await;
            cloud.settings(stack, json!({})).await;
        }
        cloud
    }

    /// Dates events from now on back by this many seconds.
    pub(crate) fn ago(&self, seconds: i64) {
        self.shift.store(-seconds, Ordering::Relaxed);
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        self.api.answer(method, path, body).await.succeeds()
    }

    /// Creates a stack that cannot be deployed.
    pub(crate) async fn stack(&self, stack: &str) {
        let (project, name) = stack.split_once('/').unwrap();
        let body = json!({ "stackName": name });
        self.ask(
            Method::POST,
            &format!("/api/stacks/acme/{project}"),
            Some(body),
        )
        .await;
    }

    /// Makes a stack deployable. `more` is merged into the settings.
    pub(crate) async fn settings(&self, stack: &str, more: Value) {
        let path = format!("/api/stacks/acme/{stack}/deployments/settings");
        let git = json!({"repoUrl": "file:///nowhere", "branch": "main"});
        let settings = json!({"sourceContext": {"git": git}});
        self.ask(Method::PUT, &path, Some(settings)).await;
        self.ask(Method::POST, &path, Some(more)).await;
    }

    /// Gives a stack deployment settings that do not say where its program is.
    pub(crate) async fn settings_without_source(&self, stack: &str) {
        let path = format!("/api/stacks/acme/{stack}/deployments/settings");
        let settings = json!({"operationContext": {"options": {"skipInstallDependencies": true}}});
        self.ask(Method::PUT, &path, Some(settings)).await;
    }

    /// Makes deployments of a stack fail from now on, or succeed again.
    pub(crate) async fn fails(&self, stack: &str, fails: bool) {
        let outcome = if fails { "failed" } else { "succeeded" };
        let variables = json!({ "SIMULATED_OUTCOME": outcome });
        let more = json!({"operationContext": {"environmentVariables": variables}});
        self.settings(stack, more).await;
    }

    /// Makes each update of a stack start one of another. `changes` are merged into the webhook.
    pub(crate) async fn hook(&self, from: &str, to: &str, changes: Value) {
        let mut hook = json!({
            "organizationName": "acme", "displayName": to, "payloadUrl": to, "active": true,
            "format": "pulumi_deployments", "filters": ["update_succeeded"],
            "name": format!("to-{}", to.replace('/', "-")),
        });
        let Value::Object(changes) = changes else {
            panic!("changes are an object")
        };
        hook.as_object_mut().unwrap().extend(changes);
        let path = format!("/api/stacks/acme/{from}/hooks");
        self.ask(Method::POST, &path, Some(hook)).await;
    }

    /// network → database, cluster → app, by webhooks.
    pub(crate) async fn hook_diamond(&self) {
        for (from, to) in [
            ("network/prod", "database/prod"),
            ("network/prod", "cluster/prod"),
            ("database/prod", "app/prod"),
            ("cluster/prod", "app/prod"),
        ] {
            self.hook(from, to, json!({})).await;
        }
    }

    /// Gives a stack StackReferences to others.
    pub(crate) async fn refers(&self, stack: &str, to: &[&str]) {
        let names: Vec<_> = to.iter().map(|to| format!("acme/{to}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let state = states::of_references(stack, &names);
        self.ask(
            Method::POST,
            &format!("/api/stacks/acme/{stack}/import"),
            Some(state),
        )
        .await;
    }

    /// Starts an operation on a stack by hand: `update`, `refresh` or `destroy`.
    pub(crate) async fn begin(&self, stack: &str, kind: &str) -> ByHand {
        ByHand::begin(&self.api, &format!("acme/{stack}"), kind).await
    }

    /// Ends it.
    pub(crate) async fn end(&self, by_hand: ByHand, result: &str) {
        by_hand.end(&self.api, result).await;
    }

    /// Runs an operation on a stack by hand, which started and ended so many seconds ago.
    pub(crate) async fn by_hand(&self, stack: &str, kind: &str, result: &str, ago: (i64, i64)) {
        self.ago(ago.0);
        let begun = self.begin(stack, kind).await;
        self.ago(ago.1);
        self.end(begun, result).await;
    }

    /// Starts a deployment.
    pub(crate) async fn deploy(&self, stack: &str) {
        let path = format!("/api/stacks/acme/{stack}/deployments");
        self.ask(Method::POST, &path, Some(json!({"operation": "update"})))
            .await;
    }

    /// Waits until there are `n` deployments and all have ended; returns `project/stack status`, oldest first.
    pub(crate) async fn settled(&self, n: i64) -> Vec<String> {
        until(async || {
            let path = "/api/orgs/acme/deployments/metadata";
            let counts = &self.ask(Method::GET, path, None).await["deploymentCounts"];
            let open = ["notStarted", "accepted", "running"].map(|key| counts[key].as_i64());
            (open == [Some(0); 3] && counts["total"].as_i64() >= Some(n)).then_some(())
        })
        .await;
        self.deployments().await
    }

    /// Waits until a deployment is in this state: `project/stack status`.
    pub(crate) async fn reaches(&self, line: &str) {
        until(async || {
            let all = self.deployments().await;
            all.iter().any(|one| one == line).then_some(())
        })
        .await;
    }

    /// Waits until all but `n` deployments have ended.
    pub(crate) async fn settled_but(&self, n: usize) {
        let is_open = |line: &&String| line.ends_with("not-started");
        until(async || {
            let all = self.deployments().await;
            let n_over = all
                .iter()
                .filter(|line| line.ends_with("succeeded"))
                .count();
            let n_open = all.iter().filter(is_open).count();
            (n_open == n && n_over + n == all.len()).then_some(())
        })
        .await;
    }

    /// `project/stack status`, oldest first; `cancelled` for one that was cancelled in the queue.
    pub(crate) async fn deployments(&self) -> Vec<String> {
        let path = "/api/orgs/acme/deployments?asc=true&pageSize=100";
        let list = self.ask(Method::GET, path, None).await;
        let word = |deployment: &Value, key: &str| deployment[key].as_str().unwrap().to_owned();
        let line = |deployment: &Value| {
            let status = match word(deployment, "status") {
                status if status == "failed" && deployment["jobs"] == json!([]) => {
                    "cancelled".to_owned()
                }
                status => status,
            };
            format!(
                "{}/{} {status}",
                word(deployment, "projectName"),
                word(deployment, "stackName")
            )
        };
        list["deployments"]
            .as_array()
            .unwrap()
            .iter()
            .map(line)
            .collect()
    }

    /// The command with these arguments, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auto-deploy"));
        command.args(arguments).env_clear();
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The environment variables with which a command finds this cloud.
    pub(crate) fn environment(&self) -> [(&'static str, String); 5] {
        let url = self.server.url().to_owned();
        let host = url.trim_start_matches("http://").to_owned();
        let home = self.home.path().to_str().unwrap().to_owned();
        [
            ("PULUMI_API", url),
            ("PULUMI_ACCESS_TOKEN", TOKEN.to_owned()),
            ("PULUMI_HOME", home),
            ("PULUMI_CONSOLE_DOMAIN", host),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ]
    }

    /// Runs the command for `acme` until it ends.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = self.command(&[arguments, &["--org", "acme"]].concat());
        let ended = tokio::task::spawn_blocking(move || command.output().unwrap());
        let ended = ended.await.unwrap();
        Said {
            status: ended.status.code().unwrap_or(-1),
            out: String::from_utf8(ended.stdout).unwrap(),
            notes: without_progress(&String::from_utf8(ended.stderr).unwrap()),
        }
    }

    /// Whether new deployments of a stack wait.
    pub(crate) async fn is_paused(&self, stack: &str) -> bool {
        let path = format!("/api/stacks/acme/{stack}/deployments/metadata");
        self.ask(Method::GET, &path, None).await["paused"] == true
    }
}

/// Hides what differs between runs.
pub(crate) fn filters(cloud: &Cloud) -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(&regex_of(cloud.server.url()), "[CLOUD]");
    settings.add_filter(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z", "[TIME]");
    settings.add_filter(r"\b\d+\.\d s\b", "[TOOK]");
    settings.add_filter(r"\b(\d+ (s|min|h|days) ago|now)\b", "[AGO]");
    settings.add_filter(r"\b\d+ s\b", "[TOOK]");
    settings.bind_to_scope()
}

fn regex_of(url: &str) -> String {
    url.replace('.', r"\.")
}

/// A folder's files by path, with their contents.
pub(crate) fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}
