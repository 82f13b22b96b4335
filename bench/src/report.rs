//! Figures, and their tables for users and programs.
//!
//! # What this may not do
//!
//! Measure anything, or judge: a goal is shown next to its figure, and the reader compares.

use crate::machine::Machine;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// One measured quantity.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// What was measured, with its unit, such as `Create, ms`.
    pub(crate) name: String,
    /// The minimum or maximum that is wanted, in a form such as `≤ 8`; empty if there is no goal.
    pub(crate) goal: &'static str,
    /// The runs, in the unit of the name; never empty.
    pub(crate) runs: Vec<f64>,
}

/// Figures that belong together.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    /// The subject of the figures.
    pub(crate) title: String,
    /// What a reader must know to understand them.
    pub(crate) note: String,
    /// The figures, in reading order.
    pub(crate) figures: Vec<Figure>,
}

/// Everything that was measured at one time, on one machine.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// Where and when.
    pub(crate) machine: Machine,
    /// The sections, in the order of measurement.
    pub(crate) sections: Vec<Section>,
}

impl Figure {
    /// A figure of several runs.
    pub(crate) fn of(name: impl Into<String>, goal: &'static str, runs: Vec<f64>) -> Figure {
        let name = name.into();
        assert!(!runs.is_empty(), "{name} was measured");
        Figure { name, goal, runs }
    }

    /// A figure that is the same in each run, such as a size or a count.
    pub(crate) fn once(name: impl Into<String>, goal: &'static str, value: f64) -> Figure {
        Figure::of(name, goal, vec![value])
    }

    /// The minimum, the median and the maximum of the runs.
    pub(crate) fn spread(&self) -> [f64; 3] {
        let mut sorted = self.runs.clone();
        sorted.sort_by(f64::total_cmp);
        [
            sorted[0],
            sorted[sorted.len() / 2],
            sorted[sorted.len() - 1],
        ]
    }
}

impl Section {
    /// A section without figures yet.
    pub(crate) fn new(title: impl Into<String>, note: impl Into<String>) -> Section {
        Section {
            title: title.into(),
            note: note.into(),
            figures: Vec::new(),
        }
    }

    /// Adds a figure.
    pub(crate) fn push(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// The section as a Markdown table.
    pub(crate) fn markdown(&self) -> String {
        let width = self
            .figures
            .iter()
            .map(|figure| figure.name.chars().count())
            .max()
            .unwrap_or_default();
        let mut text = format!("## {}\n\n", self.title);
        if !self.note.is_empty() {
            let _ = writeln!(text, "{}\n", self.note);
        }
        let _ = writeln!(
            text,
            "| {:<width$} | {:>10} | {:>10} | {:>10} | {:>4} | {:>8} |",
            "figure", "min", "median", "max", "runs", "goal"
        );
        let _ = writeln!(
            text,
            "| {:-<width$} | ---------: | ---------: | ---------: | ---: | -------: |",
            ""
        );
        for figure in &self.figures {
            let [min, median, max] = figure.spread().map(rounded);
            let (name, n, goal) = (&figure.name, figure.runs.len(), figure.goal);
            let _ = writeln!(
                text,
                "| {name:<width$} | {min:>10} | {median:>10} | {max:>10} | {n:>4} | {goal:>8} |"
            );
        }
        text
    }
}

impl Report {
    /// The report as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "# Measured\n\nWritten by `make bench`; [docs/performance.md](../docs/performance.md) says what it means. \
             Absolute times are of this machine.\n\n{}\n",
            self.machine.markdown()
        );
        for section in &self.sections {
            let _ = write!(text, "\n{}", section.markdown());
        }
        text
    }

    /// The report as JSON, with every run.
    pub(crate) fn json(&self) -> Value {
        let figure = |figure: &Figure| {
            let [min, median, max] = figure.spread();
            json!({
                "name": figure.name, "goal": figure.goal, "runs": figure.runs,
                "min": min, "median": median, "max": max,
            })
        };
        let section = |section: &Section| {
            let figures: Vec<Value> = section.figures.iter().map(figure).collect();
            json!({"title": section.title, "note": section.note, "figures": figures})
        };
        let sections: Vec<Value> = self.sections.iter().map(section).collect();
        json!({"machine": self.machine, "sections": sections})
    }
}

/// As many digits as are meaningful.
fn rounded(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        small if small >= 1.0 || small == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_reads_well() {
        let mut section = Section::new("calls", "One caller.");
        section.push(Figure::of("Check, ms", "≤ 0.25", vec![0.3, 0.1, 0.2]));
        section.push(Figure::once("binary, MB", "", 8.9));
        section.push(Figure::once("creates/s", "≥ 6000", 12345.6));
        assert_eq!(
            section.markdown(),
            "\
## calls

One caller.

| figure     |        min |     median |        max | runs |     goal |
| ---------- | ---------: | ---------: | ---------: | ---: | -------: |
| Check, ms  |      0.100 |      0.200 |      0.300 |    3 |   ≤ 0.25 |
| binary, MB |       8.90 |       8.90 |       8.90 |    1 |          |
| creates/s  |      12346 |      12346 |      12346 |    1 |   ≥ 6000 |
"
        );
    }
}
