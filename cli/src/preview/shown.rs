//! What to print, and the wording that all forms of output share.

use crate::context::Console;
use crate::output::style::Tone;
use crate::output::text::count;
use auto_deploy::cascade::preview::{Link, Op, Outcome, Result, Row};
use auto_deploy::cloud::Revision;
use auto_deploy::domain::StackRef;

/// What to print, with the console for links.
pub(super) struct Shown<'a> {
    pub(super) root: &'a StackRef,
    pub(super) revision: Option<&'a Revision>,
    pub(super) outcome: &'a Outcome,
    /// Whether everything was repeated because a preview had begun too early.
    pub(super) is_repeated: bool,
    /// Whether values may be printed.
    pub(super) with_values: bool,
    pub(super) console: &'a Console,
}

/// The result for a stack in a few words.
pub(super) fn headline(row: &Row) -> (Tone, String) {
    match row.result() {
        Result::Changes => (Tone::Busy, numbers(row)),
        Result::Unchanged => (Tone::Good, "unchanged".to_owned()),
        Result::Failed => (Tone::Bad, "failed".to_owned()),
        Result::NotStarted => (Tone::Quiet, "would not start".to_owned()),
        Result::NotPreviewed => (Tone::Odd, "not previewed".to_owned()),
    }
}

/// `1 to update, 2 to replace, 1 output`.
fn numbers(row: &Row) -> String {
    let ops = Op::ALL.into_iter().filter(|op| row.count(*op) > 0);
    let mut parts: Vec<String> = ops
        .map(|op| format!("{} to {}", row.count(op), op.as_str()))
        .collect();
    if row.n_outputs() > 0 {
        parts.push(count(row.n_outputs(), "output"));
    }
    parts.join(", ")
}

/// The page of a row's deployment.
pub(super) fn link(row: &Row, console: &Console) -> Option<String> {
    let Link { version, .. } = row.link.as_ref()?;
    let stack = console.stack(&row.stack)?;
    Some(format!("{stack}/deployments/{version}"))
}
