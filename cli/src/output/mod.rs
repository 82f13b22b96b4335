//! What all commands have in common when they talk: data goes to standard output, everything else to standard error.
//!
//! # What this may not do
//!
//! Know stacks or the cloud. Colour what is not for a terminal, or against `NO_COLOR`.

pub(crate) mod live;
pub(crate) mod progress;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod time;

pub(crate) use live::Live;
pub(crate) use progress::Progress;
pub(crate) use style::Paint;
pub(crate) use table::{Cell, Table};

use serde::Serialize;
use std::io::{self, IsTerminal as _, Write};

/// Where the data of a command goes, and what can be shown there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// Whether a person looks at it.
    pub(crate) is_terminal: bool,
    /// How many columns fit; `None` where nothing has to fit.
    pub(crate) width: Option<usize>,
    /// Colours, or none.
    pub(crate) paint: Paint,
}

impl Screen {
    /// What standard output is connected to.
    pub(crate) fn of_stdout() -> Screen {
        let is_terminal = io::stdout().is_terminal();
        Screen {
            is_terminal,
            width: is_terminal.then(|| size().map_or(80, |(width, _)| width)),
            paint: Paint::for_stream(&io::stdout()),
        }
    }
}

/// The columns and rows of the terminal, if there is one.
pub(crate) fn size() -> Option<(usize, usize)> {
    let (width, height) = terminal_size::terminal_size()?;
    (width.0 > 0 && height.0 > 0).then(|| (width.0.into(), height.0.into()))
}

/// Writes a value as JSON, for programs.
pub(crate) fn write_json(out: &mut impl Write, value: &impl Serialize) -> anyhow::Result<()> {
    // As what it is, so that a reader who has seen enough is told from other trouble.
    serde_json::to_writer_pretty(&mut *out, value).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}
