//! `auto-deploy run`: brings a stack and everything that depends on it up to date, in order.

pub(crate) mod choice;
mod destroy;
mod drive;
mod follow;
pub(crate) mod gate;
mod hold;
mod show;
mod start;
pub(crate) mod track;

use crate::context::{CloudArguments, Context};
use crate::exit::Exit;
use crate::look::{self, Look};
use crate::output::write_json;
use anyhow::Context as _;
use auto_deploy::cloud::Operation;
use auto_deploy::domain::StackRef;
use auto_deploy::survey::Detail;
use choice::Wish;
use drive::{Driver, Options, Scene};
use hold::{Cleared, Manner, Owner};
use std::collections::BTreeSet;
use std::io::Write;
use std::num::NonZeroU64;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the graph is read again to find new stacks.
const MAX_ROUNDS: usize = 10;

/// What to do with each stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// Bring it up to date.
    Update,
    /// Remove everything.
    Destroy,
}

/// Bring a stack, and all stacks that depend on it, up to date
///
/// Starts deployments in the order in which the stacks depend on each other, by webhooks or by StackReferences. A stack
/// is started once, when all stacks before it have succeeded. Nothing is started below a failure.
///
/// Stacks that are up to date are left out, so a second run continues where a failure stopped the first. If everything is
/// up to date, everything runs.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct Arguments {
    /// The stack that runs first
    #[arg(value_name = "PROJECT/STACK")]
    stack: String,
    #[command(flatten)]
    cloud: CloudArguments,
    /// Leave out the stack itself, and begin with those that depend on it
    #[arg(long)]
    downstream_only: bool,
    /// Gone: it is its own command
    #[arg(long, hide = true)]
    preview: bool,
    /// What to do with each stack. `destroy` begins with the last stacks: each is destroyed after everything that depends on it
    #[arg(long, value_enum, default_value_t = What::Update)]
    operation: What,
    /// Destroy without asking for the name of the first stack
    #[arg(long)]
    yes: bool,
    /// Also run stacks that are up to date
    #[arg(long)]
    all: bool,
    /// Never pause deployments: webhooks may then start a stack too early, and more than once
    #[arg(long)]
    no_hold: bool,
    /// First resume the deployments of these stacks, even if someone else paused them
    #[arg(long)]
    resume: bool,
    /// Do not wait for another run that holds some of the stacks
    #[arg(long)]
    no_wait: bool,
    /// Run although some of the stacks could not be read; some may be missed or run twice
    #[arg(long)]
    incomplete: bool,
    /// How long to wait for a webhook to start a deployment before this command starts one
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    webhook_wait: NonZeroU64,
    /// How long to wait where the cloud cannot be reached, or someone else is updating a stack
    #[arg(long, value_name = "SECONDS", default_value = "600")]
    patience: NonZeroU64,
    /// How long a run that holds stacks may be silent until another one takes over
    #[arg(long, value_name = "SECONDS", default_value = "60", hide = true)]
    lease: NonZeroU64,
    /// Print one JSON object at the end instead of text
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
What webhooks do meanwhile:
  A webhook starts its stack as soon as the stack before it was updated, and this command takes that deployment for \
the stack's run. Where webhooks would start a stack too early or more than once, as at the end of a diamond, its \
deployments are paused until all stacks before it have run. Then the newest deployment that waits is kept, the others \
are taken out of the queue, and the pause ends. The pause also ends when the command fails or is interrupted. A tag on \
the stack says which run holds it. Another run waits until that one ends; if that one was killed, it takes the pause \
over. No webhook and no setting is changed.

What else may happen meanwhile:
  If someone else is updating a stack, the command waits and then starts it. If the cloud cannot be reached, it tries \
again. `--patience` limits both. Stacks that come to depend on these during the run are run as well.

Destroying:
  With `--operation destroy`, nothing begins while a stack outside of the run refers to one of its stacks, or while a webhook would start one again. A stack is destroyed only after everything below it is gone, and not if a stack outside of the run refers to it by then. Stacks that are destroyed already are left out.

Exit status:
  0  every stack succeeded
  1  a stack failed, and those below it were left out
  2  the run could not begin, or could not be followed to its end
  130  interrupted; what has been started continues

Examples:
  auto-deploy run network/prod
  auto-deploy run network/prod --downstream-only
  auto-deploy run network/prod --operation destroy
  auto-deploy run network/prod --json > run.json";

/// A run, from its first look to its end.
struct Session<'a> {
    wish: Wish<'a>,
    arguments: &'a Arguments,
    options: Options,
    interrupted: &'a CancellationToken,
}

