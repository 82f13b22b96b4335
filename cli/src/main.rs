//! The command for people: a local cloud, and a look at stacks that depend on each other.

mod cloud;
mod demo;
mod signals;

use clap::{Parser, Subcommand};
use std::io::{self, Write as _};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Keeps dependent Pulumi stacks up to date.
#[derive(Debug, Parser)]
#[command(name = "auto-deploy", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Cloud(cloud::Arguments),
    Demo(demo::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr();
    let done = match arguments.command {
        Command::Cloud(arguments) => {
            cloud::run(arguments, &mut io::stdout(), &mut io::stderr()).await
        }
        Command::Demo(arguments) => demo::run(arguments, &mut io::stdout()).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If nobody can read this, the exit code still tells.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Standard output is for what a command gives. `RUST_LOG` says what is logged.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false)
        .init();
}
