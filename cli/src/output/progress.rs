//! Progress for waits of more than a second, on standard error, and erased at the end.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Shorter waits show nothing.
const QUIET: Duration = Duration::from_secs(1);

/// The most redraws per second.
const REDRAWS: u8 = 10;

/// A progress line. Without a terminal, it says once what the command waits for.
#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    begun: Instant,
    is_said: AtomicBool,
    /// Hidden until the wait is long enough.
    bar: ProgressBar,
}

impl Progress {
    /// Begins hidden. `what` says what is being done.
    pub(crate) fn new(what: &'static str) -> Progress {
        Progress {
            what,
            begun: Instant::now(),
            is_said: AtomicBool::new(false),
            bar: bar(what),
        }
    }

    /// Shows that `done` of `all` are done.
    pub(crate) fn at(&self, done: usize, all: usize) {
        if self.begun.elapsed() < QUIET {
            return;
        }
        if !self.is_said.swap(true, Ordering::Relaxed) {
            if io::stderr().is_terminal() {
                let screen = ProgressDrawTarget::stderr_with_hz(REDRAWS);
                self.bar.set_draw_target(screen);
            } else {
                // The work continues even if this cannot be written.
                let _ = writeln!(io::stderr().lock(), "{} …", self.what);
            }
        }
        set(&self.bar, done, all);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn bar(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{bar:24}] {pos}/{all}");
    let style = style.expect("the template is one").progress_chars("█·");
    let style = style.with_key("all", |state: &ProgressState, text: &mut dyn fmt::Write| {
        // A failure cannot be reported here.
        let _ = write!(text, "{}", state.len().unwrap_or(0));
    });
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    bar.with_style(style).with_message(what)
}

fn set(bar: &ProgressBar, done: usize, all: usize) {
    // A bar without a length would be full.
    if all > 0 {
        bar.set_length(all as u64);
    }
    bar.set_position(done as u64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::sync::{Arc, Mutex};

    /// A screen that records what is written.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().expect("nobody panics").push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn drawn(done: usize, all: usize) -> String {
        let screen = Screen::default();
        let bar = bar("looking");
        set(&bar, done, all);
        let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
        bar.set_draw_target(target);
        bar.force_draw();
        let text = screen.0.lock().expect("nobody panics");
        text.trim().to_owned()
    }

    #[test]
    fn a_bar_fills() {
        assert_eq!(drawn(0, 0), "looking [························] 0/0");
        assert_eq!(drawn(5, 10), "looking [████████████············] 5/10");
    }
}
