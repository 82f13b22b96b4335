//! The real Pulumi CLI, with our plugin, a program in YAML, and a home of its own.

use crate::plugin::TOKEN;
use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;
use tokio::process::Command;

/// Where the CLI keeps the state of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    /// In the local cloud.
    Cloud,
    /// In a folder: what is left is the engine's own share, and the plugin's.
    Folder,
}

/// A place where the CLI runs. Everything in it goes when it is dropped.
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
    cli: PathBuf,
    cloud: String,
}

impl Backend {
    /// What the tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Backend::Cloud => "state in the local cloud",
            Backend::Folder => "state in a folder",
        }
    }
}

impl Workspace {
    /// A place with the plugin installed, for programs that speak with the cloud at `cloud`.
    pub(crate) fn new(plugin: &Path, cli: &Path, cloud: &str) -> anyhow::Result<Workspace> {
        let folder = tempfile::tempdir()?;
        let version = auto_deploy::schema::VERSION;
        let plugins = folder
            .path()
            .join(format!("home/plugins/resource-auto-deploy-v{version}"));
        for made in [
            plugins.clone(),
            folder.path().join("state"),
            folder.path().join("program"),
        ] {
            std::fs::create_dir_all(made)?;
        }
        std::fs::copy(plugin, plugins.join("pulumi-resource-auto-deploy"))?;
        Ok(Workspace {
            folder,
            cli: std::path::absolute(cli)?,
            cloud: cloud.to_owned(),
        })
    }

    /// Writes the program.
    pub(crate) fn write(&self, program: &str) -> anyhow::Result<()> {
        std::fs::write(self.folder.path().join("program/Pulumi.yaml"), program)
            .context("writing the program")
    }

    /// Runs a command of the CLI; answers how long it took, in seconds.
    ///
    /// # Errors
    ///
    /// The command failed; says what it said.
    pub(crate) async fn run(&self, backend: Backend, arguments: &[&str]) -> anyhow::Result<f64> {
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
        let output = command
            .output()
            .await
            .context("cannot run the Pulumi CLI")?;
        let seconds = begin.elapsed().as_secs_f64();
        let said = [output.stdout, output.stderr].concat();
        ensure!(
            output.status.success(),
            "pulumi {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&said)
        );
        Ok(seconds)
    }
}
