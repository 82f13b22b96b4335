//! Progress, for users who wait longer than a second. On standard error, and erased at the end.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What takes less than this is not worth a word.
const QUIET: Duration = Duration::from_secs(1);

/// How often in a second the line is drawn again at most.
const REDRAWS: u8 = 10;

/// A line that says how far something is. Without a terminal, it says once what the command waits for.
#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    begun: Instant,
    is_said: AtomicBool,
    /// Nowhere until it is worth a word.
    bar: ProgressBar,
}

impl Progress {
    /// Nothing is drawn yet. `what` says what is being done.
    pub(crate) fn new(what: &'static str) -> Progress {
        let style = ProgressStyle::with_template("{msg} [{bar:24}] {pos}/{len}");
        let style = style.expect("the template is one").progress_chars("██·");
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Progress {
            what,
            begun: Instant::now(),
            is_said: AtomicBool::new(false),
            bar: bar.with_style(style).with_message(what),
        }
    }

    /// `done` of `all` are done.
    pub(crate) fn at(&self, done: usize, all: usize) {
        if self.begun.elapsed() < QUIET {
            return;
        }
        if !self.is_said.swap(true, Ordering::Relaxed) {
            if io::stderr().is_terminal() {
                let screen = ProgressDrawTarget::stderr_with_hz(REDRAWS);
                self.bar.set_draw_target(screen);
            } else {
                // If this cannot be written, the work goes on.
                let _ = writeln!(io::stderr().lock(), "{} …", self.what);
            }
        }
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