/// The beginning of a round.
enum Begun<'a> {
    /// A plan, whose stacks are held where necessary.
    Driver(Box<Driver<'a>>),
    /// There is nothing to do.
    Nothing,
    /// It was interrupted before anything was started.
    Interrupted,
}

/// Runs the stacks. After an interruption, the started ones continue on the cloud.
pub(crate) async fn run(
    arguments: Arguments,
    out: &mut impl Write,
    interrupted: &CancellationToken,
) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        !arguments.preview,
        "`run --preview` is now `auto-deploy preview {}`: it shows what a change would do below as well",
        arguments.stack
    );
    let destroys = arguments.operation == What::Destroy;
    if destroys {
        anyhow::ensure!(
            !arguments.incomplete,
            "`--incomplete` cannot be combined with `--operation destroy`: a stack that cannot be read may depend on one of \
             these"
        );
        if !arguments.yes {
            destroy::can_ask()?;
        }
    }
    let context = Context::open(&arguments.cloud).await?;
    let session = Session {
        wish: Wish {
            context: &context,
            root: context.stack(&arguments.stack)?,
            leaves_out_root: arguments.downstream_only,
            takes_all: arguments.all,
        },
        options: options(&arguments),
        arguments: &arguments,
        interrupted,
    };
    let mut rounds: Vec<Driver<'_>> = Vec::new();
    while rounds.len() < MAX_ROUNDS {
        let driver = match session.begin(&rounds).await? {
            Begun::Driver(driver) => *driver,
            Begun::Nothing => break,
            Begun::Interrupted => {
                writeln!(
                    std::io::stderr(),
                    "Interrupted before anything more was started."
                )?;
                return Ok(Exit::Interrupted);
            }
        };
        let Some(driver) = session.carry_out(driver, out).await? else {
            return Ok(Exit::Interrupted);
        };
        let is_well = driver.progress.is_well();
        rounds.push(driver);
        // Nothing follows a destroy.
        if !is_well || destroys {
            break;
        }
    }
    if rounds.is_empty() {
        let root = session.wish.root.short();
        let nothing = match arguments.operation {
            What::Update => format!("Nothing depends on {root}."),
            What::Destroy => "Nothing is left to destroy.".to_owned(),
        };
        writeln!(std::io::stderr(), "{nothing}")?;
        return Ok(Exit::Well);
    }
    if arguments.json {
        write_json(out, &show::json(&rounds, &context.console))?;
    } else {
        show::conclude(&rounds, &context.console, out)?;
    }
    let is_well = rounds.iter().all(|driver| driver.progress.is_well());
    Ok(Exit::findings_if(!is_well))
}

fn options(arguments: &Arguments) -> Options {
    Options {
        operation: match arguments.operation {
            What::Destroy => Operation::Destroy,
            What::Update => Operation::Update,
        },
        webhook_wait: Duration::from_secs(arguments.webhook_wait.get()),
        patience: Duration::from_secs(arguments.patience.get()),
        may_hold: !arguments.no_hold,
    }
}

