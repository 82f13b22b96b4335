//! The environment of the demo: a cloud, a folder, and the CLI with its own home.

use crate::platform;
use anyhow::{Context as _, bail, ensure};
use auto_deploy::schema;
use local_cloud::{App, Server};
use serde_json::{Value, json};
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The organization of all stacks.
pub(super) const ORGANIZATION: &str = "acme";

/// How many deployments run at the same time.
const N_DEPLOYMENTS: NonZeroUsize = NonZeroUsize::new(2).expect("two is not zero");

/// How often the CLI is asked to end, and how long it may take each time.
const N_REQUESTS: usize = 2;
const PATIENCE: Duration = Duration::from_secs(10);

/// A local cloud, and a folder for everything that the CLI stores. Both are removed with it.
pub(super) struct Stage {
    cloud: Server,
    token: String,
    folder: TempDir,
    pulumi: PathBuf,
    http: reqwest::Client,
    ending: CancellationToken,
    /// Locked while the CLI runs.
    running: Mutex<()>,
}

/// A program in the same folder as this one.
pub(super) fn beside_us(name: &str) -> anyhow::Result<PathBuf> {
    let us = std::env::current_exe().context("cannot tell where this program is")?;
    let found = us.with_file_name(name);
    ensure!(
        found.exists(),
        "there is no {name} beside this program; build it with `make build`, or name it with --plugin"
    );
    Ok(found)
}

impl Stage {
    /// Starts the cloud and creates the folder, with the plugin installed.
    pub(super) async fn set(pulumi: PathBuf, plugin: &Path) -> anyhow::Result<Stage> {
        let token = local_cloud::new_token().context("cannot make a token")?;
        let folder = tempfile::Builder::new()
            .prefix("auto-deploy-demo-")
            .tempdir()
            .context("cannot make a folder")?;
        // A relative path would be relative to the program's folder.
        let pulumi = if pulumi.components().count() > 1 {
            std::path::absolute(pulumi)?
        } else {
            pulumi
        };
        let app = App::builder(token.as_str())
            .organization(ORGANIZATION)
            .pulumi(&pulumi)
            .plugin(schema::PACKAGE, schema::VERSION, plugin)
            .concurrency(N_DEPLOYMENTS)
            .open()
            .context("cannot open the local cloud")?;
        let cloud = Server::start(app)
            .await
            .context("cannot start the local cloud")?;
        let http = auto_deploy::cloud::http_client()
            .no_proxy()
            .build()
            .context("cannot make an HTTP client")?;
        let stage = Stage {
            cloud,
            token,
            folder,
            pulumi,
            http,
            ending: CancellationToken::new(),
            running: Mutex::new(()),
        };
        for name in ["home", "program"] {
            std::fs::create_dir(stage.path(name)).context("cannot make a folder")?;
        }
        stage
            .install(plugin)
            .context("cannot install the plugin for the demo")?;
        Ok(stage)
    }

    /// Puts the plugin where the CLI looks for installed plugins.
    fn install(&self, plugin: &Path) -> anyhow::Result<()> {
        let plugin = std::fs::canonicalize(plugin)?;
        let folder = self
            .path("home/plugins")
            .join(concat!("resource-auto-deploy-v", env!("CARGO_PKG_VERSION")));
        std::fs::create_dir_all(&folder)?;
        let name = format!(
            "pulumi-resource-auto-deploy{}",
            std::env::consts::EXE_SUFFIX
        );
        std::fs::copy(plugin, folder.join(name))?;
        Ok(())
    }

    /// A link to the page with the stacks. A browser can use it once.
    pub(super) fn page(&self) -> anyhow::Result<String> {
        self.cloud
            .app()
            .console_link(self.url())
            .context("cannot make a link to the page")
    }

    /// The cloud's address.
    pub(super) fn url(&self) -> &str {
        self.cloud.url()
    }

    /// Writes the program that the CLI runs.
    pub(super) fn write_program(&self, program: &str) -> anyhow::Result<()> {
        std::fs::write(self.path("program/Pulumi.yaml"), program)
            .context("cannot write the program")
    }

    /// Sends a request to the cloud.
    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Value> {
        let request = self
            .http
            .request(method.parse()?, format!("{}{path}", self.url()));
        let request = request.header("Authorization", format!("token {}", self.token));
        let request = if let Some(body) = body {
            request.json(&body)
        } else {
            request
        };
        let answer = request
            .send()
            .await
            .and_then(reqwest::Response::error_for_status);
        let answer = answer.with_context(|| format!("the cloud did not answer {method} {path}"))?;
        if answer.status() == reqwest::StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        answer
            .json()
            .await
            .with_context(|| format!("the cloud's answer to {method} {path} cannot be read"))
    }

    /// Creates a stack, with the source of its program in a repository of the demo.
    pub(super) async fn make_stack(
        &self,
        repository: &str,
        stack: &str,
        folder: &str,
    ) -> anyhow::Result<()> {
        let operation = json!({"options": {"skipInstallDependencies": true}});
        self.make(repository, stack, folder, operation).await
    }

    /// The same for a stack that conducts joins, whose deployments may deploy other stacks.
    pub(super) async fn make_conductor(
        &self,
        repository: &str,
        stack: &str,
        folder: &str,
    ) -> anyhow::Result<()> {
        let operation = json!({
            "options": {"skipInstallDependencies": true, "skipIntermediateDeployments": true},
            "environmentVariables": {
                "PULUMI_ACCESS_TOKEN": {"secret": self.token}, "PULUMI_CONTINUE_ON_ERROR": "true",
            },
        });
        self.make(repository, stack, folder, operation).await
    }

