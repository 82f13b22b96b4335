//! `auto-deploy run`: brings a stack and everything that depends on it up to date, in order.

mod drive;
mod show;

use crate::context::{CloudArguments, Context};
use crate::exit::Exit;
use crate::look::{self, Look};
use crate::output::text::count;
use crate::output::{Live, Screen, time, write_json};
use anyhow::Context as _;
use auto_deploy::cascade::{Answer, Reason, RunPlan, Step};
use auto_deploy::cloud::{Operation, Pauses};
use auto_deploy::domain::StackRef;
use auto_deploy::graph::Edge;
use auto_deploy::survey::{Attention, Detail};
use drive::{Driver, Options};
use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZeroU64;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the cloud is asked: at first, and at the most.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// Bring a stack, and all stacks that depend on it, up to date
///
/// Starts deployments in the order in which the stacks depend on each other, by webhooks or by StackReferences. A stack
/// is started when all stacks before it have run well, and once. Below a failure nothing is started.
///
/// Stacks that are up to date already are left out, so that a second run goes on where a failure has stopped the first.
/// If everything is up to date, everything runs.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct Arguments {
    /// The stack to begin with
    #[arg(value_name = "PROJECT/STACK")]
    stack: String,
    #[command(flatten)]
    cloud: CloudArguments,
    /// Leave out the stack itself, and begin with those that depend on it
    #[arg(long)]
    downstream_only: bool,
    /// Preview every stack instead of updating it
    #[arg(long)]
    preview: bool,
    /// Run stacks that are up to date, too
    #[arg(long)]
    all: bool,
    /// Never pause deployments: webhooks may then start a stack too early, and more than once
    #[arg(long)]
    no_hold: bool,
    /// Resume deployments that are paused, such as by a run that was killed, before anything is started
    #[arg(long)]
    resume: bool,
    /// How long a webhook may take to start a deployment, before this command starts one
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    webhook_wait: NonZeroU64,
    /// Print one JSON object at the end instead of text
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
What webhooks do meanwhile:
  A webhook starts its stack as soon as the stack before it was updated, and this command takes that deployment for \
the stack's run. Where webhooks would start a stack too early or more than once, as at the end of a diamond, its \
deployments are paused until all stacks before it have run; then the newest one that waits is kept, the others are \
taken out of the queue, and the pause ends. The pause ends as well when the command fails or is interrupted. If it is \
killed, `--resume` ends it the next time. No webhook and no setting is changed.

Exit status:
  0  every stack ran well
  1  a stack failed, so that those below it were left out
  2  the run could not begin, or was lost sight of
  130  interrupted; what has been started goes on

Examples:
  auto-deploy run network/prod
  auto-deploy run network/prod --downstream-only
  auto-deploy run network/prod --preview
  auto-deploy run network/prod --json > run.json";

/// Runs the stacks; on an interruption it leaves them to themselves.
pub(crate) async fn run(
    arguments: Arguments,
    out: &mut impl Write,
    interrupted: &CancellationToken,
) -> anyhow::Result<Exit> {
    let context = Context::open(&arguments.cloud).await?;
    let root = context.stack(&arguments.stack)?;
    let look = look::look(&context, Detail::Edges).await?;
    if !look.stacks.contains_key(&root) {
        anyhow::bail!(
            "there is no stack `{root}`, or the access token may not see it; `auto-deploy graph --org {}` lists those \
             that there are",
            context.organization
        );
    }
    let plan = plan(&context, &arguments, &look, &root).await?;
    if plan.stacks().is_empty() {
        writeln!(std::io::stderr(), "Nothing depends on {}.", root.short())?;
        return Ok(Exit::Well);
    }
    if arguments.resume {
        for planned in plan.stacks() {
            let pauses = context.client.deployment_pauses(&planned.stack).await?;
            if pauses.is_some_and(Pauses::any) {
                context.client.resume_deployments(&planned.stack).await?;
            }
        }
    }
    let options = Options {
        operation: operation(&arguments),
        webhook_wait: Duration::from_secs(arguments.webhook_wait.get()),
        may_hold: !arguments.no_hold,
    };
    let mut driver = Driver::new(&context, options, plan).await?;
    let held = driver.hold().await.context(
        "webhooks would start stacks out of turn, and deployments cannot be paused to prevent it; `--no-hold` goes \
         without",
    );
    let screen = Screen::of_stdout();
    let done = match held {
        Ok(()) => follow(&mut driver, &arguments, screen, out, interrupted).await,
        Err(error) => Err(error),
    };
    let is_over = driver.progress.is_over();
    // Whatever came between: nothing stays paused.
    let released = driver.release(is_over).await;
    let is_interrupted = done?;
    released
        .context("a pause of deployments could not be ended; `--resume` ends it the next time")?;
    if is_interrupted {
        return Ok(Exit::Interrupted);
    }
    if arguments.json {
        write_json(out, &show::json(&driver, &context.console))?;
    } else {
        conclude(&driver, out)?;
    }
    Ok(Exit::findings_if(!driver.progress.is_well()))
}

fn operation(arguments: &Arguments) -> Operation {
    if arguments.preview {
        Operation::Preview
    } else {
        Operation::Update
    }
}

