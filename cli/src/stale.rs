//! `auto-deploy stale`: the stacks that are behind those that they depend on.

use crate::context::CloudArguments;
use crate::exit::Exit;
use crate::look;
use crate::output::style::Tone;
use crate::output::text::count;
use crate::output::{Cell, Screen, Table, time, write_json};
use auto_deploy::cascade::{Runs, Staleness, Why};
use auto_deploy::domain::StackRef;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;

/// List the stacks whose upstream stacks were updated after them
///
/// A stack depends on those that start it by a webhook, and on those that it holds a StackReference to. It is stale if
/// one of these was updated after it, if its last run failed, or if one of these is stale itself.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    cloud: CloudArguments,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Exit status:
  0  every stack is up to date
  1  some are stale
  2  it could not be looked at

Examples:
  auto-deploy stale
  auto-deploy stale --json | jq -r '.[].stack'";

/// Lists them.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<Exit> {
    let (context, look) = look::open(&arguments.cloud).await?;
    let history = look.history(&context).await?;
    let staleness = Staleness::of(&look.edges, &history);
    if arguments.json {
        let stacks = staleness.stacks();
        write_json(
            out,
            &stacks
                .map(|(stack, why)| json_of(stack, why, &history))
                .collect::<Vec<_>>(),
        )?;
    } else {
        write(out, &staleness, &history)?;
    }
    Ok(Exit::findings_if(staleness.stacks().len() > 0))
}

fn write(out: &mut impl Write, staleness: &Staleness, history: &Runs) -> anyhow::Result<()> {
    let mut notes = std::io::stderr();
    let n = staleness.stacks().len();
    if n == 0 {
        writeln!(
            notes,
            "Every stack is up to date with those that it depends on."
        )?;
        return Ok(());
    }
    let screen = Screen::of_stdout();
    let now = time::now();
    let mut table = Table::new(&["stack", "stale because", "updated"]);
    for (stack, why) in staleness.stacks() {
        let updated = history.last_success(stack).and_then(|run| run.ended);
        table.push([
            Cell::plain(stack.short()),
            Cell::new(tone(why), reasons(why)),
            Cell::quiet(updated.map_or("never".to_owned(), |at| time::ago(at, now))),
        ]);
    }
    for line in table.lines(screen.width, screen.paint) {
        writeln!(out, "{line}")?;
    }
    writeln!(
        notes,
        "{} stale; `auto-deploy run` brings a stack and all below it up to date.",
        if n == 1 {
            "1 stack is".to_owned()
        } else {
            format!("{} are", count(n, "stack"))
        }
    )?;
    Ok(())
}

fn tone(why: &BTreeSet<Why>) -> Tone {
    if why.contains(&Why::Failed) {
        Tone::Bad
    } else {
        Tone::Odd
    }
}

/// The reasons in words; being behind a stale stack is only told if there is no other.
fn reasons(why: &BTreeSet<Why>) -> String {
    let is_direct = |why: &&Why| !matches!(why, Why::Behind(_));
    let has_direct = why.iter().any(|why| is_direct(&why));
    let told = why.iter().filter(|why| !has_direct || is_direct(why));
    let words = told.map(|why| match why {
        Why::Failed => "its last run failed".to_owned(),
        Why::UpdatedAfter(upstream) => format!("{} was updated after it", upstream.short()),
        Why::NeverUpdated(upstream) => {
            format!("{} was updated, and it never was", upstream.short())
        }
        Why::Behind(upstream) => format!("{} is stale", upstream.short()),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn json_of(stack: &StackRef, why: &BTreeSet<Why>, history: &Runs) -> Value {
    let why = why.iter().map(|why| match why {
        Why::Failed => json!({"reason": "failed"}),
        Why::UpdatedAfter(upstream) => {
            json!({"reason": "updatedAfter", "upstream": upstream.to_string()})
        }
        Why::NeverUpdated(upstream) => {
            json!({"reason": "neverUpdated", "upstream": upstream.to_string()})
        }
        Why::Behind(upstream) => json!({"reason": "behind", "upstream": upstream.to_string()}),
    });
    json!({
        "stack": stack.to_string(),
        "updated": history.last_success(stack).and_then(|run| run.ended),
        "why": why.collect::<Vec<_>>(),
    })
}
