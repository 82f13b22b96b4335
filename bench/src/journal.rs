//! `pulumi up` of many new resources: state in a local cloud beside state in a folder.

use anyhow::{Context as _, ensure};
use local_cloud::{App, Server};
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;
use tokio::process::Command;

const N_RESOURCES: usize = 500;
const N_RUNS: usize = 3;
const TOKEN: &str = "pul-bench";

/// Measures both backends in turn, and writes the ratio of their medians.
pub(crate) async fn measure(plugin: &Path, cli: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let app = App::builder(TOKEN).organization("acme").open()?;
    let cloud = Server::start(app).await?;
    let folder = tempfile::tempdir()?;
    let place = Place {
        folder: folder.path(),
        cli: &std::path::absolute(cli)?,
        cloud: cloud.url(),
    };
    place.prepare(plugin)?;
    let local = format!("file://{}", folder.path().join("state").display());
    let (mut in_cloud, mut in_folder) = (Vec::new(), Vec::new());
    for run in 0..N_RUNS {
        in_cloud.push(place.up(cloud.url(), &format!("acme/run{run}")).await?);
        in_folder.push(place.up(&local, &format!("run{run}")).await?);
    }
    writeln!(
        out,
        "\n`pulumi up` of {N_RESOURCES} new webhooks, s{:>18}{:>10}{:>10}",
        "min", "median", "max"
    )?;
    let cloud_median = row(out, "  state in a local cloud", in_cloud)?;
    let folder_median = row(out, "  state in a folder", in_folder)?;
    writeln!(
        out,
        "{:<40}{:>20.2}{:>10}   1",
        "  ratio of the medians",
        cloud_median / folder_median,
        ""
    )?;
    cloud.stop().await;
    Ok(())
}

struct Place<'a> {
    folder: &'a Path,
    cli: &'a Path,
    cloud: &'a str,
}

impl Place<'_> {
    fn prepare(&self, plugin: &Path) -> anyhow::Result<()> {
        let plugins = self
            .folder
            .join("home/plugins")
            .join(concat!("resource-auto-deploy-v", env!("CARGO_PKG_VERSION")));
        for folder in [
            plugins.clone(),
            self.folder.join("state"),
            self.folder.join("program"),
        ] {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::copy(plugin, plugins.join("pulumi-resource-auto-deploy"))?;
        let mut program = "name: bench\nruntime: yaml\nresources:\n".to_owned();
        for number in 0..N_RESOURCES {
            writeln!(
                program,
                "  hook{number}: {{type: 'auto-deploy:Webhook', properties: {{organizationName: acme, displayName: hook, \
                 payloadUrl: 'https://example.com/{number}'}}}}"
            )?;
        }
        std::fs::write(self.folder.join("program/Pulumi.yaml"), program)?;
        Ok(())
    }

    /// Deploys and destroys; answers how long the former took, in seconds.
    async fn up(&self, backend: &str, stack: &str) -> anyhow::Result<f64> {
        self.pulumi(backend, &["stack", "init", stack]).await?;
        let begin = Instant::now();
        self.pulumi(
            backend,
            &["up", "--yes", "--skip-preview", "--stack", stack],
        )
        .await?;
        let seconds = begin.elapsed().as_secs_f64();
        self.pulumi(
            backend,
            &["destroy", "--yes", "--skip-preview", "--stack", stack],
        )
        .await?;
        Ok(seconds)
    }

    async fn pulumi(&self, backend: &str, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new(self.cli);
        command
            .args(arguments)
            .arg("--non-interactive")
            .current_dir(self.folder.join("program"))
            .stdin(Stdio::null());
        command
            .env("PULUMI_HOME", self.folder.join("home"))
            .env("PULUMI_BACKEND_URL", backend)
            .env("PULUMI_API", self.cloud);
        command
            .env("PULUMI_ACCESS_TOKEN", TOKEN)
            .env("PULUMI_CONFIG_PASSPHRASE", "")
            .env("PULUMI_SKIP_UPDATE_CHECK", "true");
        let output = command
            .output()
            .await
            .context("cannot run the Pulumi CLI")?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(
            output.status.success(),
            "pulumi {arguments:?}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}

fn row(out: &mut impl Write, name: &str, mut figures: Vec<f64>) -> anyhow::Result<f64> {
    figures.sort_by(f64::total_cmp);
    let median = figures[figures.len() / 2];
    writeln!(
        out,
        "{name:<40}{:>10.2}{median:>10.2}{:>10.2}",
        figures[0],
        figures[figures.len() - 1]
    )?;
    Ok(median)
}
