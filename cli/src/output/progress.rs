//! Progress, for users who wait longer than a second. On standard error, and erased at the end.

use super::screen::size;
use super::text::cut;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What takes less than this is not worth a word.
const QUIET: Duration = Duration::from_secs(1);

/// How often the line is drawn again at most.
const REDRAW: Duration = Duration::from_millis(100);

/// How wide the bar is.
const BAR: usize = 24;

/// A line that says how far something is. Without a terminal, it says once what the command waits for.
#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    is_terminal: bool,
    begun: Instant,
    drawn: Mutex<Drawn>,
}

#[derive(Debug, Default)]
struct Drawn {
    last: Option<Instant>,
    is_shown: bool,
}

impl Progress {
    /// Nothing is drawn yet. `what` says what is being done.
    pub(crate) fn new(what: &'static str) -> Progress {
        Progress {
            what,
            is_terminal: io::stderr().is_terminal(),
            begun: Instant::now(),
            drawn: Mutex::default(),
        }
    }

    /// `done` of `all` are done.
    pub(crate) fn at(&self, done: usize, all: usize) {
        let mut drawn = self
            .drawn
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if self.begun.elapsed() < QUIET || drawn.last.is_some_and(|last| last.elapsed() < REDRAW) {
            return;
        }
        let mut stderr = io::stderr().lock();
        // If this cannot be written, the work goes on.
        if self.is_terminal {
            let width = size().map_or(80, |(width, _)| width);
            let line = cut(&bar(self.what, done, all), width.saturating_sub(1));
            let _ = write!(stderr, "\r\u{1b}[2K{line}");
            let _ = stderr.flush();
            drawn.is_shown = true;
        } else if drawn.last.is_none() {
            let _ = writeln!(stderr, "{} …", self.what);
        }
        drawn.last = Some(Instant::now());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let drawn = self
            .drawn
            .get_mut()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if drawn.is_shown {
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "\r\u{1b}[2K");
            let _ = stderr.flush();
        }
    }
}

fn bar(what: &str, done: usize, all: usize) -> String {
    let filled = (done * BAR).checked_div(all).unwrap_or(0).min(BAR);
    format!(
        "{what} [{}{}] {done}/{all}",
        "█".repeat(filled),
        "·".repeat(BAR - filled)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fills() {
        assert_eq!(
            bar("looking", 0, 0),
            "looking [························] 0/0"
        );
        assert_eq!(
            bar("looking", 5, 10),
            "looking [████████████············] 5/10"
        );
    }
}