impl<'a> Session<'a> {
    /// Another run may have changed something.
    async fn begin(&self, rounds: &[Driver<'_>]) -> anyhow::Result<Begun<'a>> {
        loop {
            let look = self.look().await?;
            let inside = self.inside(&look)?;
            let plan = if self.destroys() {
                destroy::ensure_free(&look, &inside)?;
                choice::to_destroy(&self.wish, &look).await?
            } else if rounds.is_empty() {
                choice::first(&self.wish, &look).await?
            } else {
                choice::further(&self.wish, &look, rounds).await?
            };
            if plan.stacks().is_empty() {
                return Ok(Begun::Nothing);
            }
            let cleared = tokio::select! {
                cleared = hold::clear(self.wish.context, plan.stacks(), self.manner()) => cleared?,
                () = self.interrupted.cancelled() => return Ok(Begun::Interrupted),
            };
            // What another run has done counts.
            if cleared.has_waited {
                continue;
            }
            if self.destroys() && !self.arguments.yes {
                tokio::select! {
                    confirmed = destroy::confirm(&plan, &self.wish.root) => confirmed?,
                    () = self.interrupted.cancelled() => return Ok(Begun::Interrupted),
                }
            }
            let scene = Scene {
                root: self.wish.root.clone(),
                look,
                inside,
                plan,
            };
            if let Some(driver) = self.hold(scene, &cleared).await? {
                return Ok(Begun::Driver(Box::new(driver)));
            }
        }
    }

    /// The current state of the organization.
    async fn look(&self) -> anyhow::Result<Look> {
        let look = look::look(self.wish.context, Detail::Edges).await?;
        anyhow::ensure!(
            look.stacks.contains_key(&self.wish.root),
            "there is no stack `{}`, or the access token may not see it; `auto-deploy graph --org {}` lists those that \
             there are",
            self.wish.root,
            self.wish.context.organization
        );
        anyhow::ensure!(
            look.live.unavailable.is_none() || !self.destroys(),
            "some stacks could not be read, so one of them may depend on a stack of this run; fix that, then run this again"
        );
        anyhow::ensure!(
            look.live.unavailable.is_none() || self.arguments.incomplete,
            "some stacks could not be read, so a webhook might start a stack a second time, or a stack be left out; fix \
             that, or run this again with `--incomplete`"
        );
        Ok(look)
    }

    /// The stacks of a destroying run, among which some may depend on others; empty for any other run.
    fn inside(&self, look: &Look) -> anyhow::Result<BTreeSet<StackRef>> {
        if self.destroys() {
            choice::inside(&self.wish, look)
        } else {
            Ok(BTreeSet::new())
        }
    }

    fn destroys(&self) -> bool {
        self.options.operation == Operation::Destroy
    }

    fn manner(&self) -> Manner {
        Manner {
            resumes: self.arguments.resume,
            waits: !self.arguments.no_wait,
            may_hold: self.options.may_hold && self.options.operation == Operation::Update,
        }
    }

    /// Holds the stacks where necessary; `None` if another run was faster.
    async fn hold(&self, scene: Scene, cleared: &Cleared) -> anyhow::Result<Option<Driver<'a>>> {
        let context = self.wish.context;
        let mut driver = Driver::new(context, self.options, scene, &cleared.adopted).await?;
        if !driver.needs_hold() {
            return Ok(Some(driver));
        }
        let lease = Duration::from_secs(self.arguments.lease.get());
        let owner = Owner::of_this(context, lease).await;
        let other = match driver.hold(owner).await {
            Ok(other) => other,
            Err(error) => {
                let error = anyhow::Error::from(error).context(
                    "webhooks would start stacks out of turn, and deployments cannot be paused to prevent it; \
                     `--no-hold` does without",
                );
                self.release(&mut driver, false).await?;
                return Err(error);
            }
        };
        if other.is_some() {
            self.release(&mut driver, false).await?;
            return Ok(None);
        }
        Ok(Some(driver))
    }

    /// Executes a plan; `None` if it was interrupted. Whatever happens, no stack stays paused without a message.
    async fn carry_out(
        &self,
        mut driver: Driver<'a>,
        out: &mut impl Write,
    ) -> anyhow::Result<Option<Driver<'a>>> {
        let done = follow::follow(&mut driver, self.arguments.json, out, self.interrupted).await;
        let is_over = driver.progress.is_over();
        let is_interrupted = matches!(done, Ok(true));
        if is_interrupted {
            follow::interrupted(&driver, &self.wish.context.console)?;
        }
        let held = driver.held();
        let released = self.release(&mut driver, is_over).await;
        if is_interrupted && released.is_ok() && !held.is_empty() {
            let names: Vec<String> = held.iter().map(StackRef::short).collect();
            writeln!(std::io::stderr(), "Resumed: {}.", names.join(", "))?;
        }
        if let Err(error) = done {
            let error = error.context(
                "the run could not be followed any longer; what has been started continues",
            );
            // Both errors are important.
            return Err(match released {
                Ok(()) => error,
                Err(left) => error.context(left.to_string()),
            });
        }
        released?;
        Ok((!is_interrupted).then_some(driver))
    }

    /// Ends the remaining pauses.
    async fn release(&self, driver: &mut Driver<'_>, drops: bool) -> anyhow::Result<()> {
        let released = driver.release(drops).await;
        let left: BTreeSet<String> = driver.held().iter().map(StackRef::short).collect();
        let names = left.into_iter().collect::<Vec<_>>().join(", ");
        if names.is_empty() {
            return released.context(
                "a deployment that waits could not be taken out of the queue, and runs although it should not",
            );
        }
        let root = self.wish.root.short();
        let organization = &self.wish.context.organization;
        released.with_context(|| {
            format!(
                "left paused: {names}; `auto-deploy run {root} --org {organization} --resume` resumes them and continues"
            )
        })
    }
}
