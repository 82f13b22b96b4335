//! Places in a text.

use serde_json::{Value, json};

/// A place in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Counts from 1.
    pub(crate) line: usize,
    /// In characters, counted from 1.
    pub(crate) column: usize,
    pub(crate) byte: usize,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) begin: Position,
    pub(crate) end: Position,
}

impl Range {
    /// In the form of the API. The text belongs to `environment`.
    pub(crate) fn to_json(self, environment: &str) -> Value {
        let position = |Position { line, column, byte }| json!({ "line": line, "column": column, "byte": byte });
        json!({ "environment": environment, "begin": position(self.begin), "end": position(self.end) })
    }
}
