//! Stacks that a git push deploys and that also follow other stacks.
//!
//! # What this may not do
//!
//! Warn where no push can start a stack twice.

use super::ends::Ends;
use super::finding::{Code, Finding, Severity, Subject};
use super::words::{name, names};
use crate::cloud::{DeploymentSettings, Pushes};
use crate::domain::StackRef;
use std::collections::{BTreeMap, BTreeSet};

/// Stacks that one push starts twice: directly, and again after their upstream stacks. If a join starts the stack, that is
/// an error.
pub(super) fn pushes(
    ends: &Ends<'_>,
    settings: &BTreeMap<StackRef, Option<DeploymentSettings>>,
    joined: &BTreeSet<&StackRef>,
) -> Vec<Finding> {
    let pushes_of = |stack: &StackRef| {
        let settings = settings.get(stack).and_then(Option::as_ref);
        settings.and_then(|settings| settings.pushes.as_ref())
    };
    let finding = |(stack, upstream): (&&StackRef, &BTreeSet<&StackRef>)| {
        let pushes = pushes_of(stack)?;
        let may_change = |upstream: &&&StackRef| match pushes_of(upstream) {
            Some(above) => may_be_one_push(above, pushes),
            // It is updated in some other way, perhaps for the same push, unless the stack is limited to its own files.
            None => pushes.paths.is_empty(),
        };
        let twice_after: Vec<&StackRef> = upstream.iter().filter(may_change).copied().collect();
        if twice_after.is_empty() {
            return None;
        }
        let stacks = std::iter::once(*stack).chain(twice_after.iter().copied());
        Some(Finding {
            code: Code::DeploysCommits,
            // A push bypasses the join, which exists so that the stack never runs too early.
            severity: if joined.contains(*stack) {
                Severity::Error
            } else {
                Severity::Warning
            },
            stacks: stacks.cloned().collect(),
            edges: ends
                .edges_to(stack)
                .into_iter()
                .filter(|edge| twice_after.contains(&&edge.upstream))
                .collect(),
            sentence: format!(
                "a push to {} deploys the stack {} at once, and an update of {} starts it again, so one push can run \
                 it twice, and the first time too early",
                described(pushes),
                name(stack),
                names(twice_after.iter().copied()),
            ),
            cure: "turn off `deployCommits` in its deployment settings, or limit their `paths` to its own files"
                .to_owned(),
            subject: Subject::Stack((*stack).clone()),
        })
    };
    ends.upstream_of.iter().filter_map(finding).collect()
}

/// Whether one push can deploy both. Unknown settings may be equal.
fn may_be_one_push(one: &Pushes, other: &Pushes) -> bool {
    let may_be_same = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => true,
    };
    let share_files = one.paths.is_empty()
        || other.paths.is_empty()
        || one.paths.iter().any(|path| other.paths.contains(path));
    may_be_same(&one.repository, &other.repository)
        && may_be_same(&one.branch, &other.branch)
        && share_files
}

fn described(pushes: &Pushes) -> String {
    let repository = pushes.repository.as_deref().map(|name| format!("`{name}`"));
    let repository = repository.unwrap_or_else(|| "its repository".to_owned());
    match &pushes.branch {
        Some(branch) => format!("the branch `{branch}` of {repository}"),
        None => repository,
    }
}
