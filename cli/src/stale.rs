//! `auto-deploy stale`: the stacks that are behind those that they depend on.

use crate::context::CloudArguments;
use crate::exit::Exit;
use crate::look;
use crate::output::text::count;
use crate::output::{Cell, Screen, Table, time, write_json};
use crate::say;
use auto_deploy::cascade::{Answer, Reason, Verdict, words};
use auto_deploy::domain::StackRef;
use auto_deploy::survey::{Attention, Detail, Standing};
use serde_json::{Value, json};
use std::io::Write;

/// List the stacks that are behind their upstream stacks
///
/// A stack depends on those that start it by a webhook or through a join, and on those that it holds a StackReference to. It is behind if
/// one of these was updated after its own last update began, if its last run failed, or if one of these is behind, was
/// destroyed or does not exist. `auto-deploy why` explains one stack.
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
  1  some are behind
  2  the cloud could not be read, or not all of it

Examples:
  auto-deploy stale
  auto-deploy stale --json | jq -r '.[].stack'";

/// Prints them.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<Exit> {
    let (context, look) = look::open(&arguments.cloud, Detail::Edges).await?;
    let standing = look.standing(&context, &Attention::default()).await;
    let behind = behind(&standing);
    if arguments.json {
        let behind: Vec<Value> = behind
            .iter()
            .map(|(stack, answer)| json_of(stack, answer))
            .collect();
        write_json(out, &behind)?;
    } else {
        write(out, &behind)?;
    }
    if behind.is_empty() {
        // Stacks must not pass as up to date if something is unknown.
        if let Some(unavailable) = look
            .live
            .unavailable
            .as_ref()
            .or(standing.unavailable.as_ref())
        {
            return Err(unavailable.clone().into());
        }
    }
    Ok(Exit::findings_if(!behind.is_empty()))
}

/// The stacks that are behind.
pub(crate) fn behind(standing: &Standing) -> Vec<(&StackRef, &Answer)> {
    let answers = standing.decision.answers();
    answers.filter(|(_, answer)| answer.is_behind()).collect()
}

fn write(out: &mut impl Write, behind: &[(&StackRef, &Answer)]) -> anyhow::Result<()> {
    let mut notes = std::io::stderr();
    if behind.is_empty() {
        writeln!(
            notes,
            "Every stack is up to date with those that it depends on."
        )?;
        return Ok(());
    }
    let screen = Screen::of_stdout();
    let now = time::now();
    let mut table = Table::new(&["stack", "state", "because", "last succeeded"]);
    for (stack, answer) in behind {
        let succeeded = answer.good.and_then(|good| good.ended);
        table.push([
            Cell::plain(stack.short()),
            say::state(answer),
            Cell::plain(because(answer)),
            Cell::quiet(succeeded.map_or("never".to_owned(), |at| time::ago(at, now))),
        ]);
    }
    for line in table.lines(screen.width, screen.paint) {
        writeln!(out, "{line}")?;
    }
    writeln!(
        notes,
        "{} behind; `auto-deploy why STACK` explains one, and `auto-deploy run` brings a stack and all below it up to date.",
        if behind.len() == 1 {
            "1 stack is".to_owned()
        } else {
            format!("{} are", count(behind.len(), "stack"))
        }
    )?;
    Ok(())
}

/// Why a stack is behind: its own failure and news for it, or else what holds it back.
fn because(answer: &Answer) -> String {
    let failure = answer
        .has_failed()
        .then(|| "its last run failed".to_owned());
    let news = Some(words::news(answer)).filter(|news| !news.is_empty());
    let own: Vec<String> = [failure, news].into_iter().flatten().collect();
    if own.is_empty() || matches!(answer.verdict, Verdict::Not(Reason::Blocked(_))) {
        words::because(answer)
    } else {
        own.join(", ")
    }
}

pub(crate) fn json_of(stack: &StackRef, answer: &Answer) -> Value {
    let news = answer.news().map(|news| {
        json!({
            "stack": news.stack.to_string(),
            "version": news.good.map(|good| good.version),
            "updated": news.good.and_then(|good| good.ended),
        })
    });
    json!({
        "stack": stack.to_string(),
        "state": answer.as_str(),
        "because": because(answer),
        "hasFailed": answer.has_failed(),
        "updatedAfter": news.collect::<Vec<_>>(),
        "lastSucceeded": answer.good.and_then(|good| good.ended),
    })
}
