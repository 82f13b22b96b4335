//! The real Pulumi CLI with our plugin, a program in YAML, and its own home.

use crate::plugin::{TOKEN, cpu_time_of, memory_of};
use anyhow::{Context as _, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Command;

/// How often the plugins' memory and CPU time are read.
const WATCH_EVERY: Duration = Duration::from_millis(10);

/// The backend for a program's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// In the local cloud.
    Cloud,
    /// In a folder. What remains is the share of the engine and the plugin.
    Folder,
}

/// A workspace of the CLI. All of it is removed when dropped.
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
    cli: PathBuf,
    cloud: String,
}

/// The cost of a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watched {
    /// Its time.
    pub(crate) seconds: f64,
    /// The peak memory of its plugins, in MB.
    pub(crate) memory: f64,
    /// The CPU time of its plugins, in seconds.
    pub(crate) processor: f64,
}

/// The plugins of a command, by process: peak memory in MB, and CPU time in ms.
#[derive(Default)]
struct Plugins(BTreeMap<u32, (f64, f64)>);

impl Backend {
    /// Its name in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Backend::Cloud => "state in the local cloud",
            Backend::Folder => "state in a folder",
        }
    }
}

impl Workspace {
    /// A workspace with the plugin installed, for programs that use the cloud at `cloud`.
    pub(crate) fn new(plugin: &Path, cli: &Path, cloud: &str) -> anyhow::Result<Workspace> {
        let folder = tempfile::tempdir()?;
        let plugins = plugins(folder.path());
        for made in [
            plugins.clone(),
            folder.path().join("state"),
            folder.path().join("program"),
        ] {
            std::fs::create_dir_all(made)?;
        }
        // A link, so that a profiler finds the symbols after the folder was deleted.
        let installed = plugins.join("pulumi-resource-auto-deploy");
        std::os::unix::fs::symlink(std::fs::canonicalize(plugin)?, installed)?;
        Ok(Workspace {
            folder,
            cli: std::path::absolute(cli)?,
            cloud: cloud.to_owned(),
        })
    }

    /// Starts the plugin by a command, which gets the plugin's path and arguments after its own.
    pub(crate) fn run_plugin_by(&self, command: &str) -> anyhow::Result<()> {
        let folder = plugins(self.folder.path());
        let (started, plugin) = (
            folder.join("pulumi-resource-auto-deploy"),
            folder.join("plugin"),
        );
        std::fs::rename(&started, &plugin)?;
        let script = format!("#!/bin/sh\n{command} {} \"$@\"\n", plugin.display());
        std::fs::write(&started, script)?;
        std::fs::set_permissions(&started, std::fs::metadata(&plugin)?.permissions())?;
        Ok(())
    }

    /// Writes the program, with a configuration for another cloud and its token.
    pub(crate) fn write_for(&self, cloud: &str, program: &str) -> anyhow::Result<()> {
        self.write(&format!(
            "config: {{'auto-deploy:apiUrl': '{cloud}', 'auto-deploy:accessToken': '{TOKEN}'}}\n{program}"
        ))
    }

    /// Writes the program.
    pub(crate) fn write(&self, program: &str) -> anyhow::Result<()> {
        std::fs::write(self.folder.path().join("program/Pulumi.yaml"), program)
            .context("writing the program")
    }

    /// The size of the states in the folder, in bytes.
    pub(crate) fn state_bytes(&self) -> anyhow::Result<u64> {
        let mut total = 0;
        let stacks = self.folder.path().join("state/.pulumi/stacks");
        for project in std::fs::read_dir(stacks)? {
            for file in std::fs::read_dir(project?.path())? {
                let file = file?;
                let is_state = file.path().extension().is_some_and(|ext| ext == "json");
                total += if is_state { file.metadata()?.len() } else { 0 };
            }
        }
        Ok(total)
    }

    /// Runs a command of the CLI; returns its time, in seconds.
    ///
    /// # Errors
    ///
    /// The command failed; with its output.
    pub(crate) async fn run(&self, backend: Backend, arguments: &[&str]) -> anyhow::Result<f64> {
        Ok(self.run_watched(backend, arguments).await?.seconds)
    }

    /// Like [`Workspace::run`]; also returns the cost of the plugins, sampled every few milliseconds.
    pub(crate) async fn run_watched(
        &self,
        backend: Backend,
        arguments: &[&str],
    ) -> anyhow::Result<Watched> {
        let backend = match backend {
            Backend::Cloud => self.cloud.clone(),
            Backend::Folder => format!("file://{}", self.folder.path().join("state").display()),
        };
        let mut command = Command::new(&self.cli);
        command
            .args(arguments)
            .arg("--non-interactive")
            .current_dir(self.folder.path().join("program"))
            .stdin(Stdio::null())
            .env("PULUMI_HOME", self.folder.path().join("home"))
            .env("PULUMI_BACKEND_URL", backend)
            .env("PULUMI_API", &self.cloud)
            .env("PULUMI_ACCESS_TOKEN", TOKEN)
            .env("PULUMI_CONFIG_PASSPHRASE", "")
            .env("PULUMI_SKIP_UPDATE_CHECK", "true");
        let begin = Instant::now();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().context("cannot run the Pulumi CLI")?;
        let cli = child.id().context("the CLI has ended")?;
        let output = child.wait_with_output();
        tokio::pin!(output);
        let mut plugins = Plugins::default();
        let output = loop {
            match tokio::time::timeout(WATCH_EVERY, &mut output).await {
                Ok(output) => break output.context("cannot run the Pulumi CLI")?,
                Err(_) => plugins.look(cli),
            }
        };
        let seconds = begin.elapsed().as_secs_f64();
        let said = [output.stdout, output.stderr].concat();
        ensure!(
            output.status.success(),
            "pulumi {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&said)
        );
        let each = plugins.0.values();
        Ok(Watched {
            seconds,
            memory: each.clone().map(|(memory, _)| *memory).fold(0.0, f64::max),
            processor: each.map(|(_, processor)| processor / 1e3).sum(),
        })
    }
}

/// The folder of our installed plugin in a workspace.
fn plugins(workspace: &Path) -> PathBuf {
    let version = auto_deploy::schema::VERSION;
    workspace.join(format!("home/plugins/resource-auto-deploy-v{version}"))
}

impl Plugins {
    /// Reads the cost so far of the plugins that a process has started.
    fn look(&mut self, cli: u32) {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{cli}/task")) else {
            return;
        };
        let children = threads.flatten().filter_map(|thread| {
            let children = std::fs::read_to_string(thread.path().join("children")).ok()?;
            Some(children.split_whitespace().flat_map(str::parse).collect())
        });
        for id in children.flat_map(|ids: Vec<u32>| ids) {
            let program = std::fs::read_link(format!("/proc/{id}/exe"));
            if !program.is_ok_and(|program| program.ends_with("pulumi-resource-auto-deploy")) {
                continue;
            }
            if let (Ok(memory), Ok(time)) = (memory_of(id, "VmHWM:"), cpu_time_of(id)) {
                self.0.insert(id, (memory, time));
            }
        }
    }
}
