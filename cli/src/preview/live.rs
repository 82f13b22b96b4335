//! The progress of running previews: redrawn in place on a terminal, one line per change in a pipe.

use super::round::{Round, Step};
use super::shown::{headline, link};
use crate::context::Console;
use crate::output::style::Tone;
use crate::output::time::{between, took};
use crate::output::{Cell, Paint, Table};
use auto_deploy::cascade::preview::{Result, Row};
use auto_deploy::cloud::DeploymentStatus;

/// The line about a stack in a pipe.
pub(super) struct Line {
    /// Differs from the previous line's key if there is something new to print.
    pub(super) key: String,
    pub(super) text: String,
}

/// The state of a stack in words.
fn standing(step: &Step, row: &Row) -> (Tone, String) {
    match step {
        Step::Waiting => (Tone::Quiet, "waiting".to_owned()),
        Step::Behind => (
            Tone::Odd,
            "waiting for a preview that someone else has queued".to_owned(),
        ),
        Step::Going { status, .. } => match status {
            None | Some(DeploymentStatus::Queued) => (Tone::Busy, "queued".to_owned()),
            Some(_) => (Tone::Busy, "running".to_owned()),
        },
        Step::Done => headline(row),
    }
}

/// The line about a stack; `None` while there is nothing to print.
pub(super) fn line(step: &Step, row: &Row, console: &Console) -> Option<Line> {
    if matches!(step, Step::Waiting) {
        return None;
    }
    let (_, word) = standing(step, row);
    let link = link(row, console).unwrap_or_default();
    let took = duration(step, row).filter(|_| matches!(step, Step::Done));
    let took = took.map_or_else(String::new, |took| format!(" in {took}"));
    let text = format!("{}: {word}{took}  {link}", row.stack.short());
    Some(Line {
        text: text.trim_end().to_owned(),
        key: word,
    })
}

/// All stacks, layer by layer.
pub(super) fn lines(round: &Round<'_>, width: Option<usize>, paint: Paint) -> Vec<String> {
    let mut table = Table::bare();
    for (member, step, row) in round.all() {
        let (tone, word) = standing(step, row);
        let link = link(row, &round.context.console);
        table.push([
            Cell::plain(format!(
                "{}{}",
                "  ".repeat(member.layer),
                member.stack.short()
            )),
            Cell::new(tone, word),
            Cell::plain(duration(step, row).unwrap_or_default()),
            Cell::quiet(link.unwrap_or_default()),
        ]);
    }
    table.lines(width, paint)
}

/// How long it took or has been running.
fn duration(step: &Step, row: &Row) -> Option<String> {
    match step {
        Step::Going { since, .. } => Some(took(since.elapsed())),
        Step::Done if !matches!(row.result(), Result::NotPreviewed | Result::NotStarted) => {
            Some(took(between(row.times.began?, row.times.ended?)))
        }
        _ => None,
    }
}
