//! The output of a run: redrawn in place on a terminal, one line per change in a pipe.

use super::drive::Driver;
use super::track::Track;
use crate::context::Console;
use crate::output::style::Tone;
use crate::output::text::count;
use crate::output::time::{between, took};
use crate::output::{Cell, Paint, Table};
use auto_deploy::cascade::{Outcome, PlannedRun, Step};
use auto_deploy::cloud::{Deployment, DeploymentStatus, Operation};
use auto_deploy::domain::StackRef;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;

/// The state of a stack in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) word: &'static str,
    tone: Tone,
    /// A remark about it.
    pub(super) note: String,
    /// Whether to report the remark although the stack is only waiting.
    is_odd: bool,
}

impl Standing {
    /// Differs from the previous value if there is something new to print; `None` if there is nothing yet.
    pub(super) fn news(&self) -> Option<String> {
        (self.word != "waiting" || self.is_odd).then(|| format!("{} {}", self.word, self.note))
    }
}

/// The state of a stack.
pub(super) fn standing(driver: &Driver<'_>, stack: &StackRef) -> Standing {
    let track = &driver.tracks[stack];
    let mut is_odd = false;
    let waits_because = track.gate.waits_because();
    let (word, tone, note) = match driver.progress.step(stack) {
        Step::Waiting => ("waiting", Tone::Quiet, waits_for(driver, stack)),
        Step::Going if track.locked.is_some() => {
            is_odd = true;
            (
                "waiting",
                Tone::Odd,
                "someone else is updating it; it is started afterwards".to_owned(),
            )
        }
        Step::Going if track.refused.is_some() => {
            is_odd = true;
            let error = track.refused.as_ref().map(|refused| refused.error.clone());
            ("waiting", Tone::Odd, error.unwrap_or_default())
        }
        Step::Going if waits_because.is_some() => {
            is_odd = true;
            let why = waits_because.unwrap_or_default();
            ("waiting", Tone::Odd, format!("because {why}"))
        }
        Step::Going if track.awaited.is_some() => {
            ("waiting", Tone::Quiet, "for its webhook".to_owned())
        }
        Step::Going => match track.run().map(|run| run.status) {
            None | Some(DeploymentStatus::Queued) => match track.paused {
                Some(pauses) if pauses.organization => {
                    is_odd = true;
                    let organization = stack.organization();
                    let note = format!(
                        "until the deployments of the organization `{organization}` are resumed"
                    );
                    ("paused", Tone::Odd, note)
                }
                Some(pauses) if pauses.stack => (
                    "paused",
                    Tone::Odd,
                    "until its deployments are resumed".to_owned(),
                ),
                _ => ("queued", Tone::Busy, String::new()),
            },
            Some(DeploymentStatus::Unknown) => {
                let note = "the cloud reports a status that this version does not know";
                ("unknown", Tone::Odd, note.to_owned())
            }
            // This deployment has ended, but another one of the same stack has not.
            Some(_) => ("running", Tone::Busy, String::new()),
        },
        Step::Ended(Outcome::Succeeded) => ("succeeded", Tone::Good, String::new()),
        Step::Ended(Outcome::Failed) => {
            ("failed", Tone::Bad, track.error.clone().unwrap_or_default())
        }
        Step::Skipped(cause) => ("skipped", Tone::Odd, skipped_because(driver, stack, cause)),
    };
    let n_runs = track.n_runs();
    let note = match (n_runs > 1, note.is_empty()) {
        (false, _) => note,
        (true, true) => format!("ran {n_runs} times"),
        (true, false) => format!("ran {n_runs} times; {note}"),
    };
    Standing {
        word,
        tone,
        note,
        is_odd,
    }
}

/// Why a stack was skipped: a failure, or the decision.
fn skipped_because(driver: &Driver<'_>, stack: &StackRef, cause: &StackRef) -> String {
    let why = driver.tracks[stack].error.as_deref();
    match (why, driver.progress.step(cause)) {
        (Some(why), _) => format!("because {why}"),
        (None, Step::Skipped(_)) => format!("because {} was skipped", cause.short()),
        (None, _) => format!("because {} failed", cause.short()),
    }
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
    if names.is_empty() {
        "to be started".to_owned()
    } else {
        format!("for {}", names.join(", "))
    }
}

/// All stacks, layer by layer.
pub(super) fn lines(
    driver: &Driver<'_>,
    console: &Console,
    width: Option<usize>,
    paint: Paint,
) -> Vec<String> {
    let with_links = table(driver, |run| console.deployment(run));
    // A link that is cut is useless, so only the number is shown.
    let table = if width.is_some_and(|width| with_links.width() > width) {
        table(driver, |run| Some(format!("#{}", run.version)))
    } else {
        with_links
    };
    table.lines(width, paint)
}

