//! The output of a cascade: level by level on a screen, one line per change in a pipe, or JSON.
//!
//! # What this may not do
//!
//! Make a request: these are pure functions, apart from printing.

use crate::context::Console;
use crate::output::text::{count, wrap};
use crate::output::{Cell, Paint, Screen, Table, time, write_json};
use crate::say;
use auto_deploy::cascade::{Cascade, Row, Run, State, words};
use auto_deploy::cloud::Deployment;
use auto_deploy::domain::StackRef;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// How to print a cascade.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Show<'a> {
    pub(crate) console: &'a Console,
    pub(crate) json: bool,
}

impl Show<'_> {
    pub(super) fn once(
        &self,
        cascade: &Cascade,
        now: Timestamp,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        if self.json {
            return write_json(out, &self.of_cascade(cascade));
        }
        let screen = Screen::of_stdout();
        for line in self.lines(cascade, now, screen.width, screen.paint) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    /// The whole cascade, level by level.
    pub(super) fn lines(
        &self,
        cascade: &Cascade,
        now: Timestamp,
        width: Option<usize>,
        paint: Paint,
    ) -> Vec<String> {
        let link = |deployment: &Deployment| self.console.deployment(deployment);
        let with_links = table(cascade, now, link);
        // A link that is cut is useless, so only the number is shown.
        let table = if width.is_some_and(|width| with_links.width() > width) {
            table(cascade, now, |deployment| {
                Some(format!("#{}", deployment.version))
            })
        } else {
            with_links
        };
        let mut lines = table.lines(width, paint);
        lines.push(String::new());
        let began = time::ago(cascade.began, now);
        let end = format!("{} Began {began}.", summary(cascade));
        lines.extend(wrap(&end, width.unwrap_or(usize::MAX)));
        lines
    }

    /// Prints each stack whose state has changed since it was last printed.
    pub(super) fn tell(
        &self,
        cascade: &Cascade,
        told: &mut BTreeMap<StackRef, (State, usize)>,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        for row in &cascade.rows {
            let stands = (row.state.clone(), row.n_runs());
            if told.get(&row.stack) == Some(&stands) {
                continue;
            }
            let waits = matches!(
                row.state,
                State::Waiting(_) | State::Awaited(_) | State::Joining(_)
            );
            let is_news = !waits || told.contains_key(&row.stack);
            told.insert(row.stack.clone(), stands);
            if !is_news {
                continue;
            }
            if self.json {
                writeln!(out, "{}", self.row(row))?;
            } else {
                let note = note(row);
                let note = if note.is_empty() {
                    note
                } else {
                    format!(" ({note})")
                };
                writeln!(out, "{}: {}{note}", row.stack.short(), row.state.as_str())?;
            }
            out.flush()?;
        }
        Ok(())
    }

    /// The whole cascade as JSON.
    pub(crate) fn of_cascade(&self, cascade: &Cascade) -> Value {
        json!({
            "root": cascade.root.to_string(),
            "began": cascade.began,
            "ended": cascade.ended(),
            "isOver": cascade.is_over(),
            "isWell": cascade.is_well(),
            "stacks": cascade.rows.iter().map(|row| self.row(row)).collect::<Vec<_>>(),
        })
    }

    fn row(&self, row: &Row) -> Value {
        let because = row.state.because().into_iter().flatten();
        let because: Vec<String> = because.map(ToString::to_string).collect();
        let url = |deployment: &Deployment| self.console.deployment(deployment);
        let run = |run: &Run| {
            let deployment = run.deployment.as_ref();
            json!({
                "status": run.status.as_str(),
                "deployment": deployment.map(|deployment| &deployment.id),
                "version": deployment.map(|deployment| deployment.version),
                "initiator": deployment.map(|deployment| &deployment.initiator),
                "created": run.created,
                "began": run.began,
                "ended": run.ended,
                "url": deployment.and_then(url),
            })
        };
        json!({
            "stack": row.stack.to_string(),
            "level": row.level,
            "state": row.state.as_str(),
            "because": because,
            "note": note(row),
            "isOpen": row.is_open,
            "startedTwice": row.n_runs() > 1,
            "runs": row.runs.iter().map(run).collect::<Vec<_>>(),
        })
    }
}

/// The stacks, level by level.
fn table(cascade: &Cascade, now: Timestamp, link: impl Fn(&Deployment) -> Option<String>) -> Table {
    let mut table = Table::bare();
    for row in &cascade.rows {
        let indent = "  ".repeat(row.level);
        let last = row.runs.iter().rev().find(|run| run.counts);
        let took = last.and_then(|run| {
            let end = run.ended.unwrap_or(now);
            Some(time::took(time::between(run.began?, end)))
        });
        let mut note = note(row);
        if note.is_empty() {
            let deployment = last.and_then(|run| run.deployment.as_ref());
            note = deployment.and_then(&link).unwrap_or_default();
        }
        table.push([
            Cell::plain(format!("{indent}{}", row.stack.short())),
            Cell::new(say::tone_of_row(&row.state), row.state.as_str()),
            Cell::plain(took.unwrap_or_default()),
            Cell::quiet(note),
        ]);
    }
    table
}

fn note(row: &Row) -> String {
    let names = |stacks: &BTreeSet<StackRef>| {
        let names: Vec<String> = stacks.iter().map(StackRef::short).collect();
        names.join(", ")
    };
    match &row.state {
        State::Waiting(stacks) => format!("for {}", names(stacks)),
        State::Awaited(stacks) => format!("for the webhook of {}", names(stacks)),
        State::Joining(stacks) => format!("for its join, after {}", names(stacks)),
        State::Blocked(stacks) => format!("by {}", names(stacks)),
        State::NotStarted(stacks) => {
            format!("the webhook of {} has not started it", names(stacks))
        }
        State::MetLock(_) => "its deployment met another update of it".to_owned(),
        State::NotJoined(stacks) => {
            format!("its join has not started it after {}", names(stacks))
        }
        State::NotSent(stacks) => {
            format!(
                "no webhook has sent anything since {} was updated",
                names(stacks)
            )
        }
        State::NoWebhook(_) => "no webhook starts it".to_owned(),
        State::Paused(pauses) if pauses.organization => "the whole organization".to_owned(),
        State::Other(reason) if row.state.is_bad() => words::of(reason),
        _ => match row.n_runs() {
            0 | 1 => String::new(),
            2 => "started twice".to_owned(),
            n => format!("started {n} times"),
        },
    }
}

/// The number of stacks in each state, in a sentence or two.
pub(super) fn summary(cascade: &Cascade) -> String {
    let n = |is: fn(&Row) -> bool| cascade.rows.iter().filter(|row| is(row)).count();
    let mut parts = vec![format!(
        "{} of {} up to date",
        n(|row| row.state.is_satisfied()),
        count(cascade.rows.len(), "stack")
    )];
    for (n, word) in [
        (n(|row| row.is_open), "to come"),
        (
            n(|row| !row.is_open && row.state.is_bad()),
            "failed, blocked or not started",
        ),
        (n(|row| row.n_runs() > 1), "started more than once"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {word}"));
        }
    }
    let took = cascade
        .ended()
        .map(|ended| format!(", in {}", time::took(time::between(cascade.began, ended))));
    format!("{}{}.", parts.join(", "), took.unwrap_or_default())
}
