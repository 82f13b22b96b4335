//! Runs a round of previews step by step, and shows the progress.
//!
//! # What this may not do
//!
//! Give up after a single failed request. Leave previews of ours in a queue.

use super::live;
use super::round::Round;
use crate::output::text::{count, wrap};
use crate::output::{Live, Screen};
use crate::patience::Patience;
use anyhow::Context as _;
use auto_deploy::cloud::CloudError;
use auto_deploy::domain::StackRef;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the cloud is asked, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// How long the current step may take after an interruption.
const LAST_STEP: Duration = Duration::from_secs(2);

/// How to follow a round.
pub(super) struct Follow<'a> {
    /// How long the cloud may be in trouble.
    pub(super) patience: Duration,
    /// Whether standard output is reserved for the result.
    pub(super) is_quiet: bool,
    pub(super) interrupted: &'a CancellationToken,
}

impl Follow<'_> {
    /// Runs a round until it is over. Returns whether it was interrupted: then nothing of it remains in a queue.
    ///
    /// # Errors
    ///
    /// The cloud could not be reached for longer than `patience`.
    pub(super) async fn to_the_end(
        &self,
        round: &mut Round<'_>,
        out: &mut impl Write,
    ) -> anyhow::Result<bool> {
        let done = self.steps(round, out).await;
        match &done {
            Ok(false) => {}
            Ok(true) => say_what_is_left(round, "Interrupted.").await?,
            Err(_) => say_what_is_left(round, "Given up.").await?,
        }
        done
    }

    async fn steps(&self, round: &mut Round<'_>, out: &mut impl Write) -> anyhow::Result<bool> {
        let screen = Screen::of_stdout();
        let mut live = (screen.is_terminal && !self.is_quiet).then(Live::new);
        let mut told = BTreeMap::new();
        let mut pause = FIRST_PAUSE;
        let mut patience = Patience::new(self.patience);
        loop {
            if let Some(live) = &mut live {
                let width = Screen::of_stdout().width;
                let mut lines = live::lines(round, width, screen.paint);
                if let Some(trouble) = patience.text() {
                    lines.extend(wrap(&trouble, width.unwrap_or(usize::MAX)));
                }
                live.draw(&lines)?;
            } else if !self.is_quiet {
                tell(round, &mut told, out)?;
            }
            if round.is_over() {
                return Ok(false);
            }
            let n_done = round.n_done();
            let Some(stepped) = self.step(round).await else {
                return Ok(true);
            };
            let has_begun = patience
                .note(stepped)
                .context("the previews could not be followed any longer")?;
            if let Some(trouble) = patience.text().filter(|_| has_begun && live.is_none()) {
                writeln!(std::io::stderr(), "{trouble}")?;
            }
            // Completed previews make room for others, which begin immediately.
            if round.n_done() > n_done {
                pause = FIRST_PAUSE;
            } else if !round.is_over() {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = self.interrupted.cancelled() => return Ok(true),
                }
                pause = (pause * 5 / 4).min(LAST_PAUSE);
            }
        }
    }
}

impl Follow<'_> {
    /// Takes a step; `None` if it was interrupted. A start in progress is still completed, so that it can be cancelled.
    async fn step(&self, round: &mut Round<'_>) -> Option<Result<(), CloudError>> {
        let mut step = std::pin::pin!(round.step());
        tokio::select! {
            stepped = &mut step => return Some(stepped),
            () = self.interrupted.cancelled() => {}
        }
        // Whatever its result, the state of the round is read next.
        let _ = tokio::time::timeout(LAST_STEP, step).await;
        None
    }
}

/// Prints a line for each stack whose state has changed since the last line.
fn tell(
    round: &Round<'_>,
    told: &mut BTreeMap<StackRef, String>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for (member, step, row) in round.all() {
        let Some(line) = live::line(step, row, &round.context.console) else {
            continue;
        };
        if told.insert(member.stack.clone(), line.key.clone()).as_ref() != Some(&line.key) {
            writeln!(out, "{}", line.text)?;
            out.flush()?;
        }
    }
    Ok(())
}

/// Cancels queued previews, and names those that are still running.
async fn say_what_is_left(round: &Round<'_>, because: &str) -> anyhow::Result<()> {
    let (running, errors) = round.cancel().await;
    let mut notes = std::io::stderr();
    if running.is_empty() {
        writeln!(notes, "{because} No preview of this call waits or runs.")?;
    } else {
        let n = count(running.len(), "preview");
        writeln!(notes, "{because} Still running: {n}, and none waits.")?;
        for deployment in &running {
            let url = round.context.console.deployment(deployment);
            let name = deployment.stack.short();
            writeln!(notes, "  {name}  {}", url.unwrap_or_default())?;
        }
    }
    for error in errors {
        writeln!(
            notes,
            "warning: a preview may be left in the queue: {error}"
        )?;
    }
    Ok(())
}
