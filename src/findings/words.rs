//! Names and lists in the sentences of findings.
//!
//! # What this may not do
//!
//! Decide what to report.

use crate::domain::StackRef;
use crate::graph::path_text;
use crate::words::enumerated;

/// `` `p/a` ``.
pub(super) fn name(stack: &StackRef) -> String {
    format!("`{}`", stack.short())
}

/// `` `p/a` and `p/b` ``.
pub(super) fn names<'a>(stacks: impl IntoIterator<Item = &'a StackRef>) -> String {
    enumerated(stacks.into_iter().map(name).collect(), "and")
}

/// `` `p/a` or `p/b` ``.
pub(super) fn any_of<'a>(stacks: impl IntoIterator<Item = &'a StackRef>) -> String {
    enumerated(stacks.into_iter().map(name).collect(), "or")
}

/// `` `update_succeeded` and `deployment_queued` ``.
pub(super) fn words<'a>(words: impl IntoIterator<Item = &'a String>) -> String {
    enumerated(
        words.into_iter().map(|word| format!("`{word}`")).collect(),
        "and",
    )
}

/// `p/a → p/b → p/d and p/a → p/c → p/d`.
pub(super) fn paths(paths: &[Vec<StackRef>]) -> String {
    enumerated(paths.iter().map(path_text).collect(), "and")
}

/// `once`, `twice`, `3 times`.
pub(super) fn times(n: u64) -> String {
    match n {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        crate::graph::MAX_RUNS => format!("more than {n} times"),
        n => format!("{n} times"),
    }
}
