//! How a run looks: drawn in place on a terminal, one line for each change in a pipe.

use super::drive::Driver;
use crate::context::Console;
use crate::output::style::Tone;
use crate::output::time::{between, took};
use crate::output::{Cell, Paint, Table};
use auto_deploy::cascade::{Outcome, Step};
use auto_deploy::cloud::{Deployment, DeploymentStatus};
use auto_deploy::domain::StackRef;
use jiff::Timestamp;
use serde_json::{Value, json};

/// How a stack stands, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) word: &'static str,
    tone: Tone,
    /// What there is to say about it.
    pub(super) note: String,
}

/// How a stack stands.
pub(super) fn standing(driver: &Driver<'_>, stack: &StackRef) -> Standing {
    let track = &driver.tracks[stack];
    let (word, tone, note) = match driver.progress.step(stack) {
        Step::Waiting => ("waiting", Tone::Quiet, waits_for(driver, stack)),
        Step::Going if track.awaited.is_some() => {
            ("waiting", Tone::Quiet, "for its webhook".to_owned())
        }
        Step::Going => match track.run().map(|run| run.status) {
            None | Some(DeploymentStatus::Queued) => ("queued", Tone::Busy, String::new()),
            // Where it has ended, another run of the same stack has not.
            Some(_) => ("running", Tone::Busy, String::new()),
        },
        Step::Ended(Outcome::Succeeded) => ("succeeded", Tone::Good, String::new()),
        Step::Ended(Outcome::Failed) => {
            ("failed", Tone::Bad, track.error.clone().unwrap_or_default())
        }
        Step::Skipped(failed) => (
            "skipped",
            Tone::Odd,
            format!("because {} failed", failed.short()),
        ),
    };
    let n_runs = track.n_runs();
    let note = match (n_runs > 1, note.is_empty()) {
        (false, _) => note,
        (true, true) => format!("ran {n_runs} times"),
        (true, false) => format!("ran {n_runs} times; {note}"),
    };
    Standing { word, tone, note }
}

fn waits_for(driver: &Driver<'_>, stack: &StackRef) -> String {
    let Some(planned) = driver.progress.plan().get(stack) else {
        return String::new();
    };
    let open = planned
        .upstream
        .iter()
        .filter(|upstream| *driver.progress.step(upstream) != Step::Ended(Outcome::Succeeded));
    let names: Vec<String> = open.map(StackRef::short).collect();
    format!("for {}", names.join(", "))
}

/// All stacks, layer by layer.
pub(super) fn lines(
    driver: &Driver<'_>,
    console: &Console,
    width: Option<usize>,
    paint: Paint,
    now: Timestamp,
) -> Vec<String> {
    let with_links = table(driver, now, |run| console.deployment(run));
    // A link that is cut leads nowhere: then the number has to do.
    let table = if width.is_some_and(|width| with_links.width() > width) {
        table(driver, now, |run| Some(format!("#{}", run.version)))
    } else {
        with_links
    };
    table.lines(width, paint)
}

fn table(
    driver: &Driver<'_>,
    now: Timestamp,
    link: impl Fn(&Deployment) -> Option<String>,
) -> Table {
    let mut table = Table::bare();
    for planned in driver.progress.plan().stacks() {
        let standing = standing(driver, &planned.stack);
        let run = driver.tracks[&planned.stack].run();
        let note = if standing.note.is_empty() {
            run.and_then(&link).unwrap_or_default()
        } else {
            standing.note
        };
        let indent = "  ".repeat(planned.layer);
        table.push([
            Cell::plain(format!("{indent}{}", planned.stack.short())),
            Cell::new(standing.tone, standing.word),
            Cell::plain(run.map(|run| duration(run, now)).unwrap_or_default()),
            Cell::quiet(note),
        ]);
    }
    table
}

fn duration(run: &Deployment, now: Timestamp) -> String {
    let Some(began) = run.began else {
        return String::new();
    };
    took(between(began, run.ended.unwrap_or(now)))
}

/// The line that tells in a pipe that a stack stands differently now.
pub(super) fn line(driver: &Driver<'_>, console: &Console, stack: &StackRef) -> String {
    let standing = standing(driver, stack);
    let run = driver.tracks[stack].run();
    let took = match run.filter(|run| run.ended.is_some()) {
        Some(run) => format!(" in {}", duration(run, run.created)),
        None => String::new(),
    };
    let mut text = format!("{}: {}{took}", stack.short(), standing.word);
    if !standing.note.is_empty() {
        text = format!("{text} ({})", standing.note);
    }
    match run.and_then(|run| console.deployment(run)) {
        Some(link) => format!("{text}  {link}"),
        None => text,
    }
}

/// The whole run, for programs.
pub(super) fn json(driver: &Driver<'_>, console: &Console) -> Value {
    let stack = |planned: &auto_deploy::cascade::PlannedRun| {
        let standing = standing(driver, &planned.stack);
        let track = &driver.tracks[&planned.stack];
        let deployment = |run: &Deployment| {
            json!({
                "id": run.id,
                "version": run.version,
                "status": run.status.as_str(),
                "initiator": run.initiator,
                "created": run.created,
                "began": run.began,
                "ended": run.ended,
                "url": console.deployment(run),
            })
        };
        json!({
            "stack": planned.stack.to_string(),
            "layer": planned.layer,
            "state": standing.word,
            "note": standing.note,
            "deployments": track.runs.iter().map(deployment).collect::<Vec<_>>(),
        })
    };
    let stacks = driver.progress.plan().stacks();
    json!({
        "succeeded": driver.progress.is_well(),
        "stacks": stacks.iter().map(stack).collect::<Vec<_>>(),
    })
}
