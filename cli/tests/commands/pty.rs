//! The command in a pseudo-terminal.

#[path = "../terminal/mod.rs"]
mod terminal;

use crate::support::Cloud;
use portable_pty::CommandBuilder;
pub(crate) use terminal::Terminal;

/// Starts the command for the organization `acme` of a cloud, with these environment variables in addition.
pub(crate) fn on_terminal(
    cloud: &Cloud,
    arguments: &[&str],
    width: u16,
    more: &[(&str, &str)],
) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_auto-deploy"));
    command.args(arguments);
    command.args(["--org", "acme"]);
    command.env_clear();
    for (name, value) in cloud.environment() {
        command.env(name, value);
    }
    for (name, value) in more {
        command.env(name, value);
    }
    Terminal::start(command, width)
}
