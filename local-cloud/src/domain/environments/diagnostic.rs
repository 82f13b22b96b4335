//! Problems in a definition.

use super::range::Range;
use serde_json::{Value, json};
use std::fmt;

/// A problem in a definition, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnostic {
    /// One sentence.
    pub(crate) summary: String,
    pub(crate) range: Option<Range>,
    /// The environment whose text contains the range; empty for the text that was sent.
    pub(crate) environment: String,
}

impl Diagnostic {
    /// A diagnostic about the whole definition.
    pub(crate) fn new(summary: impl fmt::Display) -> Diagnostic {
        Diagnostic {
            summary: summary.to_string(),
            range: None,
            environment: String::new(),
        }
    }

    /// A diagnostic about a part of the definition.
    pub(crate) fn at(range: Range, summary: impl fmt::Display) -> Diagnostic {
        Diagnostic {
            range: Some(range),
            ..Diagnostic::new(summary)
        }
    }

    /// The same diagnostic for this environment's definition.
    pub(crate) fn of(self, environment: &str) -> Diagnostic {
        let environment = environment.to_owned();
        Diagnostic {
            environment,
            ..self
        }
    }

    /// In the form of the API.
    pub(crate) fn to_json(&self) -> Value {
        let mut answer = json!({ "summary": self.summary, "severity": "error" });
        if let Some(range) = self.range {
            answer["range"] = range.to_json(&self.environment);
        }
        answer
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.environment.is_empty() {
            write!(f, "{}: ", self.environment)?;
        }
        if let Some(range) = self.range {
            write!(f, "line {}: ", range.begin.line)?;
        }
        f.write_str(&self.summary)
    }
}
