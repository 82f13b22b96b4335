//! The preview of a cascade through many stacks of a local cloud that simulates deployments.

use crate::cascade::{ROOT, nodes};
use crate::local::{LocalCloud, ORGANIZATION};
use crate::plugin::{TOKEN, memory_of};
use crate::report::{Figure, Section};
use anyhow::{Context as _, ensure};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

/// Measures one preview from a root to the last layer, `runs` times.
pub(crate) async fn measure(
    command: &Path,
    (layers, width): (usize, usize),
    runs: usize,
) -> anyhow::Result<Section> {
    let nodes = nodes(layers, width);
    let (mut seconds, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let cloud = LocalCloud::start_with(command, &["--concurrency", "65"]).await?;
        cloud.prepare(&nodes, true).await?;
        let (took, peak) = preview(command, &cloud, nodes.len()).await?;
        seconds.push(took);
        memory.push(peak);
    }
    let mut section = Section::new(
        format!("The preview of a cascade of {} stacks", nodes.len()),
        format!(
            "{layers} layers of {width} below one root, simulated previews; each run has a row for every stack."
        ),
    );
    section.push(Figure::of("from first to last, s", "", seconds));
    section.push(Figure::of(
        "the command's memory at the end, MB",
        "",
        memory,
    ));
    Ok(section)
}

/// Previews the root and everything below it; returns the time in seconds, and the command's memory.
async fn preview(
    command: &Path,
    cloud: &LocalCloud,
    n_stacks: usize,
) -> anyhow::Result<(f64, f64)> {
    let home = tempfile::tempdir()?;
    let begin = Instant::now();
    let mut child = Command::new(command)
        .args([
            "preview",
            &format!("{ROOT}/dev"),
            "--org",
            ORGANIZATION,
            "--json",
        ])
        .args(["--max", &n_stacks.to_string(), "--parallel", "64"])
        .env_clear()
        .env("PULUMI_API", &cloud.url)
        .env("PULUMI_ACCESS_TOKEN", TOKEN)
        .env("PULUMI_HOME", home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdout = child.stdout.take().context("stdout is a pipe")?;
    let mut text = vec![0; 1];
    stdout.read_exact(&mut text).await?;
    // It writes its whole output at the end, more than a pipe holds, so it is still running.
    let peak = memory_of(child.id().context("it has ended")?, "VmHWM:")?;
    stdout.read_to_end(&mut text).await?;
    let status = child.wait().await?;
    let took = begin.elapsed().as_secs_f64();
    let document: Value = serde_json::from_slice(&text)?;
    let rows = document["stacks"].as_array().map_or(0, Vec::len);
    ensure!(
        status.success() && rows == n_stacks && document["complete"] == true,
        "{rows} rows, {status}: {}",
        document["summary"]
    );
    Ok((took, peak))
}
