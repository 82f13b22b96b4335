//! The real Pulumi CLI with our plugin, a program in YAML, state in a folder, and a local cloud in this process.

use crate::api::{Api, TOKEN};
use crate::published;
use crate::pulumi;
use crate::since;
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A program, with everything around it in separate folders. All of it is removed when dropped.
pub struct Workspace {
    folder: tempfile::TempDir,
    /// The cloud with the program's webhooks.
    pub cloud: local_cloud::Server,
    environment: Vec<(&'static str, String)>,
}

/// A completed command of the CLI.
#[derive(Debug)]
pub struct Ran {
    /// Whether its exit status was 0.
    pub succeeded: bool,
    /// Its output, both streams, without what differs between runs.
    pub said: String,
}

impl Workspace {
    /// A workspace with `program` and its stack `dev`, and the stacks `organization/project/stack` on the cloud.
    pub async fn new(program: &str, stacks: &[&str]) -> Workspace {
        let workspace = Workspace::empty(stacks).await;
        workspace.write(program);
        workspace.pulumi(&["stack", "init", "dev"]).await.succeeds();
        workspace
    }

    /// A workspace without a program and without its own stack.
    ///
    /// The program's state is in a folder and so in no organization. If the program names no organization, it uses `acme`,
    /// the cloud's first.
    pub async fn empty(stacks: &[&str]) -> Workspace {
        let app = published::builder(TOKEN)
            .organization("acme")
            .organization("org")
            .organization("pulumi")
            .open()
            .expect("the cloud opens");
        let cloud = local_cloud::Server::start(app)
            .await
            .expect("the cloud starts");
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["home", "state", "program"] {
            std::fs::create_dir(folder.path().join(name)).expect("it is made");
        }
        let environment = vec![
            ("PULUMI_API", cloud.url().to_owned()),
            ("PULUMI_ACCESS_TOKEN", TOKEN.to_owned()),
        ];
        let workspace = Workspace {
            folder,
            cloud,
            environment,
        };
        pulumi::install_plugin(&workspace.path("home"));
        for stack in stacks {
            let (path, name) = stack.rsplit_once('/').expect("it has three parts");
            let body = serde_json::json!({"stackName": name});
            assert_eq!(
                workspace
                    .ask("POST", &format!("/api/stacks/{path}"), body)
                    .await
                    .0,
                200,
                "{stack}"
            );
        }
        workspace.requests();
        workspace
    }

    /// Replaces the program.
    pub fn write(&self, program: &str) {
        std::fs::write(self.path("program/Pulumi.yaml"), program).expect("it is written");
    }

    /// Sets a variable for later commands; an empty one counts as absent.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.environment.retain(|(given, _)| *given != name);
        self.environment.push((name, value.into()));
    }

    /// A path in the workspace.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command of the CLI to its end.
    pub async fn pulumi(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().expect("the CLI runs"))
            .await
            .expect("no panic");
        self.ran(output)
    }

    /// The result of a completed command.
    pub fn ran(&self, output: Output) -> Ran {
        let said = [output.stdout, output.stderr].concat();
        Ran {
            succeeded: output.status.success(),
            said: self.clean(&String::from_utf8_lossy(&said)),
        }
    }

    /// A command of the CLI to start.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = pulumi::command(&self.path("home"), &self.path("program"), arguments);
        command
            .env(
                "PULUMI_BACKEND_URL",
                format!("file://{}", self.path("state").display()),
            )
            .env("PULUMI_CONFIG_PASSPHRASE", "");
        command.envs(
            self.environment
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (*name, value.as_str())),
        );
        command
    }

    /// `pulumi up` without a preview and without questions.
    pub async fn up(&self) -> Ran {
        self.pulumi(&["up", "--yes", "--skip-preview"]).await
    }

    /// Removes what differs between runs: paths, ports, durations, empty lines and trailing spaces.
    fn clean(&self, said: &str) -> String {
        // The YAML host always colours some of its words.
        let said = said.replace("\u{1b}[31m", "").replace("\u{1b}[0m", "");
        let said = said
            .replace(self.cloud.url(), "URL")
            .replace(&self.folder.path().display().to_string(), "FOLDER");
        let lines = said
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty() && !line.starts_with("Duration:"));
        alike(&lines.collect::<Vec<_>>().join("\n"))
    }

    /// Sends a request to the cloud as another client; returns the status and the body.
    pub async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        Api::new(self.cloud.url()).ask(method, path, body).await
    }

    /// The webhooks of a stack, `organization/project/stack`: their targets and events, and whether they are paused,
    /// sorted.
    pub async fn edges(&self, stack: &str) -> Vec<String> {
        let (status, hooks) = self
            .ask("GET", &format!("/api/stacks/{stack}/hooks"), Value::Null)
            .await;
        assert_eq!(status, 200, "{stack}");
        let one = |hook: &Value| {
            let filters = hook["filters"].as_array().cloned().unwrap_or_default();
            let filters: Vec<_> = filters.iter().filter_map(Value::as_str).collect();
            let paused = if hook["active"] == true {
                ""
            } else {
                " (paused)"
            };
            format!(
                "{} on {}{paused}",
                hook["payloadUrl"].as_str().unwrap_or_default(),
                filters.join(", ")
            )
        };
        let mut edges: Vec<_> = hooks.as_array().expect("a list").iter().map(one).collect();
        edges.sort();
        self.requests();
        edges
    }

    /// The requests to the cloud since the last call, `METHOD path status`, sorted.
    pub fn requests(&self) -> Vec<String> {
        let mut requests: Vec<_> = self
            .cloud
            .app()
            .request_log()
            .take()
            .iter()
            .map(ToString::to_string)
            .collect();
        requests.sort();
        requests
    }
}

impl Ran {
    /// Its output, if it succeeded.
    pub fn succeeds(self) -> String {
        assert!(self.succeeded, "{}", self.said);
        self.said
    }

    /// Its output, if it failed.
    pub fn fails(self) -> String {
        assert!(!self.succeeded, "{}", self.said);
        self.said
    }
}

/// Rewrites messages that differ between versions of the CLI to those of the newest. Our own messages stay unchanged.
///
/// Up to 3.259 a value in a failure is `'{text}'`, later `"text"`; a secret is `{&{{}}}` in 3.200. After a failure, older
/// versions also report that they have closed the connection for pending resources.
fn alike(said: &str) -> String {
    let said = said.replace("{&{{}}}", "{[secret]}");
    let is_noise = |line: &&str| {
        line.contains("has a problem: grpc: the client connection is closing")
            && !since::ONE_ERROR.is_there()
    };
    let said: String = said
        .split_inclusive('\n')
        .filter(|line| !is_noise(line))
        .collect();
    let mut parts = said.split("with value '{");
    let mut alike = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (value, rest) = part
            .split_once("}' has a problem")
            .unwrap_or_else(|| panic!("this is not how the CLI shows a value: {part}"));
        alike.extend(["with value \"", value, "\" has a problem", rest]);
    }
    alike
}

/// The lines that begin with one of `starts`, without indentation.
pub fn lines<'a>(said: &'a str, starts: &[&str]) -> Vec<&'a str> {
    said.lines()
        .map(str::trim)
        .filter(|line| starts.iter().any(|start| line.starts_with(start)))
        .collect()
}
