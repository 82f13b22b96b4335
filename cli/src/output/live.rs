//! A part of the terminal that is redrawn in place.
//!
//! `indicatif` draws several lines in place too, but it wraps long ones, keeps the first ones where there are too many, and
//! takes no account of a change of the size.
//!
//! # What this may not do
//!
//! Leave the cursor hidden, or colours on, however it ends.

use super::screen::size;
use super::text::cut;
use std::io::{self, Write};

/// Lines that are drawn over the previous ones, with the cursor hidden. The last ones remain when it is dropped.
#[derive(Debug)]
pub(crate) struct Live {
    /// The number of lines on the screen.
    n_drawn: usize,
    /// The last size of the screen; `None` before the first drawing.
    size: Option<(usize, usize)>,
}

impl Live {
    /// Begins without any lines.
    pub(crate) fn new() -> Live {
        Live {
            n_drawn: 0,
            size: None,
        }
    }

    /// Draws these lines in place of the previous ones. Lines that do not fit are cut, and if there are too many, the first
    /// ones are left out, because the current activity is at the end.
    pub(crate) fn draw(&mut self, lines: &[String]) -> io::Result<()> {
        let size = size().unwrap_or((80, 24));
        let text = self.next(lines, size);
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// The output that draws the lines on a screen of this size.
    fn next(&mut self, lines: &[String], size: (usize, usize)) -> String {
        let (width, height) = size;
        let mut text = match self.size.replace(size) {
            None => "\u{1b}[?25l".to_owned(),
            Some(before) if before == size => back(self.n_drawn),
            // Some terminals wrap lines again and some do not, so the position of the previous lines is unknown.
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

/// Moves up this many lines, and clears from there.
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
            // If this fails, it cannot be reported either.
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
