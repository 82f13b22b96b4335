//! Executes a plan step by step, and shows the progress.
//!
//! # What this may not do
//!
//! Give up after a single failed request.

use super::drive::Driver;
use super::show;
use crate::context::{Console, Context};
use crate::output::text::wrap;
use crate::output::{Live, Screen};
use crate::patience::Patience;
use auto_deploy::cascade::Step;
use auto_deploy::domain::StackRef;
use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the cloud is asked, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// Executes the plan and shows the progress until it is over. Returns whether it was interrupted.
///
/// # Errors
///
/// The cloud could not be reached for longer than the run's patience.
pub(super) async fn follow(
    driver: &mut Driver<'_>,
    is_json: bool,
    out: &mut impl Write,
    interrupted: &CancellationToken,
) -> anyhow::Result<bool> {
    let context = Context::clone(driver.context);
    let screen = Screen::of_stdout();
    let mut live = (screen.is_terminal && !is_json).then(Live::new);
    let mut told = BTreeMap::new();
    let mut pause = FIRST_PAUSE;
    let mut patience = Patience::new(driver.options.patience);
    loop {
        if let Some(live) = &mut live {
            let width = Screen::of_stdout().width;
            let mut lines = show::lines(driver, &context.console, width, screen.paint);
            if let Some(trouble) = patience.text() {
                lines.extend(wrap(&trouble, width.unwrap_or(usize::MAX)));
            }
            live.draw(&lines)?;
        } else if !is_json {
            tell(driver, &context, &mut told, out)?;
        }
        if driver.progress.is_over() {
            return Ok(false);
        }
        let stepped = tokio::select! {
            stepped = driver.step() => stepped,
            () = interrupted.cancelled() => return Ok(true),
        };
        let has_begun = patience.note(stepped)?;
        if let Some(trouble) = patience.text().filter(|_| has_begun && live.is_none()) {
            writeln!(std::io::stderr(), "{trouble}")?;
        }
        if !driver.progress.is_over() {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = interrupted.cancelled() => return Ok(true),
            }
        }
        pause = (pause * 5 / 4).min(LAST_PAUSE);
    }
}

/// Prints a line for each stack whose state has changed since the last line.
fn tell(
    driver: &Driver<'_>,
    context: &Context,
    told: &mut BTreeMap<StackRef, String>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for planned in driver.progress.plan().stacks() {
        let Some(key) = show::standing(driver, &planned.stack).news() else {
            continue;
        };
        if told.insert(planned.stack.clone(), key.clone()) != Some(key) {
            let line = show::line(driver, &context.console, &planned.stack);
            writeln!(out, "{line}")?;
            out.flush()?;
        }
    }
    Ok(())
}

/// Prints what continues after an interruption, and what does not.
pub(super) fn interrupted(driver: &Driver<'_>, console: &Console) -> anyhow::Result<()> {
    let mut notes = std::io::stderr();
    if notes.is_terminal() {
        // The terminal has printed `^C` at the cursor.
        writeln!(notes)?;
    }
    writeln!(notes, "Interrupted. What has been started continues:")?;
    let stacks = driver.progress.plan().stacks();
    let mut n_waiting = 0;
    let mut n_going = 0;
    for planned in stacks {
        let run = driver.tracks[&planned.stack].run();
        match (driver.progress.step(&planned.stack), run) {
            (Step::Going, Some(run)) if !run.status.is_final() => {
                n_going += 1;
                let url = console.deployment(run).unwrap_or_default();
                writeln!(notes, "  {}  {url}", planned.stack.short())?;
            }
            (Step::Going | Step::Waiting, _) => n_waiting += 1,
            _ => {}
        }
    }
    if n_going == 0 {
        writeln!(notes, "  nothing")?;
    }
    if n_waiting > 0 {
        writeln!(
            notes,
            "Not started: {n_waiting} of {}. The same command continues.",
            stacks.len()
        )?;
    }
    Ok(())
}
