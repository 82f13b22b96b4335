//! The exit status of a command.

use std::process::ExitCode;

/// The exit status of a command. Every command uses these and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: the command succeeded, and there is nothing to do.
    Well,
    /// 1: the command succeeded, and something is wrong: findings, stale stacks, a failed run.
    Findings,
    /// 2: the command failed, so nothing is known.
    Unable,
    /// 130: it was interrupted.
    Interrupted,
}

impl Exit {
    /// [`Exit::Findings`] if there are any, else [`Exit::Well`].
    pub(crate) fn findings_if(there_are: bool) -> Exit {
        if there_are {
            Exit::Findings
        } else {
            Exit::Well
        }
    }

    /// The exit status as a number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Well => 0,
            Exit::Findings => 1,
            Exit::Unable => 2,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        exit.code().into()
    }
}
