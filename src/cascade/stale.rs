//! Which stacks are behind the stacks that they depend on.
//!
//! # What this may not do
//!
//! Call a stack stale that nothing is newer than: one that was never updated, and whose upstream stacks were not either,
//! is not behind.

use super::runs::Runs;
use crate::cloud::DeploymentStatus;
use crate::domain::StackRef;
use crate::graph::{Edge, reached};
use std::collections::{BTreeMap, BTreeSet};

/// Why a stack is not up to date.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Its last run failed.
    Failed,
    /// This upstream stack was updated after it.
    UpdatedAfter(StackRef),
    /// This upstream stack was updated, and it never was.
    NeverUpdated(StackRef),
    /// This upstream stack is stale itself, and will be updated after it.
    Behind(StackRef),
}

/// The stacks that are behind, with the reasons, by their own ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staleness {
    stale: BTreeMap<StackRef, BTreeSet<Why>>,
}

impl Staleness {
    /// Looks at the stacks of these edges.
    pub fn of<'a>(edges: impl IntoIterator<Item = &'a Edge>, history: &Runs) -> Staleness {
        let edges: BTreeSet<&Edge> = edges.into_iter().collect();
        let mut staleness = Staleness::default();
        for edge in &edges {
            for stack in edge.ends() {
                let newest = history.newest(stack);
                if newest.is_some_and(|run| run.status == DeploymentStatus::Failed) {
                    staleness.add(stack, Why::Failed);
                }
            }
            staleness.compare(edge, history);
        }
        staleness.pass_on(&edges);
        staleness
    }

    fn compare(&mut self, edge: &Edge, history: &Runs) {
        let updated = history.last_success(&edge.upstream);
        let Some(updated) = updated.and_then(|run| run.ended) else {
            return;
        };
        match history.last_success(&edge.downstream) {
            None => self.add(&edge.downstream, Why::NeverUpdated(edge.upstream.clone())),
            // What is running now will have seen it, if it began after it.
            Some(run) if updated > run.looked() => {
                self.add(&edge.downstream, Why::UpdatedAfter(edge.upstream.clone()));
            }
            Some(_) => {}
        }
    }

    /// Whoever depends on a stale stack is stale as soon as that one is updated.
    fn pass_on(&mut self, edges: &BTreeSet<&Edge>) {
        let stale: Vec<StackRef> = self.stale.keys().cloned().collect();
        let behind = reached(&stale, edges.iter().map(|edge| edge.down()));
        for edge in edges.iter().filter(|edge| behind.contains(&edge.upstream)) {
            self.add(&edge.downstream, Why::Behind(edge.upstream.clone()));
        }
    }

    fn add(&mut self, stack: &StackRef, why: Why) {
        self.stale.entry(stack.clone()).or_default().insert(why);
    }

    /// The stale stacks with the reasons, in the order of names.
    pub fn stacks(&self) -> impl ExactSizeIterator<Item = (&StackRef, &BTreeSet<Why>)> {
        self.stale.iter()
    }

    /// Whether a stack is behind.
    pub fn is_stale(&self, stack: &StackRef) -> bool {
        self.stale.contains_key(stack)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DIAMOND, deployment, edges, stack};
    use super::*;
    use crate::cloud::Deployment;

    fn check(deployments: impl IntoIterator<Item = Deployment>) -> String {
        let mut history = Runs::default();
        history.add_deployments(deployments);
        let staleness = Staleness::of(&edges(&DIAMOND), &history);
        let line = |(stack, why): (&StackRef, &BTreeSet<Why>)| {
            let why = why.iter().map(|why| match why {
                Why::Failed => "failed".to_owned(),
                Why::UpdatedAfter(upstream) => format!("after {}", upstream.project()),
                Why::NeverUpdated(upstream) => format!("never, {}", upstream.project()),
                Why::Behind(upstream) => format!("behind {}", upstream.project()),
            });
            format!(
                "{}: {}",
                stack.project(),
                why.collect::<Vec<_>>().join("; ")
            )
        };
        staleness.stacks().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn nothing_is_stale_without_runs_or_after_a_cascade() {
        assert_eq!(check([]), "");
        let cascade = [
            deployment("network", 1, "succeeded", 0, 0, 10),
            deployment("database", 1, "succeeded", 10, 10, 20),
            deployment("cluster", 1, "succeeded", 10, 11, 30),
            deployment("app", 1, "succeeded", 30, 30, 40),
        ];
        assert_eq!(check(cascade), "");
    }

    #[test]
    fn reasons_are_told_and_passed_on() {
        insta::assert_snapshot!(check([
            deployment("network", 1, "succeeded", 0, 0, 10),
            deployment("database", 1, "failed", 10, 10, 20),
            deployment("cluster", 1, "succeeded", 10, 11, 30),
            deployment("app", 1, "succeeded", 20, 20, 40),
        ]), @r"
        app: after cluster; behind database
        database: failed; never, network
        ");
        insta::assert_snapshot!(check([deployment("database", 1, "succeeded", 0, 0, 10)]), @"app: never, database");
    }

    #[test]
    fn cycles_are_no_hindrance() {
        let mut history = Runs::default();
        history.add_deployments([deployment("a", 1, "succeeded", 0, 0, 10)]);
        let staleness = Staleness::of(&edges(&[("a", "b"), ("b", "a")]), &history);
        assert!(staleness.is_stale(&stack("a")) && staleness.is_stale(&stack("b")));
    }
}
