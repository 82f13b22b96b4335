//! A part of the terminal that is drawn again in place.
//!
//! # What this may not do
//!
//! Leave the cursor hidden, or colours on, however it ends.

use super::screen::size;
use super::text::cut;
use std::io::{self, Write};

/// Lines that are drawn over the ones before, with the cursor hidden. The last ones stay when it is dropped.
#[derive(Debug)]
pub(crate) struct Live {
    /// How many lines are on the screen.
    n_drawn: usize,
    /// How large the screen was; `None` before the first time.
    size: Option<(usize, usize)>,
}

impl Live {
    /// Nothing is drawn yet.
    pub(crate) fn new() -> Live {
        Live {
            n_drawn: 0,
            size: None,
        }
    }

    /// Draws these lines in place of the last ones. What does not fit the screen is cut: the top of a list that is too
    /// long is left out, since what happens now is below.
    pub(crate) fn draw(&mut self, lines: &[String]) -> io::Result<()> {
        let size = size().unwrap_or((80, 24));
        let text = self.next(lines, size);
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// What brings the lines onto a screen of this size.
    fn next(&mut self, lines: &[String], size: (usize, usize)) -> String {
        let (width, height) = size;
        let mut text = match self.size.replace(size) {
            None => "\u{1b}[?25l".to_owned(),
            Some(before) if before == size => back(self.n_drawn),
            // Some terminals break lines anew and some do not: nobody can tell where the last ones are.
            Some(_) => "\u{1b}[H\u{1b}[2J".to_owned(),
        };
        let room = height.saturating_sub(1).max(1);
        let shown = &lines[lines.len().saturating_sub(room)..];
        for line in shown {
            text.push_str(&cut(line, width));
            text.push_str("\u{1b}[K\r\n");
        }
        self.n_drawn = shown.len();
        text
    }
}

/// Goes back over this many lines, and clears from there.
fn back(n: usize) -> String {
    if n == 0 {
        return String::new();
    }
    format!("\u{1b}[{n}A\r\u{1b}[J")
}

impl Drop for Live {
    fn drop(&mut self) {
        if self.size.is_some() {
            let mut out = io::stdout().lock();
            // If this fails, there is no way left to report it.
            let _ = out.write_all(b"\x1b[0m\x1b[?25h");
            let _ = out.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_take_the_place_of_those_before() {
        let mut live = Live::new();
        let lines = ["one".to_owned(), "two and more".to_owned()];
        let drawn = live.next(&lines, (7, 24));
        assert_eq!(drawn, "\u{1b}[?25lone\u{1b}[K\r\ntwo and\u{1b}[K\r\n");
        let drawn = live.next(&lines[..1], (7, 24));
        assert_eq!(drawn, "\u{1b}[2A\r\u{1b}[Jone\u{1b}[K\r\n");
        let drawn = live.next(&lines, (7, 2));
        assert_eq!(drawn, "\u{1b}[H\u{1b}[2Jtwo and\u{1b}[K\r\n");
    }
}
