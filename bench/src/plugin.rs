//! Measures a plugin binary: its size, the time from its start to its first answer, and what it holds when idle.
//!
//! The figures are the minimum, the median and the maximum of [`N_RUNS`] runs.

use anyhow::{Context as _, ensure};
use auto_deploy::rpc::pb::resource_provider_client::ResourceProviderClient;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

const N_RUNS: usize = 15;

/// One run of the plugin.
struct Run {
    first_answer: Duration,
    /// Resident memory after the first answer, in KiB.
    resident_kib: u64,
}

/// Measures the plugin and writes a table.
pub(crate) async fn measure(plugin: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let size = std::fs::metadata(plugin)
        .with_context(|| format!("no plugin at {}", plugin.display()))?
        .len();
    let mut runs = Vec::with_capacity(N_RUNS);
    for _ in 0..N_RUNS {
        runs.push(run(plugin).await?);
    }
    writeln!(
        out,
        "{:<40}{:>10}{:>10}{:>10}   limit",
        "the plugin", "min", "median", "max"
    )?;
    writeln!(
        out,
        "{:<40}{:>10}{:>10.1}{:>10}   12",
        "  binary, MB",
        "",
        mega(size),
        ""
    )?;
    row(
        out,
        "  start to first answer, ms",
        30,
        runs.iter().map(|run| run.first_answer.as_secs_f64() * 1e3),
    )?;
    row(
        out,
        "  resident when idle, MB",
        15,
        runs.iter().map(|run| mega(run.resident_kib * 1024)),
    )
}

/// Starts the plugin as the engine does, and asks it who it is.
async fn run(plugin: &Path) -> anyhow::Result<Run> {
    let begin = Instant::now();
    let mut child = Command::new(plugin)
        .arg("127.0.0.1:1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("the plugin does not start")?;
    let mut port = String::new();
    let stdout = child.stdout.take().context("stdout is a pipe")?;
    BufReader::new(stdout).read_line(&mut port).await?;
    let mut client =
        ResourceProviderClient::connect(format!("http://127.0.0.1:{}", port.trim())).await?;
    client.get_plugin_info(()).await?;
    let first_answer = begin.elapsed();
    let resident_kib = resident_kib(&child)?;
    child.kill().await?;
    Ok(Run {
        first_answer,
        resident_kib,
    })
}

fn resident_kib(child: &Child) -> anyhow::Result<u64> {
    let id = child.id().context("the plugin has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))
        .context("this system does not tell")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("there is a line")?;
    let kib = line.trim().trim_end_matches(" kB").parse()?;
    ensure!(kib > 0, "the plugin has ended");
    Ok(kib)
}

fn row(
    out: &mut impl Write,
    name: &str,
    limit: u32,
    figures: impl Iterator<Item = f64>,
) -> anyhow::Result<()> {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    let (min, median, max) = (
        figures[0],
        figures[figures.len() / 2],
        figures[figures.len() - 1],
    );
    writeln!(
        out,
        "{name:<40}{min:>10.1}{median:>10.1}{max:>10.1}   {limit}"
    )?;
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of files and processes are small"
)]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
