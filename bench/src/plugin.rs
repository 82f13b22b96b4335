//! A provider plugin as a process: started like by the engine, called over gRPC, and observed from outside.

use anyhow::{Context as _, ensure};
use auto_deploy::pb;
use auto_deploy::pb::resource_provider_client::ResourceProviderClient;
use auto_deploy::property::wire::{self, Outputs};
use auto_deploy::property::{Map, Value};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tonic::transport::Channel;

/// The token for the stub cloud.
pub(crate) const TOKEN: &str = "pul-bench";

/// A provider to measure: ours, or another with the same types.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Its name in the tables.
    pub(crate) name: String,
    /// The binary.
    pub(crate) path: PathBuf,
    /// The type token of its webhook.
    pub(crate) webhook: String,
}

/// A running plugin. It ends when it is dropped.
pub(crate) struct Plugin {
    /// A client of the plugin. Clones share the connection, as in the engine.
    pub(crate) client: ResourceProviderClient<Channel>,
    /// The time from the start of the process to its first answer.
    pub(crate) first_answer: Duration,
    webhook: String,
    child: Child,
}

impl Subject {
    /// Our own plugin.
    pub(crate) fn ours(path: &Path) -> Subject {
        Subject {
            name: "auto-deploy".to_owned(),
            path: path.to_owned(),
            webhook: auto_deploy::resources::tokens::WEBHOOK.to_owned(),
        }
    }

    /// Parses `name:path` or `name:path:webhook token`.
    ///
    /// # Errors
    ///
    /// Says what to write.
    pub(crate) fn peer(text: &str) -> Result<Subject, String> {
        let mut parts = text.splitn(3, ':');
        let (Some(name), Some(path)) = (parts.next(), parts.next()) else {
            return Err("write name:path or name:path:token of its webhook".to_owned());
        };
        let webhook = parts
            .next()
            .unwrap_or(auto_deploy::resources::tokens::WEBHOOK);
        Ok(Subject {
            name: name.to_owned(),
            path: path.into(),
            webhook: webhook.to_owned(),
        })
    }

    /// The size of the binary, in MB.
    pub(crate) fn size(&self) -> anyhow::Result<f64> {
        let found = std::fs::metadata(&self.path)
            .with_context(|| format!("no plugin at {}", self.path.display()))?;
        Ok(mega(found.len()))
    }
}

impl Plugin {
    /// Starts a plugin like the engine, and calls `GetPluginInfo`.
    pub(crate) async fn start(subject: &Subject, cloud: &str) -> anyhow::Result<Plugin> {
        let command = Command::new(&subject.path);
        Plugin::start_by(command, subject, cloud).await
    }

    /// The same with a command that runs the plugin in another way, for example in an instruction counter.
    pub(crate) async fn start_by(
        mut command: Command,
        subject: &Subject,
        cloud: &str,
    ) -> anyhow::Result<Plugin> {
        let begin = Instant::now();
        let mut child = command
            .arg("127.0.0.1:1")
            .env("PULUMI_ACCESS_TOKEN", TOKEN)
            .env("PULUMI_API", cloud)
            .env("PULUMI_BACKEND_URL", cloud)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} does not start", subject.path.display()))?;
        let mut port = String::new();
        let stdout = child.stdout.take().context("stdout is a pipe")?;
        BufReader::new(stdout).read_line(&mut port).await?;
        let address = format!("http://127.0.0.1:{}", port.trim());
        let mut client = ResourceProviderClient::connect(address).await?;
        client.get_plugin_info(()).await?;
        Ok(Plugin {
            client,
            first_answer: begin.elapsed(),
            webhook: subject.webhook.clone(),
            child,
        })
    }

    /// Configures it for a cloud; returns the time.
    pub(crate) async fn configure(&mut self, cloud: &str) -> anyhow::Result<Duration> {
        let token = Value::from(TOKEN).into_secret();
        let args = map([("apiUrl", cloud.into()), ("accessToken", token)]);
        let request = pb::ConfigureRequest {
            args: Some(wire::encode(args, Outputs::Flatten)),
            accept_secrets: true,
            accept_resources: true,
            ..pb::ConfigureRequest::default()
        };
        let begin = Instant::now();
        self.client.configure(request).await?;
        Ok(begin.elapsed())
    }

    /// The URN of a webhook in a program.
    pub(crate) fn urn(&self, name: &str) -> String {
        format!("urn:pulumi:dev::bench::{}::{name}", self.webhook)
    }

    /// Resident memory, in MB.
    pub(crate) fn resident(&self) -> anyhow::Result<f64> {
        memory_of(self.id()?, "VmRSS:")
    }

    /// The plugin's CPU time, in ms.
    pub(crate) fn cpu_time(&self) -> anyhow::Result<f64> {
        cpu_time_of(self.id()?)
    }

    fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("the plugin has ended")
    }

    /// Ends it like an engine that ends: its standard input closes, and it is killed if that is not enough.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        let waited = tokio::time::timeout(Duration::from_secs(1), self.child.wait()).await;
        match waited {
            Ok(ended) => ended.map(drop),
            Err(_) => self.child.kill().await,
        }
        .context("waiting for the plugin")
    }
}

/// A memory figure of a process, such as `VmRSS:` or `VmHWM:`, in MB.
pub(crate) fn memory_of(process: u32, figure: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))
        .context("this system does not tell")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(figure))
        .with_context(|| format!("there is no {figure}"))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    ensure!(kib > 0.0, "the process has ended");
    Ok(kib * 1024.0 / 1e6)
}

/// The CPU time of a process, in ms, without that of threads that have ended.
pub(crate) fn cpu_time_of(process: u32) -> anyhow::Result<f64> {
    let mut nanoseconds = 0.0;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread may end in between, but what it used is small.
        let stat = std::fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
        nanoseconds += stat
            .split(' ')
            .next()
            .and_then(|text| text.parse::<f64>().ok())
            .unwrap_or_default();
    }
    Ok(nanoseconds / 1e6)
}

/// Property values by name.
pub(crate) fn map<const N: usize>(members: [(&str, Value); N]) -> Map {
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files are small")]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
