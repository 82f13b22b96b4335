//! `auto-deploy status`: what one change led to, and its progress.

pub(crate) mod show;
mod watch;

use crate::context::{CloudArguments, Context};
use crate::exit::Exit;
use crate::look;
use crate::output::{Live, Screen, time};
use auto_deploy::cascade::Cascade;
use auto_deploy::domain::StackRef;
use auto_deploy::survey::Detail;
use show::Show;
use std::collections::BTreeMap;
use std::io::Write;
use watch::Watch;

/// Show the newest cascade: what one change led to
///
/// Without a stack it is the cascade that the newest run belongs to. The cloud does not say what started what: a run is
/// attributed to the update of an upstream stack that ended shortly before the run was requested.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    /// The stack that changed first
    #[arg(value_name = "PROJECT/STACK")]
    stack: Option<String>,
    #[command(flatten)]
    cloud: CloudArguments,
    /// Continue until the cascade is over: drawn in place on a terminal, a line for each change in a pipe
    #[arg(long)]
    follow: bool,
    /// Wait for the next update if nothing is running
    #[arg(long, requires = "follow")]
    wait: bool,
    /// Print JSON; with `--follow`, one line for each change of a stack
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
States:
  queued, running, succeeded, failed   as the cloud says
  up to date   it has seen the newest updates, without having run for this change
  waiting      stacks above it, or their webhooks, have yet to do something
  blocked      a stack above it failed, was destroyed or does not exist
  not started  its webhook has not started it within 30 seconds
  due          it is behind, and no webhook starts it; not counted, `auto-deploy check` reports it
  paused       its deployments are paused

Exit status:
  0  everything succeeded or is running, or there is nothing to follow yet
  1  something failed, or was not started
  2  there is no such stack, or the cloud could not be read
  130  interrupted

Examples:
  auto-deploy status
  auto-deploy status network/prod
  pulumi up --yes && auto-deploy status network/prod --follow";

/// Prints the cascade, once or until it is over.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<Exit> {
    let (context, look) = look::open(&arguments.cloud, Detail::Edges).await?;
    let root = arguments.stack.as_deref();
    let root = root.map(|given| context.stack(given)).transpose()?;
    if let Some(root) = &root {
        anyhow::ensure!(
            look.stacks.contains_key(root),
            "there is no stack `{root}`, or the access token may not see it; `auto-deploy graph` lists those that there are"
        );
    }
    let mut watch = Watch::new(&context, &look, root.clone());
    let mut cascade = watch.first().await?;
    if arguments.wait && cascade.as_ref().is_none_or(Cascade::is_over) {
        writeln!(std::io::stderr(), "Waiting for the next update.")?;
        cascade = Some(watch.next_one(cascade.as_ref()).await?);
    }
    let Some(cascade) = cascade else {
        nothing_yet(&context, root.as_ref())?;
        return Ok(Exit::Well);
    };
    let show = Show {
        console: &context.console,
        json: arguments.json,
    };
    // Scripts that follow expect lines, even if they begin late.
    let cascade = if arguments.follow && (arguments.json || !cascade.is_over()) {
        follow(&mut watch, &show, cascade, out).await?
    } else {
        show.once(&cascade, time::now(), out)?;
        cascade
    };
    if !cascade.has_followers() && cascade.is_over() && cascade.is_well() {
        writeln!(
            std::io::stderr(),
            "Nothing to follow yet: no stack was started by the last update of {}.",
            cascade.root.short()
        )?;
    }
    Ok(Exit::findings_if(!cascade.is_well()))
}

fn nothing_yet(context: &Context, root: Option<&StackRef>) -> anyhow::Result<()> {
    let what = root.map_or_else(
        || {
            format!(
                "no stack of `{}` that others depend on",
                context.organization
            )
        },
        |root| format!("{} has never been", root.short()),
    );
    let what = match root {
        Some(_) => what,
        None => format!("{what} has been"),
    };
    writeln!(
        std::io::stderr(),
        "Nothing to follow yet: {what} updated. `auto-deploy graph` shows the stacks that there are."
    )?;
    Ok(())
}

/// Reads the cascade repeatedly until it is over.
async fn follow(
    watch: &mut Watch<'_>,
    show: &Show<'_>,
    mut cascade: Cascade,
    out: &mut impl Write,
) -> anyhow::Result<Cascade> {
    let screen = Screen::of_stdout();
    let mut live = (screen.is_terminal && !show.json).then(Live::new);
    let mut told = BTreeMap::new();
    loop {
        let now = time::now();
        if let Some(live) = &mut live {
            let width = Screen::of_stdout().width;
            live.draw(&show.lines(&cascade, now, width, screen.paint))?;
        } else {
            show.tell(&cascade, &mut told, out)?;
        }
        if cascade.is_over() {
            if live.is_none() && !show.json {
                writeln!(out, "{}", show::summary(&cascade))?;
            }
            return Ok(cascade);
        }
        cascade = watch.again(&cascade).await?;
    }
}
