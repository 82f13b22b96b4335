//! A local cloud in a separate process, so that its memory can be measured.

use crate::plugin::{TOKEN, memory_of};
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

/// The organization of everything.
pub(crate) const ORGANIZATION: &str = "acme";

/// How many requests the bench sends at the same time.
const N_AT_ONCE: usize = 8;

/// How often the cloud is asked whether a cascade has ended, and the time limit.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(5);

/// A running local cloud. It ends when it is dropped.
pub(crate) struct LocalCloud {
    /// Its address.
    pub(crate) url: String,
    http: reqwest::Client,
    child: Child,
    _folder: tempfile::TempDir,
}

/// A stack to create, and the stacks that follow it; all with the stack name `dev`.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The stack's project.
    pub(crate) project: String,
    /// The projects of the stacks that follow it.
    pub(crate) downstream: Vec<String>,
}

impl LocalCloud {
    /// Starts a cloud that simulates deployments.
    pub(crate) async fn start(command: &Path) -> anyhow::Result<LocalCloud> {
        LocalCloud::start_with(command, &[]).await
    }

    /// Like [`LocalCloud::start`], with additional arguments.
    pub(crate) async fn start_with(command: &Path, more: &[&str]) -> anyhow::Result<LocalCloud> {
        let simulated = ["--executor", "simulated"].map(OsStr::new);
        let more = simulated.into_iter().chain(more.iter().map(OsStr::new));
        LocalCloud::run(command, more).await
    }

    /// Starts a cloud that deploys with the Pulumi CLI at `cli`.
    pub(crate) async fn start_to_deploy(command: &Path, cli: &Path) -> anyhow::Result<LocalCloud> {
        let cli = std::path::absolute(cli)?;
        LocalCloud::run(command, [OsStr::new("--pulumi"), cli.as_os_str()]).await
    }

    async fn run(
        command: &Path,
        more: impl IntoIterator<Item = &OsStr>,
    ) -> anyhow::Result<LocalCloud> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new(command)
            .args(["cloud", "--listen", "127.0.0.1:0"])
            .args(["--organization", ORGANIZATION, "--token", TOKEN])
            // Without `--data`, as most users start it: a given folder would be written durably.
            .env("TMPDIR", folder.path())
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} does not start", command.display()))?;
        let stdout = child.stdout.take().context("stdout is a pipe")?;
        let mut url = String::new();
        BufReader::new(stdout).read_line(&mut url).await?;
        let http = auto_deploy::cloud::http_client().no_proxy().build()?;
        Ok(LocalCloud {
            url: url.trim().to_owned(),
            http,
            child,
            _folder: folder,
        })
    }

    /// Its peak memory, in MB.
    pub(crate) fn peak_memory(&self) -> anyhow::Result<f64> {
        memory_of(self.child.id().context("the cloud has ended")?, "VmHWM:")
    }

    /// Sends a request, which must succeed.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> anyhow::Result<Value> {
        ask(&self.http, &self.url, method, path, body).await
    }

    /// Creates stacks with deployment settings, and webhooks if `wired`.
    pub(crate) async fn prepare(&self, nodes: &[Node], wired: bool) -> anyhow::Result<()> {
        let nowhere = "https://example.com/x.git";
        self.prepare_from(nowhere, nodes, wired).await
    }

    /// Like [`LocalCloud::prepare`]; the programs are in a repository, in folders named after their projects.
    pub(crate) async fn prepare_from(
        &self,
        repository: &str,
        nodes: &[Node],
        wired: bool,
    ) -> anyhow::Result<()> {
        let mut tasks = JoinSet::new();
        for node in nodes {
            if tasks.len() >= N_AT_ONCE {
                tasks.join_next().await.context("there is one")???;
            }
            let (http, url, node) = (self.http.clone(), self.url.clone(), node.clone());
            let git = json!({
                "repoUrl": repository, "branch": "refs/heads/main", "repoDir": node.project,
            });
            tasks.spawn(async move { make(&http, &url, &node, git, wired).await });
        }
        while let Some(made) = tasks.join_next().await {
            made??;
        }
        Ok(())
    }
}

/// Starts the stack of project `root`; returns the time until `n_runs` deployments have succeeded, in seconds.
pub(crate) async fn cascade(cloud: &LocalCloud, root: &str, n_runs: u64) -> anyhow::Result<f64> {
    let begin = Instant::now();
    let path = format!("/api/stacks/{ORGANIZATION}/{root}/dev/deployments");
    let update = json!({"operation": "update", "inheritSettings": true});
    cloud.ask("POST", &path, update).await?;
    let path = format!("/api/orgs/{ORGANIZATION}/deployments/metadata");
    loop {
        let counts = cloud.ask("GET", &path, Value::Null).await?;
        if counts["deploymentCounts"]["succeeded"].as_u64() == Some(n_runs) {
            return Ok(begin.elapsed().as_secs_f64());
        }
        ensure!(
            begin.elapsed() < PATIENCE,
            "the cascade did not end: {counts}"
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn make(
    http: &reqwest::Client,
    url: &str,
    node: &Node,
    git: Value,
    wired: bool,
) -> anyhow::Result<()> {
    let project = format!("/api/stacks/{ORGANIZATION}/{}", node.project);
    ask(http, url, "POST", &project, json!({"stackName": "dev"})).await?;
    let settings = json!({"sourceContext": {"git": git}});
    let path = format!("{project}/dev/deployments/settings");
    ask(http, url, "PUT", &path, settings).await?;
    for downstream in node.downstream.iter().filter(|_| wired) {
        let hook = json!({
            "organizationName": ORGANIZATION, "projectName": node.project, "stackName": "dev",
            "displayName": downstream, "active": true, "format": "pulumi_deployments",
            "payloadUrl": format!("{downstream}/dev"), "filters": ["update_succeeded"],
        });
        ask(http, url, "POST", &format!("{project}/dev/hooks"), hook).await?;
    }
    Ok(())
}

async fn ask(
    http: &reqwest::Client,
    url: &str,
    method: &str,
    path: &str,
    body: Value,
) -> anyhow::Result<Value> {
    let request = http.request(method.parse()?, format!("{url}{path}"));
    let request = request.header("Authorization", format!("token {TOKEN}"));
    let request = match body {
        Value::Null => request,
        body => request.json(&body),
    };
    let answer = request.send().await?;
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    ensure!(status.is_success(), "{method} {path}: {status} {body}");
    Ok(body)
}