fn table(driver: &Driver<'_>, link: impl Fn(&Deployment) -> Option<String>) -> Table {
    let mut table = Table::bare();
    for planned in driver.progress.plan().stacks() {
        let standing = standing(driver, &planned.stack);
        let track = &driver.tracks[&planned.stack];
        let run = track.run();
        let note = if standing.note.is_empty() {
            run.and_then(&link).unwrap_or_default()
        } else {
            standing.note
        };
        let indent = "  ".repeat(planned.layer);
        table.push([
            Cell::plain(format!("{indent}{}", planned.stack.short())),
            Cell::new(standing.tone, standing.word),
            Cell::plain(duration(track)),
            Cell::quiet(note),
        ]);
    }
    table
}

/// How long it took or has been running.
fn duration(track: &Track) -> String {
    let ended = track.run().and_then(|run| Some((run.began?, run.ended?)));
    let duration = match ended {
        Some((began, ended)) => Some(between(began, ended)),
        None => track.elapsed(),
    };
    duration.map(took).unwrap_or_default()
}

/// The line in a pipe that reports a change of a stack's state.
pub(super) fn line(driver: &Driver<'_>, console: &Console, stack: &StackRef) -> String {
    let standing = standing(driver, stack);
    let track = &driver.tracks[stack];
    let run = track.run();
    let took = match run.filter(|run| run.began.is_some() && run.ended.is_some()) {
        Some(_) => format!(" in {}", duration(track)),
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

/// The whole run as JSON.
pub(super) fn json(rounds: &[Driver<'_>], console: &Console) -> Value {
    let stacks = rounds.iter().flat_map(|driver| {
        let stacks = driver.progress.plan().stacks().iter();
        stacks.map(move |planned| stack_json(driver, planned, console))
    });
    let operation = rounds
        .first()
        .map(|driver| driver.options.operation.as_str());
    json!({
        "operation": operation,
        "succeeded": rounds.iter().all(|driver| driver.progress.is_well()),
        "stacks": stacks.collect::<Vec<_>>(),
    })
}

fn stack_json(driver: &Driver<'_>, planned: &PlannedRun, console: &Console) -> Value {
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
}

/// Prints the result.
pub(super) fn conclude(
    rounds: &[Driver<'_>],
    console: &Console,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let all = || {
        rounds.iter().flat_map(|driver| {
            let stacks = driver.progress.plan().stacks().iter();
            stacks.map(move |planned| (driver, &planned.stack))
        })
    };
    let of = |is: fn(&Step) -> bool| {
        let those = all().filter(move |(driver, stack)| is(driver.progress.step(stack)));
        those.collect::<Vec<_>>()
    };
    let well = of(|step| *step == Step::Ended(Outcome::Succeeded));
    let failed = of(|step| *step == Step::Ended(Outcome::Failed));
    let skipped = of(|step| matches!(step, Step::Skipped(_)));
    let well: BTreeSet<&StackRef> = well.into_iter().map(|(_, stack)| stack).collect();
    writeln!(out)?;
    let destroys = rounds
        .iter()
        .any(|driver| driver.options.operation == Operation::Destroy);
    let (done, undone) = if destroys {
        ("destroyed", "not destroyed")
    } else {
        ("succeeded", "not up to date")
    };
    writeln!(out, "{} {done}.", count(well.len(), "stack"))?;
    for (driver, stack) in &failed {
        let track = &driver.tracks[*stack];
        let link = track.run().and_then(|run| console.deployment(run));
        let link = link.map_or_else(String::new, |link| format!("  {link}"));
        writeln!(out, "Failed: {}{link}", stack.short())?;
        if let Some(error) = &track.error {
            writeln!(out, "  {error}")?;
        }
    }
    if !skipped.is_empty() {
        let names: Vec<String> = skipped.iter().map(|(_, stack)| stack.short()).collect();
        writeln!(out, "Skipped, and {undone}: {}.", names.join(", "))?;
    }
    for driver in rounds {
        for stack in driver.repeated() {
            let n = driver.tracks[stack].n_runs();
            let name = stack.short();
            writeln!(out, "{name} ran {n} times: a webhook started it as well.")?;
        }
    }
    if !failed.is_empty() {
        writeln!(
            out,
            "Fix the cause, then run this again: it continues where it stopped."
        )?;
    }
    Ok(())
}
