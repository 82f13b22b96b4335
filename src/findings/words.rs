//! How things are called in the sentences of findings.
//!
//! # What this may not do
//!
//! Decide what is said.

use crate::domain::StackRef;
use crate::graph::path_text;

/// How many things of one kind are named; the others are counted.
const MAX_NAMED: usize = 4;

/// `` `p/a` ``.
pub(super) fn name(stack: &StackRef) -> String {
    format!("`{}`", stack.short())
}

/// `` `p/a` and `p/b` ``.
pub(super) fn names<'a>(stacks: impl IntoIterator<Item = &'a StackRef>) -> String {
    all_of(stacks.into_iter().map(name).collect(), "and")
}

/// `` `p/a` or `p/b` ``.
pub(super) fn any_of<'a>(stacks: impl IntoIterator<Item = &'a StackRef>) -> String {
    all_of(stacks.into_iter().map(name).collect(), "or")
}

/// `` `update_succeeded` and `deployment_queued` ``.
pub(super) fn words<'a>(words: impl IntoIterator<Item = &'a String>) -> String {
    all_of(
        words.into_iter().map(|word| format!("`{word}`")).collect(),
        "and",
    )
}

/// `p/a → p/b → p/d and p/a → p/c → p/d`.
pub(super) fn paths(paths: &[Vec<StackRef>]) -> String {
    all_of(paths.iter().map(path_text).collect(), "and")
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

fn all_of(mut texts: Vec<String>, conjunction: &str) -> String {
    if texts.len() > MAX_NAMED + 1 {
        let n_more = texts.len() - MAX_NAMED;
        texts.truncate(MAX_NAMED);
        texts.push(format!("{n_more} more"));
    }
    match texts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} {conjunction} {last}", before.join(", ")),
    }
}