/// Which stacks are to run.
async fn plan(
    context: &Context,
    arguments: &Arguments,
    look: &Look,
    root: &StackRef,
) -> anyhow::Result<RunPlan> {
    let webhooks: Vec<Edge> = look
        .webhooks
        .iter()
        .filter(|webhook| webhook.starts.is_certain())
        .map(|webhook| webhook.edge.clone())
        .collect();
    let is_wanted = |stack: &StackRef| !(arguments.downstream_only && stack == root);
    let everything = RunPlan::new(&look.edges, &webhooks, root, is_wanted)?;
    if arguments.all || arguments.preview {
        return Ok(everything);
    }
    let stacks = everything.stacks().iter().map(|planned| &planned.stack);
    let attention = Attention {
        closely: stacks.chain([root]).cloned().collect(),
        ..Attention::default()
    };
    let standing = look.standing(context, &attention).await;
    let has_begun = standing
        .decision
        .answer(root)
        .is_some_and(|answer| answer.good.is_some());
    let is_to_run = |stack: &StackRef| standing.decision.answer(stack).is_some_and(is_to_run);
    let n_stale = everything
        .stacks()
        .iter()
        .filter(|planned| is_to_run(&planned.stack))
        .count();
    let n_current = everything.stacks().len() - n_stale;
    if !has_begun || n_stale == 0 || n_current == 0 {
        return Ok(everything);
    }
    writeln!(
        std::io::stderr(),
        "Going on: {} up to date already and left out; `--all` runs everything.",
        if n_current == 1 {
            "1 stack is".to_owned()
        } else {
            format!("{n_current} stacks are")
        }
    )?;
    Ok(RunPlan::new(&look.edges, &webhooks, root, |stack| {
        is_wanted(stack) && is_to_run(stack)
    })?)
}

/// Whether a run that goes on has something to do with a stack: it is behind, or was never updated.
fn is_to_run(answer: &Answer) -> bool {
    answer.is_stale || matches!(answer.reason(), Some(Reason::NeverDeployed))
}

/// Carries the plan out and shows how far it is, until it is over. True if it was interrupted.
async fn follow(
    driver: &mut Driver<'_>,
    arguments: &Arguments,
    screen: Screen,
    out: &mut impl Write,
    interrupted: &CancellationToken,
) -> anyhow::Result<bool> {
    let context = Context::clone(driver.context());
    let mut live = (screen.is_terminal && !arguments.json).then(Live::new);
    let mut told = BTreeMap::new();
    let mut pause = FIRST_PAUSE;
    loop {
        if let Some(live) = &mut live {
            let width = Screen::of_stdout().width;
            let lines = show::lines(driver, &context.console, width, screen.paint, time::now());
            live.draw(&lines)?;
        } else if !arguments.json {
            tell(driver, &context, &mut told, out)?;
        }
        if driver.progress.is_over() {
            return Ok(false);
        }
        let step = async {
            let stepped = driver.step().await;
            if stepped.is_ok() && !driver.progress.is_over() {
                tokio::time::sleep(pause).await;
            }
            stepped
        };
        let stepped = tokio::select! {
            stepped = step => stepped,
            () = interrupted.cancelled() => return Ok(true),
        };
        stepped.context("the run was lost sight of; what has been started goes on")?;
        pause = (pause * 5 / 4).min(LAST_PAUSE);
    }
}

/// Prints a line for each stack that stands differently than when it was told last.
fn tell(
    driver: &Driver<'_>,
    context: &Context,
    told: &mut BTreeMap<StackRef, &'static str>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for planned in driver.progress.plan().stacks() {
        let word = show::standing(driver, &planned.stack).word;
        if word != "waiting" && told.insert(planned.stack.clone(), word) != Some(word) {
            writeln!(
                out,
                "{}",
                show::line(driver, &context.console, &planned.stack)
            )?;
            out.flush()?;
        }
    }
    Ok(())
}

/// Says how it went.
fn conclude(driver: &Driver<'_>, out: &mut impl Write) -> anyhow::Result<()> {
    let stacks = driver.progress.plan().stacks();
    let of = |is: fn(&Step) -> bool| {
        let those = stacks
            .iter()
            .filter(|planned| is(driver.progress.step(&planned.stack)));
        those
            .map(|planned| planned.stack.short())
            .collect::<Vec<_>>()
    };
    let well = of(|step| *step == Step::Ended(auto_deploy::cascade::Outcome::Succeeded));
    let failed = of(|step| *step == Step::Ended(auto_deploy::cascade::Outcome::Failed));
    let skipped = of(|step| matches!(step, Step::Skipped(_)));
    writeln!(out)?;
    writeln!(out, "{} succeeded.", count(well.len(), "stack"))?;
    if !failed.is_empty() {
        writeln!(out, "Failed: {}.", failed.join(", "))?;
    }
    if !skipped.is_empty() {
        writeln!(out, "Skipped, and not up to date: {}.", skipped.join(", "))?;
    }
    for stack in driver.repeated() {
        writeln!(
            out,
            "{} ran {} times: a webhook started it as well.",
            stack.short(),
            driver.tracks[stack].n_runs()
        )?;
    }
    if !failed.is_empty() {
        writeln!(
            out,
            "When it is mended, run this again: it goes on from there."
        )?;
    }
    Ok(())
}
