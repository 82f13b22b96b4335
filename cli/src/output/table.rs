//! Tables of columns without lines. If the screen is narrow, the widest columns shrink.

use super::style::{Paint, Tone};
use super::text::{fit, width};

/// The space between columns.
const GAP: usize = 2;

/// The minimum width of a column.
const NARROWEST: usize = 8;

/// A text and its tone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl Cell {
    /// A text in a tone.
    pub(crate) fn new(tone: Tone, text: impl Into<String>) -> Cell {
        Cell {
            text: text.into(),
            tone,
        }
    }

    /// A text.
    pub(crate) fn plain(text: impl Into<String>) -> Cell {
        Cell::new(Tone::Plain, text)
    }

    /// A text that is not important.
    pub(crate) fn quiet(text: impl Into<String>) -> Cell {
        Cell::new(Tone::Quiet, text)
    }
}

/// Rows of cells under a heading.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new(headings: &[&str]) -> Table {
        let heading = |text: &&str| Cell::new(Tone::Strong, text.to_uppercase());
        Table {
            rows: vec![headings.iter().map(heading).collect()],
        }
    }

    /// A table without headings.
    pub(crate) fn bare() -> Table {
        Table { rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: impl Into<Vec<Cell>>) {
        self.rows.push(row.into());
    }

    /// The full width of the table.
    pub(crate) fn width(&self) -> usize {
        let widths = self.widths(None);
        widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
    }

    /// The lines of the table, none wider than `limit` if possible.
    pub(crate) fn lines(&self, limit: Option<usize>, paint: Paint) -> Vec<String> {
        let widths = self.widths(limit);
        let line = |row: &Vec<Cell>| {
            let mut line = String::new();
            let mut pending = 0;
            for (cell, room) in row.iter().zip(&widths) {
                let text = fit(&cell.text, *room);
                let rest = room - width(&text);
                if !text.is_empty() {
                    line.push_str(&" ".repeat(pending));
                    pending = 0;
                    line.push_str(&paint.text(cell.tone, &text));
                } else if line.is_empty() && pending == 0 {
                    pending = 0;
                }
                pending += rest + GAP;
            }
            line
        };
        self.rows.iter().map(line).collect()
    }

    fn widths(&self, limit: Option<usize>) -> Vec<usize> {
        let n = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| width(&cell.text)).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..n).map(widest).collect();
        let Some(limit) = limit else { return widths };
        loop {
            let used: usize = widths.iter().sum::<usize>() + GAP * n.saturating_sub(1);
            let Some(excess) = used.checked_sub(limit).filter(|excess| *excess > 0) else {
                return widths;
            };
            let (column, widest) = widths
                .iter()
                .copied()
                .enumerate()
                .max_by_key(|(column, width)| (*width, usize::MAX - column))
                .expect("a table that is too wide has columns");
            if widest <= NARROWEST {
                return widths;
            }
            // Half of the excess each time, so two wide columns share the loss.
            let loss = excess.div_ceil(2).min(widest - NARROWEST);
            widths[column] = widest - loss;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["stack", "state", ""]);
        table.push([
            Cell::plain("network/prod"),
            Cell::plain("succeeded"),
            Cell::plain("x"),
        ]);
        table.push([
            Cell::plain("a-project-with-a-long-name/production"),
            Cell::plain(""),
            Cell::plain("y"),
        ]);
        table
    }

    #[test]
    fn columns_are_as_wide_as_they_need() {
        insta::assert_snapshot!(table().lines(None, Paint::OFF).join("\n"), @r"
        STACK                                  STATE
        network/prod                           succeeded  x
        a-project-with-a-long-name/production             y
        ");
    }

    #[test]
    fn the_widest_gives_way() {
        let lines = table().lines(Some(30), Paint::OFF);
        assert!(lines.iter().all(|line| width(line) <= 30), "{lines:?}");
        insta::assert_snapshot!(lines.join("\n"), @r"
        STACK             STATE
        network/prod      succeeded  x
        a-projec…duction             y
        ");
    }
}
