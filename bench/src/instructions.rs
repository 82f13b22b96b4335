//! How many instructions the plugin needs, counted by callgrind: a figure that a busy machine does not change much.
//!
//! The counts are kept in `bench/instructions.json`; `make bench-check` compares.

use crate::life::live;
use crate::plugin::{Plugin, Subject};
use crate::stub::Stub;
use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

/// How much more than last time is let pass.
const TOLERANCE: f64 = 1.05;

/// How many lives are led to know what one costs.
const N_LIVES: u64 = 200;

/// What was counted.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Instructions {
    /// From the start to the answer to `GetPluginInfo`, and the end.
    pub(crate) start: u64,
    /// One life of a webhook.
    pub(crate) life: u64,
}

impl Instructions {
    /// Counts; takes about a minute.
    ///
    /// # Errors
    ///
    /// valgrind is not there, or the plugin does not live under it.
    pub(crate) async fn count(plugin: &Subject) -> anyhow::Result<Instructions> {
        let start = run(plugin, None).await?;
        let few = run(plugin, Some(1)).await?;
        let many = run(plugin, Some(1 + N_LIVES)).await?;
        Ok(Instructions {
            start,
            life: many.saturating_sub(few) / N_LIVES,
        })
    }

    /// Reads what was kept.
    pub(crate) fn kept(file: &Path) -> anyhow::Result<Instructions> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("cannot read {}", file.display()))
    }

    /// Keeps the counts.
    pub(crate) fn keep(&self, file: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Compares with what was kept.
    ///
    /// # Errors
    ///
    /// A count has risen by more than the tolerance; says which and how far.
    pub(crate) fn check(&self, kept: &Instructions) -> anyhow::Result<()> {
        for (what, now, then) in [
            ("the start", self.start, kept.start),
            ("a webhook's life", self.life, kept.life),
        ] {
            #[expect(clippy::cast_precision_loss, reason = "a ratio is wanted")]
            let ratio = now as f64 / then as f64;
            ensure!(
                ratio <= TOLERANCE,
                "{what} takes {now} instructions, {:.1}% more than the {then} that were kept; if that is wanted, \
                 `make bench-keep` keeps the new count",
                (ratio - 1.0) * 100.0
            );
        }
        Ok(())
    }
}

/// Runs the plugin under callgrind, leads so many lives through it if any, and answers what it needed in all.
async fn run(subject: &Subject, lives: Option<u64>) -> anyhow::Result<u64> {
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
    if let Some(lives) = lives {
        plugin.configure(&stub.url).await?;
        let names: Vec<_> = (0..lives).map(|life| format!("hook{life}")).collect();
        live(&mut plugin, &stub.url, &names).await?;
    }
    plugin.end().await?;
    let text = std::fs::read_to_string(&counts).context("callgrind wrote no counts")?;
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
            life: 1_000,
        };
        let check = |start, life| Instructions { start, life }.check(&kept);
        assert!(check(1_049_000, 900).is_ok());
        let rise = check(1_000_000, 1_100).expect_err("it is ten percent more");
        assert!(rise.to_string().contains("10.0% more"), "{rise}");
    }
}
