//! The runs that changed stacks, wherever they ran.
//!
//! # What this may not do
//!
//! Count one run twice: an update that a deployment made is that deployment.

use crate::cloud::{Deployment, DeploymentStatus, Operation, Update, UpdateResult};
use crate::domain::StackRef;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How far the times of a deployment and of its update may be apart: the cloud tells the latter to the second.
const BLUR: SignedDuration = SignedDuration::from_secs(1);

/// One run that changes a stack: a deployment, or an update that somebody made with the CLI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The deployment; `None` if the cloud did not run it.
    pub deployment: Option<Deployment>,
    /// How far it is.
    pub status: DeploymentStatus,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it began; `None` while it waits.
    pub began: Option<Timestamp>,
    /// When it ended; `None` before that.
    pub ended: Option<Timestamp>,
}

/// The runs of each stack, newest first. Previews are none.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    runs: BTreeMap<StackRef, Vec<Run>>,
}

impl Run {
    /// Whether a webhook started it.
    pub fn is_by_webhook(&self) -> bool {
        self.deployment
            .as_ref()
            .is_some_and(Deployment::is_by_webhook)
    }

    /// Whether it came, or may still come, to change its stack: a skipped one did not.
    pub fn counts(&self) -> bool {
        self.status != DeploymentStatus::Skipped
    }

    /// From when on what it read is of its time.
    pub(super) fn looked(&self) -> Timestamp {
        self.began.unwrap_or(self.created)
    }

    fn covers(&self, time: Timestamp) -> bool {
        let from = self.began.unwrap_or(self.created) - BLUR;
        let to = self.ended.map(|ended| ended + BLUR);
        from <= time && to.is_none_or(|to| time <= to)
    }
}

impl Runs {
    /// Adds deployments that update their stacks; others are passed over.
    pub fn add_deployments(&mut self, deployments: impl IntoIterator<Item = Deployment>) {
        for deployment in deployments {
            if deployment.operation != Operation::Update {
                continue;
            }
            let run = Run {
                status: deployment.status,
                created: deployment.created,
                began: deployment.began,
                ended: deployment.ended,
                deployment: Some(deployment.clone()),
            };
            let runs = self.runs.entry(deployment.stack.clone()).or_default();
            let is_known = |known: &Run| {
                known.deployment.as_ref().map(|known| &known.id) == Some(&deployment.id)
            };
            if !runs.iter().any(is_known) {
                runs.push(run);
                newest_first(runs);
            }
        }
    }

    /// Adds the latest update of a stack, unless it is that of a deployment that is known. To be called after
    /// [`Runs::add_deployments`].
    pub fn add_update(&mut self, stack: &StackRef, update: &Update) {
        let Some(began) = update
            .began
            .filter(|_| update.operation == Operation::Update)
        else {
            return;
        };
        let status = match update.result {
            UpdateResult::Running => DeploymentStatus::Running,
            UpdateResult::Succeeded => DeploymentStatus::Succeeded,
            UpdateResult::Failed => DeploymentStatus::Failed,
        };
        self.add(stack, status, began, update.ended);
    }

    /// Adds that a stack was updated at this time, unless by a deployment that is known. How it went is not told; it is
    /// taken to have gone well. To be called after [`Runs::add_deployments`].
    pub fn add_last_update(&mut self, stack: &StackRef, at: Timestamp) {
        self.add(stack, DeploymentStatus::Succeeded, at, Some(at));
    }

    fn add(
        &mut self,
        stack: &StackRef,
        status: DeploymentStatus,
        began: Timestamp,
        ended: Option<Timestamp>,
    ) {
        let runs = self.runs.entry(stack.clone()).or_default();
        let end = ended.unwrap_or(began);
        if runs.iter().any(|run| run.covers(began) || run.covers(end)) {
            return;
        }
        runs.push(Run {
            deployment: None,
            status,
            created: began,
            began: Some(began),
            ended,
        });
        newest_first(runs);
    }

    /// Adds what another history knows and this one does not.
    pub fn merge(&mut self, other: Runs) {
        for (stack, others) in other.runs {
            let (deployments, updates): (Vec<Run>, Vec<Run>) =
                others.into_iter().partition(|run| run.deployment.is_some());
            self.add_deployments(deployments.into_iter().filter_map(|run| run.deployment));
            for update in updates {
                self.add(&stack, update.status, update.looked(), update.ended);
            }
        }
    }

    /// The runs of a stack, newest first.
    pub fn of(&self, stack: &StackRef) -> &[Run] {
        self.runs.get(stack).map_or(&[], Vec::as_slice)
    }

    /// The newest run of a stack that was not skipped.
    pub fn newest(&self, stack: &StackRef) -> Option<&Run> {
        self.of(stack).iter().find(|run| run.counts())
    }

    /// The newest run of a stack that ended well.
    pub fn last_success(&self, stack: &StackRef) -> Option<&Run> {
        let runs = self.of(stack).iter();
        runs.into_iter()
            .find(|run| run.status == DeploymentStatus::Succeeded)
    }

    /// All runs with their stacks.
    pub fn runs(&self) -> impl Iterator<Item = (&StackRef, &Run)> {
        self.runs
            .iter()
            .flat_map(|(stack, runs)| runs.iter().map(move |run| (stack, run)))
    }
}

fn newest_first(runs: &mut [Run]) {
    runs.sort_by_key(|run| {
        let version = run.deployment.as_ref().map(|deployment| deployment.version);
        std::cmp::Reverse((run.created, version))
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::{deployment, stack, time};
    use super::*;

    #[test]
    fn an_update_that_a_deployment_made_is_that_deployment() {
        let mut history = Runs::default();
        history.add_deployments([deployment("a", 1, "succeeded", 10, 12, 20)]);
        let update = |began, ended| Update {
            version: 1,
            operation: Operation::Update,
            result: UpdateResult::Succeeded,
            began: Some(time(began)),
            ended: Some(time(ended)),
        };
        history.add_update(&stack("a"), &update(13, 21));
        history.add_last_update(&stack("a"), time(20));
        assert_eq!(history.of(&stack("a")).len(), 1);
        history.add_update(&stack("a"), &update(40, 41));
        assert_eq!(history.of(&stack("a")).len(), 2);
        let newest = history.newest(&stack("a")).expect("there is one");
        assert_eq!((newest.created, &newest.deployment), (time(40), &None));
    }

    #[test]
    fn what_was_skipped_does_not_count() {
        let mut history = Runs::default();
        history.add_deployments([
            deployment("a", 1, "succeeded", 10, 10, 20),
            deployment("a", 2, "skipped", 30, 30, 31),
        ]);
        let newest = history.newest(&stack("a")).expect("there is one");
        assert_eq!(newest.created, time(10));
    }
}
