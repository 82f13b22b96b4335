//! `auto-deploy reconcile`: starts the stacks that may start, and explains why the others do not.

pub(crate) mod pass;

use crate::context::{CloudArguments, Context};
use crate::exit::Exit;
use crate::look::{self, Look};
use crate::output::text::count;
use crate::output::{time, write_json};
use auto_deploy::cloud::Operation;
use auto_deploy::domain::StackRef;
use auto_deploy::survey::{Attention, Detail, Standing};
use jiff::SignedDuration;
use pass::{Limits, Move, Row};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::num::{NonZeroU64, NonZeroUsize};
use std::time::Duration;

/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// Start every stack that is due and may start, and explain why the others are not started
///
/// One look at the organization: a stack is started if an upstream stack was updated after it, everything above it is at
/// rest, and it can be deployed. Run it from a schedule to make up for webhooks that were lost, deployments that were
/// cancelled and pauses that ended.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    cloud: CloudArguments,
    /// Start nothing, and show what would be started
    #[arg(long)]
    dry_run: bool,
    /// Look again until everything is at rest
    #[arg(long, conflicts_with = "dry_run")]
    watch: bool,
    /// How long to wait for a webhook or a join to start a stack before this command starts it
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    grace: u32,
    /// How many stacks one look may start
    #[arg(long, value_name = "N", default_value = "50")]
    max_starts: NonZeroUsize,
    /// Start stacks although some could not be read
    #[arg(long)]
    incomplete: bool,
    /// Print one JSON object at the end instead of text
    #[arg(long)]
    json: bool,
    /// How long to wait between two looks
    #[arg(long, value_name = "MILLISECONDS", hide = true)]
    pause: Option<NonZeroU64>,
}

const HELP: &str = "\
Exit status:
  0  every stack is up to date, on its way or was started
  1  a stack is stuck: blocked, failed, paused or without settings, or could not be started
  2  the cloud could not be read, or not all of it

Examples:
  auto-deploy reconcile --dry-run
  auto-deploy reconcile --watch
  auto-deploy reconcile --json | jq -r '.started[].stack'";

/// What the command has done.
#[derive(Debug, Default)]
struct Done {
    /// The stacks that were started, with their deployments, in order.
    started: Vec<(StackRef, String)>,
    /// Why others could not be started.
    refused: BTreeMap<StackRef, String>,
    /// The last message about each stack.
    told: BTreeMap<StackRef, String>,
}

/// Runs the command.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<Exit> {
    let (context, look) = look::open(&arguments.cloud, Detail::Edges).await?;
    let limits = Limits {
        grace: SignedDuration::from_secs(arguments.grace.into()),
        max_starts: arguments.max_starts.get(),
    };
    let pause = arguments
        .pause
        .map_or(PAUSE, |pause| Duration::from_millis(pause.get()));
    let mut done = Done::default();
    loop {
        let standing = standing(&context, &look).await?;
        let unavailable = look.live.unavailable.as_ref();
        let unavailable = unavailable.or(standing.unavailable.as_ref());
        if let Some(unavailable) = unavailable.filter(|_| !arguments.incomplete) {
            let error = anyhow::Error::from(unavailable.clone());
            return Err(error.context(
                "some stacks could not be read, so one might be started too early; nothing was started by this look: fix \
                 that, or run this again with `--incomplete`",
            ));
        }
        let rows = pass::rows(&look, &standing, time::now(), limits);
        for row in &rows {
            if row.next == Move::Start && !arguments.dry_run {
                start(&context, row.stack, &mut done).await;
            }
            if !arguments.json {
                tell(&context, row, &arguments, &mut done, out)?;
            }
        }
        let moves =
            |row: &&Row<'_>| row.next != Move::Stuck && !done.refused.contains_key(row.stack);
        if arguments.watch && rows.iter().any(|row| moves(&row)) {
            tokio::time::sleep(pause).await;
            continue;
        }
        let n_stuck = rows.iter().filter(|row| row.next == Move::Stuck).count();
        conclude(&context, &rows, &done, &arguments, out)?;
        return Ok(Exit::findings_if(n_stuck > 0 || !done.refused.is_empty()));
    }
}

