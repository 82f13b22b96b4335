//! Whether standard output is a terminal, and how wide.

use super::style::Paint;
use std::io::{self, IsTerminal as _};

/// Where the result of a command goes, and what can be shown there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    /// Whether it is a terminal.
    pub(crate) is_terminal: bool,
    /// The number of columns; `None` if there is no limit.
    pub(crate) width: Option<usize>,
    /// Whether to use colours.
    pub(crate) paint: Paint,
}

impl Screen {
    /// Whether standard output is a terminal, and how wide.
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
pub(super) fn size() -> Option<(usize, usize)> {
    let (width, height) = terminal_size::terminal_size()?;
    (width.0 > 0 && height.0 > 0).then(|| (width.0.into(), height.0.into()))
}
