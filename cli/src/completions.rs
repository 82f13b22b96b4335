//! `auto-deploy completions`: the script by which a shell completes the command's words.

use crate::exit::Exit;
use clap::Command;
use clap_complete::Shell;
use std::io::Write;

/// Print a script that lets a shell complete this command
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

const HELP: &str = "\
Examples:
  source <(auto-deploy completions bash)
  auto-deploy completions zsh > \"${fpath[1]}/_auto-deploy\"
  auto-deploy completions fish > ~/.config/fish/completions/auto-deploy.fish";

/// Prints the script for a command.
pub(crate) fn run(
    arguments: &Arguments,
    mut command: Command,
    out: &mut impl Write,
) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "auto-deploy", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Well)
}