/// The state of all stacks. For those that may start, and those above them, it is based on their own histories.
async fn standing(context: &Context, look: &Look) -> anyhow::Result<Standing> {
    let names: BTreeSet<StackRef> = look.stacks.keys().cloned().collect();
    let stacks = look.last_updates(context, &names).await?;
    let mut attention = Attention::default();
    loop {
        let standing = look.standing_of(context, &stacks, &attention).await;
        let starts = standing
            .decision
            .answers()
            .filter(|(_, answer)| answer.starts());
        let wanted: BTreeSet<StackRef> = starts
            .flat_map(|(stack, answer)| {
                let upstream = answer.upstream.iter().map(|upstream| &upstream.stack);
                upstream.chain([stack]).cloned().collect::<Vec<_>>()
            })
            .collect();
        if wanted.is_subset(&attention.closely) {
            return Ok(standing);
        }
        attention.closely.extend(wanted);
    }
}

async fn start(context: &Context, stack: &StackRef, done: &mut Done) {
    if done.refused.contains_key(stack) {
        return;
    }
    match context
        .client
        .start_deployment(stack, Operation::Update)
        .await
    {
        Ok(deployment) => done.started.push((stack.clone(), deployment)),
        Err(error) => drop(done.refused.insert(stack.clone(), error.to_string())),
    }
}

/// Prints what happens to a stack, if that is new.
fn tell(
    context: &Context,
    row: &Row<'_>,
    arguments: &Arguments,
    done: &mut Done,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let because = row.because();
    let (word, because) = match (&row.next, done.refused.get(row.stack)) {
        (Move::Start, Some(error)) => ("not started", error.clone()),
        (Move::Start, None) if arguments.dry_run => ("would be started", because),
        (Move::Start, None) => ("started", because),
        (Move::LeftToWebhook | Move::LeftToJoin | Move::HeldBack, _) => {
            (row.next.as_str(), because)
        }
        (Move::Waits | Move::Stuck, _) => (row.answer.as_str(), because),
    };
    let line = format!("{}: {word} ({because})", row.stack.short());
    if done.told.insert(row.stack.clone(), line.clone()) != Some(line.clone()) {
        let page = context.console.stack(row.stack).unwrap_or_default();
        writeln!(out, "{}", format!("{line}  {page}").trim_end())?;
        out.flush()?;
    }
    Ok(())
}

fn conclude(
    context: &Context,
    rows: &[Row<'_>],
    done: &Done,
    arguments: &Arguments,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    if arguments.json {
        let row = |row: &Row<'_>| {
            json!({
                "stack": row.stack.to_string(),
                "state": row.answer.as_str(),
                "because": row.because(),
                "next": row.next.as_str(),
                "error": done.refused.get(row.stack),
                "url": context.console.stack(row.stack),
            })
        };
        let started = done.started.iter().map(
            |(stack, deployment)| json!({"stack": stack.to_string(), "deployment": deployment}),
        );
        let all: Value = json!({
            "dryRun": arguments.dry_run,
            "started": started.collect::<Vec<_>>(),
            "stacks": rows.iter().map(row).collect::<Vec<_>>(),
        });
        return write_json(out, &all);
    }
    let n = |next: &Move| rows.iter().filter(|row| row.next == *next).count();
    let (word, n_started) = if arguments.dry_run {
        ("would be started", n(&Move::Start))
    } else {
        ("started", done.started.len())
    };
    writeln!(
        std::io::stderr(),
        "{} {word}, {} waiting, {} stuck; `auto-deploy why STACK` explains one.",
        count(n_started, "stack"),
        n(&Move::Waits) + n(&Move::LeftToWebhook) + n(&Move::LeftToJoin) + n(&Move::HeldBack),
        n(&Move::Stuck)
    )?;
    Ok(())
}
