//! What the plugin needs, in figures that hardly depend on the machine's load: instructions, counted by callgrind,
//! requests, and bytes of state.
//!
//! They are stored in `bench/instructions.json`, and `make bench-check` compares them.

use crate::lifecycle::run_all;
use crate::plugin::{Plugin, Subject};
use crate::programs::Program;
use crate::pulumi::{Backend, Workspace};
use crate::shape::Shape;
use crate::stub::Stub;
use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

/// The accepted increase, for figures that are the same in each run.
const TOLERANCE: f64 = 1.05;

/// The accepted increase, for figures that depend on which webhooks the engine processes together.
const WIDE_TOLERANCE: f64 = 1.15;

/// How many lifecycles are run to determine the cost of one.
const N_LIFECYCLES: u64 = 200;

/// The counts.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Instructions {
    /// From the start to the answer to `GetPluginInfo`, and the end.
    pub(crate) start: u64,
    /// One lifecycle of a webhook.
    pub(crate) lifecycle: u64,
    /// A graph of five layers of ten stacks, all to all.
    pub(crate) layers: Layers,
}

/// What a graph needs with the Pulumi CLI.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Layers {
    /// The state in a folder, in bytes.
    pub(crate) state: u64,
    /// `pulumi up`.
    pub(crate) up: Cost,
    /// `pulumi refresh`.
    pub(crate) refresh: Cost,
    /// `pulumi destroy`.
    pub(crate) destroy: Cost,
}

/// What a command needs.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cost {
    /// The requests to the cloud.
    pub(crate) requests: u64,
    /// The instructions of the plugin's processes.
    pub(crate) instructions: u64,
}

impl Instructions {
    /// Counts, which takes some minutes.
    ///
    /// # Errors
    ///
    /// valgrind is not installed, or the plugin does not run with it.
    pub(crate) async fn count(plugin: &Subject, cli: &Path) -> anyhow::Result<Instructions> {
        let start = run(plugin, None).await?;
        let few = run(plugin, Some(1)).await?;
        let many = run(plugin, Some(1 + N_LIFECYCLES)).await?;
        Ok(Instructions {
            start,
            lifecycle: many.saturating_sub(few) / N_LIFECYCLES,
            layers: Layers::count(&plugin.path, cli).await?,
        })
    }

    /// Reads the stored counts.
    pub(crate) fn kept(file: &Path) -> anyhow::Result<Instructions> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("cannot read {}", file.display()))
    }

    /// Stores the counts.
    pub(crate) fn keep(&self, file: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Compares with the stored counts.
    ///
    /// # Errors
    ///
    /// A count has increased by more than the tolerance; says which one and by how much.
    pub(crate) fn check(&self, kept: &Instructions) -> anyhow::Result<()> {
        for (figure, kept) in self.figures().into_iter().zip(kept.figures()) {
            let (what, now, tolerance) = figure;
            let then = kept.1;
            #[expect(clippy::cast_precision_loss, reason = "a ratio is wanted")]
            let (now_f, then_f) = (now as f64, then as f64);
            // As a product, because a stored count may be 0.
            ensure!(
                now_f <= then_f * tolerance,
                "{what}: {now}, {:.1}% more than the {then} that were kept; if that is wanted, \
                 `make bench-keep` keeps the new figure",
                (now_f / then_f - 1.0) * 100.0
            );
        }
        Ok(())
    }

    /// The figures with their names and accepted increases.
    pub(crate) fn figures(&self) -> Vec<(String, u64, f64)> {
        let Layers {
            state,
            up,
            refresh,
            destroy,
        } = self.layers;
        let mut figures = vec![
            (
                "instructions of the start".to_owned(),
                self.start,
                TOLERANCE,
            ),
            (
                "instructions of a webhook's lifecycle".to_owned(),
                self.lifecycle,
                TOLERANCE,
            ),
            (
                "bytes of the state of layers 5×10".to_owned(),
                state,
                TOLERANCE,
            ),
        ];
        for (command, cost) in [("up", up), ("refresh", refresh), ("destroy", destroy)] {
            let of = format!("of {command} of layers 5×10");
            figures.push((format!("requests {of}"), cost.requests, WIDE_TOLERANCE));
            figures.push((
                format!("instructions {of}"),
                cost.instructions,
                WIDE_TOLERANCE,
            ));
        }
        figures
    }
}

