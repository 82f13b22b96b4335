//! A cloud that runs the real CLI, a repository with a program for each stack, and the command.

use local_cloud::{AppBuilder, Method, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;
use testkit::api::{Api, TOKEN};
use testkit::git::git;
use testkit::patience::until;
use testkit::published;
use testkit::tools;

/// A cloud that runs the real CLI, and a repository with a program for each stack.
pub(crate) struct Stage {
    folder: TempDir,
    pub(crate) server: Server,
}

/// A YAML program that passes a value on.
#[derive(Clone)]
pub(crate) struct Program {
    /// Stacks whose output `range` it reads.
    pub(crate) reads: Vec<&'static str>,
    /// The beginning of its own `range`.
    pub(crate) own: &'static str,
}

/// In an output: the id of a resource, which no preview knows before it is created.
pub(crate) const MADE: &str = "${made.id}";

/// The output of the command, and its exit status.
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) notes: String,
}

impl Said {
    #[track_caller]
    pub(crate) fn expect(self, status: i32) -> Said {
        assert_eq!(self.status, status, "{}{}", self.out, self.notes);
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.notes))
    }
}

/// A program that reads these stacks.
pub(crate) fn reading(reads: &[&'static str], own: &'static str) -> Program {
    Program {
        reads: reads.to_vec(),
        own,
    }
}

impl Program {
    fn text(&self, name: &str) -> String {
        let mut text = format!("name: {name}\nruntime: yaml\nresources:\n");
        let mut range = self.own.to_owned();
        for read in &self.reads {
            let _ = writeln!(
                text,
                "  {read}: {{type: 'pulumi:pulumi:StackReference', properties: {{name: acme/{read}/prod}}}}"
            );
            let _ = write!(range, " ${{{read}.outputs[\"range\"]}}");
        }
        if range.contains(MADE) {
            text.push_str("  made: {type: 'pulumi:index:Stash', properties: {input: made}}\n");
        }
        let _ = writeln!(
            text,
            "  kept: {{type: 'pulumi:index:Stash', properties: {{input: '{range}'}}}}"
        );
        let _ = writeln!(text, "outputs:\n  range: '{range}'");
        text
    }
}

impl Stage {
    /// A cloud with these stacks of `acme`, each `prod`, with their programs on `main`, deployed once, and these webhooks.
    pub(crate) async fn set(
        programs: &[(&'static str, Program)],
        edges: &[(&str, &str)],
        build: impl FnOnce(AppBuilder) -> AppBuilder,
    ) -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let app = published::builder(TOKEN)
            .organization("acme")
            .concurrency(NonZeroUsize::new(3).unwrap())
            .data(folder.path().join("data"))
            .pulumi(tools::pulumi());
        let server = Server::start(build(app).open().unwrap()).await.unwrap();
        let stage = Stage { folder, server };
        fs::create_dir(stage.repository()).unwrap();
        stage.git(&["init", "--quiet", "--initial-branch=main"]);
        stage.write(programs);
        for (name, _) in programs {
            stage.stack(name).await;
            stage.deploy(name).await;
        }
        for (from, to) in edges {
            stage.hook(from, to, json!({})).await;
        }
        stage
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.repository(), arguments)
    }

    /// Writes programs and commits them.
    pub(crate) fn write(&self, programs: &[(&'static str, Program)]) {
        for (name, program) in programs {
            let folder = self.repository().join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("Pulumi.yaml"), program.text(name)).unwrap();
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "Programs"]);
    }

    /// Writes programs on a branch, and returns to `main`.
    pub(crate) fn branch(&self, name: &str, programs: &[(&'static str, Program)]) {
        self.git(&["checkout", "--quiet", "-b", name]);
        self.write(programs);
        self.git(&["checkout", "--quiet", "main"]);
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let api = Api::new(self.server.url());
        api.answer(method, path, body).await.succeeds()
    }

    /// Creates a stack whose program is in the folder of its name.
    pub(crate) async fn stack(&self, name: &str) {
        let body = json!({"stackName": "prod"});
        let path = format!("/api/stacks/acme/{name}");
        self.ask(Method::POST, &path, Some(body)).await;
        let git = json!({"repoUrl": self.repository(), "branch": "main", "repoDir": name});
        let options = json!({"options": {"skipInstallDependencies": true}});
        self.settings(
            name,
            json!({"sourceContext": {"git": git}, "operationContext": options}),
        )
        .await;
    }

    /// Changes a stack's deployment settings.
    pub(crate) async fn settings(&self, name: &str, settings: Value) {
        let path = format!("/api/stacks/acme/{name}/prod/deployments/settings");
        self.ask(Method::POST, &path, Some(settings)).await;
    }

    /// Makes each update of a stack start one of another. `changes` are merged into the webhook.
    pub(crate) async fn hook(&self, from: &str, to: &str, changes: Value) {
        let mut hook = json!({
            "organizationName": "acme", "displayName": to, "payloadUrl": format!("{to}/prod"), "active": true,
            "format": "pulumi_deployments", "filters": ["update_succeeded"], "name": format!("to-{to}"),
        });
        let changes = changes.as_object().cloned().unwrap();
        hook.as_object_mut().unwrap().extend(changes);
        let path = format!("/api/stacks/acme/{from}/prod/hooks");
        self.ask(Method::POST, &path, Some(hook)).await;
    }

    /// Updates a stack by a deployment, and waits for everything that follows.
    pub(crate) async fn deploy(&self, name: &str) {
        let path = format!("/api/stacks/acme/{name}/prod/deployments");
        self.ask(Method::POST, &path, Some(json!({"operation": "update"})))
            .await;
        self.settled().await;
    }

    /// Waits until no deployment waits or runs; all have succeeded.
    pub(crate) async fn settled(&self) {
        let path = "/api/orgs/acme/deployments/metadata";
        let counts = until(async || {
            let counts = self.ask(Method::GET, path, None).await["deploymentCounts"].clone();
            let open = ["notStarted", "accepted", "running"].map(|key| counts[key].as_i64());
            (open == [Some(0); 3]).then_some(counts)
        })
        .await;
        assert_eq!(counts["failed"], 0, "{counts}");
    }

    /// The outputs of a stack.
    pub(crate) async fn outputs(&self, name: &str) -> Value {
        let path = format!("/api/stacks/acme/{name}/prod/export");
        let state = self.ask(Method::GET, &path, None).await;
        let resources = state["deployment"]["resources"].as_array().cloned();
        let root = resources.unwrap_or_default().into_iter();
        let mut root = root.filter(|it| it["type"] == "pulumi:pulumi:Stack");
        root.next()
            .map(|it| it["outputs"].clone())
            .unwrap_or_default()
    }

    /// The command with these arguments, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let url = self.server.url();
        let mut command = Command::new(env!("CARGO_BIN_EXE_auto-deploy"));
        command
            .args(arguments)
            .args(["--org", "acme"])
            .env_clear()
            .env("PULUMI_API", url)
            .env("PULUMI_ACCESS_TOKEN", TOKEN)
            .env("PULUMI_HOME", self.folder.path().join("home"))
            .env("PULUMI_CONSOLE_DOMAIN", url.trim_start_matches("http://"))
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the command until it ends.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        let ended = tokio::task::spawn_blocking(move || command.output().unwrap());
        let ended = ended.await.unwrap();
        Said {
            status: ended.status.code().unwrap_or(-1),
            out: String::from_utf8(ended.stdout).unwrap(),
            notes: String::from_utf8(ended.stderr).unwrap(),
        }
    }
}

/// What a stack has done since a version: the last operation of each resource, `operation URN`.
pub(crate) async fn done(stage: &Stage, name: &str, since: i64) -> BTreeSet<String> {
    let path =
        format!("/api/stacks/acme/{name}/prod/updates?output-type=service&pageSize=20&page=1");
    let updates = stage.ask(Method::GET, &path, None).await["updates"].clone();
    let mut done = BTreeSet::new();
    for update in updates.as_array().unwrap() {
        if update["version"].as_i64() <= Some(since) {
            continue;
        }
        let id = update["info"]["updateID"]
            .as_str()
            .or(update["updateID"].as_str());
        let path = format!(
            "/api/stacks/acme/{name}/prod/update/{}/events",
            id.unwrap_or_else(|| panic!("{update}"))
        );
        let events = stage.ask(Method::GET, &path, None).await["events"].clone();
        for event in events.as_array().unwrap() {
            let metadata = &event["resOutputsEvent"]["metadata"];
            let (op, urn) = (metadata["op"].as_str(), metadata["urn"].as_str());
            if let (Some(op @ ("create" | "update" | "delete")), Some(urn)) = (op, urn) {
                done.insert(format!("{op} {urn}"));
            }
        }
    }
    done
}

/// The row of a stack in the JSON of the command.
#[track_caller]
pub(crate) fn row<'a>(document: &'a Value, name: &str) -> &'a Value {
    let stack = format!("acme/{name}/prod");
    let rows = document["stacks"].as_array().unwrap();
    let row = rows.iter().find(|row| row["stack"] == stack);
    row.unwrap_or_else(|| panic!("{stack}: {document}"))
}
