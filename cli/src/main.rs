//! The command: a local cloud, and tools for stacks that depend on each other.
//!
//! Each command has its own file or folder. `context` determines the cloud, `look` reads it, `output` prints, and `exit`
//! has the exit statuses.
//!
//! # What this may not do
//!
//! Hold a rule of the plugin or of the cloud: those are in the library.

#[cfg(test)]
mod agreement;
mod check;
mod cloud;
mod completions;
mod context;
mod deliveries;
mod demo;
mod discover;
mod exit;
mod graph;
mod look;
mod output;
mod patience;
mod platform;
mod preview;
mod reconcile;
mod run;
mod say;
mod stale;
mod status;
mod why;

use clap::{CommandFactory as _, Parser, Subcommand};
use exit::Exit;
use std::io::{self, Write as _};
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

/// Keeps dependent Pulumi stacks up to date.
#[derive(Debug, Parser)]
#[command(name = "auto-deploy", version, after_long_help = HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
Environment variables:
  PULUMI_BACKEND_URL          the cloud; else `backend.url` of the project, else the last login
  PULUMI_API                  the cloud if none of these names one
  PULUMI_ACCESS_TOKEN         the access token; else what `pulumi login` has stored for that cloud
  PULUMI_DEFAULT_ORGANIZATION the organization; else that of `pulumi org set-default`
  PULUMI_CONSOLE_DOMAIN       the host of the cloud's pages, for links
  PULUMI_HOME                 where the Pulumi CLI stores its logins; else ~/.pulumi
  NO_COLOR                    no colours, whatever it is set to
  RUST_LOG                    what is logged on standard error, such as `debug`

Exit status:
  0  success
  1  something is wrong, behind or failed; each command says what
  2  the cloud could not be read, or the arguments are invalid
  130  interrupted

Data goes to standard output, everything else to standard error. `auto-deploy COMMAND --help` explains each command.";

#[derive(Debug, Subcommand)]
enum Command {
    Graph(graph::Arguments),
    Check(check::Arguments),
    Status(status::Arguments),
    Stale(stale::Arguments),
    Why(why::Arguments),
    Preview(preview::Arguments),
    Run(run::Arguments),
    Reconcile(reconcile::Arguments),
    Deliveries(deliveries::Arguments),
    Discover(discover::Arguments),
    Completions(completions::Arguments),
    Cloud(cloud::Arguments),
    Demo(demo::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr();
    let mut out = io::stdout();
    let done = match arguments.command {
        // These two end properly by themselves, and their exit statuses stay as they were: 1 is any failure.
        Command::Cloud(arguments) => {
            let done = cloud::run(arguments, &mut out, &mut io::stderr()).await;
            return end(done.map(|()| Exit::Well), Exit::Findings);
        }
        Command::Demo(arguments) => {
            let done = demo::run(arguments, &mut out).await;
            return end(done.map(|()| Exit::Well), Exit::Findings);
        }
        command => interruptible(command, &mut out).await,
    };
    end(done, Exit::Unable)
}

/// Runs a command that reads a cloud. On a signal it is asked to stop, with only a moment to do so.
async fn interruptible(command: Command, out: &mut io::Stdout) -> anyhow::Result<Exit> {
    let interrupted = CancellationToken::new();
    let signal = platform::end()?;
    // A run may have to cancel something on the cloud.
    let holds = matches!(command, Command::Run(_) | Command::Preview(_));
    let work = async {
        match command {
            Command::Graph(arguments) => graph::run(arguments, out).await,
            Command::Check(arguments) => check::run(arguments, out).await,
            Command::Status(arguments) => status::run(arguments, out).await,
            Command::Stale(arguments) => stale::run(arguments, out).await,
            Command::Why(arguments) => why::run(arguments, out).await,
            Command::Preview(arguments) => preview::run(arguments, out, &interrupted).await,
            Command::Run(arguments) => run::run(arguments, out, &interrupted).await,
            Command::Reconcile(arguments) => reconcile::run(arguments, out).await,
            Command::Deliveries(arguments) => deliveries::run(arguments, out).await,
            Command::Discover(arguments) => discover::run(arguments, out).await,
            Command::Completions(arguments) => {
                completions::run(&arguments, Arguments::command(), out)
            }
            Command::Cloud(_) | Command::Demo(_) => unreachable!("they have ended already"),
        }
    };
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = signal => interrupted.cancel(),
    }
    // All other tasks are dropped, which cleans up the terminal.
    if !holds {
        return Ok(Exit::Interrupted);
    }
    match tokio::time::timeout(LET_GO, work).await {
        Ok(done) => done,
        Err(_) => Ok(Exit::Interrupted),
    }
}

/// How long an interrupted command may take to cancel what it has queued.
const LET_GO: std::time::Duration = std::time::Duration::from_secs(5);

fn end(done: anyhow::Result<Exit>, otherwise: Exit) -> ExitCode {
    match done {
        Ok(exit) => exit.into(),
        // A reader that has closed its end, such as `head`.
        Err(error) if is_closed_pipe(&error) => Exit::Well.into(),
        Err(error) => {
            // Even if this cannot be written, the exit status reports it.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            otherwise.into()
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<io::Error>());
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Sends the log to standard error, because standard output is for the result. `RUST_LOG` selects what is logged.
fn log_to_stderr() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the command's own log, before there is anything else"
    )]
    let wanted = std::env::var("RUST_LOG").ok();
    if !auto_deploy::telemetry::write(wanted.as_deref(), false) {
        tracing::warn!(
            "RUST_LOG is invalid, so only warnings are logged; write the levels of modules, such as `debug`"
        );
    }
}