    async fn make(
        &self,
        repository: &str,
        stack: &str,
        folder: &str,
        operation: Value,
    ) -> anyhow::Result<()> {
        let (project, name) = stack.rsplit_once('/').context("a stack has a project")?;
        let body = json!({"stackName": name});
        self.ask("POST", &format!("/api/stacks/{project}"), Some(body))
            .await?;
        let repository = self.path(repository);
        let source =
            json!({"git": {"repoUrl": repository, "branch": "refs/heads/main", "repoDir": folder}});
        let settings = json!({"sourceContext": source, "operationContext": operation});
        let path = format!("/api/stacks/{stack}/deployments/settings");
        self.ask("PUT", &path, Some(settings)).await?;
        Ok(())
    }

    /// Prints one of our commands, and runs it with its unchanged output. Exit status 1 is not a failure.
    pub(super) async fn auto_deploy(
        &self,
        arguments: &[&str],
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let us = std::env::current_exe().context("cannot tell where this program is")?;
        let shown = format!("auto-deploy {}", arguments.join(" "));
        let status = self.run(&us, &shown, "program", arguments, out).await?;
        ensure!(
            matches!(status.code(), Some(0 | 1)),
            "`{shown}` did not succeed"
        );
        Ok(())
    }

    /// Prints a command of the CLI, and runs it in a folder of the demo with its unchanged output.
    pub(super) async fn pulumi(
        &self,
        folder: &str,
        arguments: &[&str],
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let shown = format!("pulumi {}", arguments.join(" "));
        let status = self
            .run(&self.pulumi, &shown, folder, arguments, out)
            .await?;
        ensure!(status.success(), "`{shown}` did not succeed");
        Ok(())
    }

    /// The version of the CLI, such as `3.259.0`.
    pub(super) async fn cli_version(&self) -> anyhow::Result<String> {
        let answer = self.command(&self.pulumi).arg("version").output().await;
        let answer = answer.context("cannot ask the Pulumi CLI for its version")?;
        let version = String::from_utf8_lossy(&answer.stdout);
        Ok(version.trim().trim_start_matches('v').to_owned())
    }

    async fn run(
        &self,
        program: &Path,
        shown: &str,
        folder: &str,
        arguments: &[&str],
        out: &mut impl Write,
    ) -> anyhow::Result<ExitStatus> {
        writeln!(out, "$ {shown}")?;
        out.flush()?;
        let mut command = self.command(program);
        command.args(arguments).current_dir(self.path(folder));
        // Ctrl-C in a terminal reaches every process of the group, but only we should interrupt the CLI, and only once.
        platform::begin_group(&mut command);
        let _running = self.running.lock().await;
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
                "there is no program at {}; `make tools` builds a Pulumi CLI, or name yours with --pulumi",
                program.display()
            ),
            Err(error) => return Err(error).with_context(|| format!("cannot run `{shown}`")),
        };
        let status = tokio::select! {
            status = child.wait() => status.with_context(|| format!("cannot wait for `{shown}`"))?,
            () = self.ending.cancelled() => {
                end(&mut child).await;
                bail!("interrupted");
            }
        };
        Ok(status)
    }

    /// A program with the demo's login and home, and without input. It ends with us.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .env("PULUMI_HOME", self.path("home"))
            .env("PULUMI_ACCESS_TOKEN", &self.token)
            .env("PULUMI_SKIP_UPDATE_CHECK", "true")
            .env_remove("PULUMI_BACKEND_URL")
            .env_remove("PULUMI_API");
        if let Some(path) = self.path_with_hosts() {
            command.env("PATH", path);
        }
        command
    }

    /// The `PATH` by which the CLI finds its language hosts: those next to it come first.
    fn path_with_hosts(&self) -> Option<std::ffi::OsString> {
        let beside = self
            .pulumi
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the CLI's surroundings are made here"
        )]
        let rest = std::env::var_os("PATH").unwrap_or_default();
        let folders = [beside.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&rest));
        std::env::join_paths(folders).ok()
    }

    /// Completes when `end` does and the CLI, if it was running, has ended with its plugins and language hosts.
    pub(super) async fn interrupted(&self, end: impl Future<Output = ()>) {
        end.await;
        self.ending.cancel();
        let _running = self.running.lock().await;
    }

    /// Ends the cloud and removes the folder.
    pub(super) async fn clear(self) {
        self.cloud.stop().await;
    }

    /// A path in the demo's folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The width of a heading, which fits into the narrowest terminals.
const WIDTH: usize = 60;

/// Prints the heading of a part.
pub(super) fn chapter(out: &mut impl Write, title: &str) -> std::io::Result<()> {
    let rule = "─".repeat(WIDTH.saturating_sub(title.chars().count() + 4));
    writeln!(out, "\n── {title} {rule}\n")?;
    out.flush()
}

/// Asks the CLI to end as Ctrl-C in a terminal does, so that it ends what it started. The second request cancels the
/// current operation. If that takes too long as well, the CLI is killed.
async fn end(child: &mut Child) {
    for _ in 0..N_REQUESTS {
        platform::interrupt(child);
        if timeout(PATIENCE, child.wait()).await.is_ok() {
            return;
        }
    }
    let _ = child.kill().await;
}