impl Layers {
    async fn count(plugin: &Path, cli: &Path) -> anyhow::Result<Layers> {
        let stub = Stub::start().await?;
        let workspace = Workspace::new(plugin, cli, &stub.url)?;
        let counts = tempfile::tempdir()?;
        workspace.run_plugin_by(&format!(
            "exec valgrind --tool=callgrind --quiet --callgrind-out-file={}/%p",
            counts.path().display()
        ))?;
        let program = Program::graph(Shape::Meshed(5, 10), [""; 5]);
        workspace.write_for(&stub.url, &program.text)?;
        workspace
            .run(Backend::Folder, &["stack", "init", "run"])
            .await?;
        let mut layers = Layers::default();
        for command in ["up", "refresh", "destroy"] {
            let (before, _) = stub.counts();
            let arguments = [command, "--yes", "--skip-preview"];
            workspace.run(Backend::Folder, &arguments).await?;
            let (after, _) = stub.counts();
            let cost = Cost {
                requests: after - before,
                instructions: taken(counts.path())?,
            };
            match command {
                "up" => (layers.up, layers.state) = (cost, workspace.state_bytes()?),
                "refresh" => layers.refresh = cost,
                _ => layers.destroy = cost,
            }
        }
        Ok(layers)
    }
}

/// The sum of the instructions in all files of a folder, which are deleted.
fn taken(folder: &Path) -> anyhow::Result<u64> {
    let mut total = 0;
    for file in std::fs::read_dir(folder)? {
        let file = file?.path();
        total += counted(&file)?;
        std::fs::remove_file(file)?;
    }
    Ok(total)
}

/// Runs the plugin with callgrind, with this many lifecycles if any; returns the total number of instructions.
async fn run(subject: &Subject, n_lifecycles: Option<u64>) -> anyhow::Result<u64> {
    let stub = Stub::start().await?;
    let folder = tempfile::tempdir()?;
    let counts = folder.path().join("counts");
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(&subject.path)
        .stderr(Stdio::null());
    let mut plugin = Plugin::start_by(valgrind, subject, &stub.url)
        .await
        .context("callgrind is needed: install valgrind")?;
    if let Some(n_lifecycles) = n_lifecycles {
        plugin.configure(&stub.url).await?;
        let names: Vec<_> = (0..n_lifecycles)
            .map(|number| format!("hook{number}"))
            .collect();
        run_all(&mut plugin, &stub.url, &names).await?;
    }
    plugin.end().await?;
    counted(&counts)
}

/// The number of instructions in a file of callgrind.
fn counted(file: &Path) -> anyhow::Result<u64> {
    let text = std::fs::read_to_string(file).context("callgrind wrote no counts")?;
    let total = text
        .lines()
        .rev()
        .find_map(|line| {
            line.strip_prefix("totals: ")
                .or(line.strip_prefix("summary: "))
        })
        .context("callgrind wrote no total")?;
    total.trim().parse().context("the total is a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_is_found_and_a_fall_is_not() {
        let kept = Instructions {
            start: 1_000_000,
            lifecycle: 1_000,
            layers: Layers {
                state: 500_000,
                ..Layers::default()
            },
        };
        let check = |start, lifecycle, state| {
            let layers = Layers {
                state,
                ..Layers::default()
            };
            Instructions {
                start,
                lifecycle,
                layers,
            }
            .check(&kept)
        };
        assert!(check(1_049_000, 900, 400_000).is_ok());
        let rise = check(1_000_000, 1_100, 500_000).expect_err("it is ten percent more");
        assert!(rise.to_string().contains("10.0% more"), "{rise}");
        let rise = check(1_000_000, 1_000, 600_000).expect_err("the state is larger");
        assert!(rise.to_string().contains("bytes of the state"), "{rise}");
    }
}
