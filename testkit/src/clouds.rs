//! Two local clouds, and a user with the real Pulumi CLI who can use either.

use crate::api::Api;
use crate::published;
use crate::pulumi;
use crate::workspace::Ran;
use local_cloud::{Executor, Server};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// One of the two.
pub struct Cloud {
    /// Its token, which the other one rejects.
    pub token: &'static str,
    /// The cloud.
    pub server: Server,
}

/// Both clouds, each with the organizations `acme` and `corp`, and the user's folders. All of it is removed when dropped.
pub struct Clouds {
    folder: TempDir,
    working: PathBuf,
    /// The first one.
    pub a: Cloud,
    /// The second one.
    pub b: Cloud,
}

impl Cloud {
    async fn start(token: &'static str) -> Cloud {
        let app = published::builder(token)
            .organization("acme")
            .organization("corp")
            .executor(Executor::Simulated)
            .open();
        let server = Server::start(app.expect("the cloud opens")).await;
        Cloud {
            token,
            server: server.expect("the cloud starts"),
        }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Whether it got requests since the last call.
    pub fn was_asked(&self) -> bool {
        !self.server.app().request_log().take().is_empty()
    }

    /// Sends a request with its token, which must succeed; returns the body.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let authorization = format!("token {}", self.token);
        let api = Api::new(self.url());
        let answer = api.send_as(&authorization, method, path, body).await;
        answer.expect("it answers").succeeds()
    }

    /// Creates a stack, `organization/project/stack`.
    pub async fn stack(&self, stack: &str) {
        let (path, name) = stack.rsplit_once('/').expect("it has three parts");
        let path = format!("/api/stacks/{path}");
        let body = json!({ "stackName": name });
        self.ask(Method::POST, &path, Some(body)).await;
    }

    /// The names of a stack's webhooks, sorted.
    pub async fn hooks(&self, stack: &str) -> Vec<String> {
        let path = format!("/api/stacks/{stack}/hooks");
        let hooks = self.ask(Method::GET, &path, None).await;
        let hooks = hooks.as_array().expect("a list");
        let mut names: Vec<_> = hooks
            .iter()
            .map(|hook| hook["displayName"].as_str().expect("a text").to_owned())
            .collect();
        names.sort();
        names
    }
}

impl Clouds {
    /// Starts both. The user is logged in to neither.
    pub async fn start() -> Clouds {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["home", "state", "program"] {
            std::fs::create_dir(folder.path().join(name)).expect("it is made");
        }
        pulumi::install_plugin(&folder.path().join("home"));
        Clouds {
            working: folder.path().join("program"),
            folder,
            a: Cloud::start("pul-of-a").await,
            b: Cloud::start("pul-of-b").await,
        }
    }

    /// Both.
    pub fn both(&self) -> [&Cloud; 2] {
        [&self.a, &self.b]
    }

    /// A path in the user's folders: `home` is the CLI's, `program` for a program, `state` for state.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the user's folders.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("it is written");
    }

    /// Changes the working directory of later commands, which is `program` at first.
    pub fn go_to(&mut self, name: &str) {
        self.working = self.path(name);
    }

    /// A backend outside of both clouds.
    pub fn elsewhere(&self) -> String {
        format!("file://{}", self.path("state").display())
    }

    /// Logs in to a cloud with the CLI.
    pub async fn log_in(&self, cloud: &Cloud) {
        let token = [("PULUMI_ACCESS_TOKEN", cloud.token)];
        self.pulumi(&token, &["login", cloud.url()])
            .await
            .succeeds();
    }

    /// Runs a command of the CLI with these variables.
    pub async fn pulumi(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = pulumi::command(&self.path("home"), &self.working, arguments);
        command
            .env("PULUMI_CONFIG_PASSPHRASE", "")
            .envs(variables.iter().copied());
        self.run(command).await
    }

    /// Runs `program` with these variables and the CLI's home.
    pub async fn command(
        &self,
        program: &Path,
        variables: &[(&str, &str)],
        arguments: &[&str],
    ) -> Ran {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.path("home"))
            .env("PULUMI_HOME", self.path("home"))
            .current_dir(&self.working)
            .envs(variables.iter().copied());
        self.run(command).await
    }

    async fn run(&self, mut command: Command) -> Ran {
        let output = tokio::task::spawn_blocking(move || command.output().expect("it runs"));
        let output = output.await.expect("no panic");
        let said = [output.stdout, output.stderr].concat();
        Ran {
            succeeded: output.status.success(),
            said: self.clean(&String::from_utf8_lossy(&said)),
        }
    }

    /// Removes everything that differs between runs.
    fn clean(&self, said: &str) -> String {
        let said = said
            .replace(self.a.url(), "CLOUD-A")
            .replace(self.b.url(), "CLOUD-B")
            .replace(&self.folder.path().display().to_string(), "FOLDER");
        let lines = said.lines().map(str::trim_end);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("Duration:"));
        lines.collect::<Vec<_>>().join("\n")
    }
}
