//! A run that changes a stack, whether on the cloud or elsewhere.
//!
//! # What this may not do
//!
//! Count one run as two: an update that a deployment made is part of that deployment.

use super::history::History;
use crate::cloud::{Deployment, DeploymentStatus, Operation, Update, UpdateResult};
use jiff::Timestamp;

/// One run meant to bring a stack up to date: a deployment, or an update that someone made with the CLI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The deployment; `None` if the cloud did not run it.
    pub deployment: Option<Deployment>,
    /// The status of its update, or of the deployment if no update has begun.
    pub status: DeploymentStatus,
    /// When it was requested.
    pub created: Timestamp,
    /// When its update began, or else the deployment; `None` while it is queued.
    pub began: Option<Timestamp>,
    /// When its update ended, or else the deployment; `None` before that.
    pub ended: Option<Timestamp>,
    /// Whether it ran the stack's program or still may. One that was skipped or cancelled in the queue did not.
    pub counts: bool,
}

impl Run {
    /// The runs of a stack, newest first, without previews, refreshes and destroys.
    pub fn all(history: &History) -> Vec<Run> {
        let deployments = history.deployments().iter();
        let deployments =
            deployments.filter(|deployment| deployment.operation == Operation::Update);
        let by_hand = history.updates().iter().filter(|update| {
            let mut made = history.deployments().iter().flat_map(|made| &made.updates);
            update.operation == Operation::Update && made.all(|made| made.version != update.version)
        });
        let mut runs: Vec<Run> = deployments
            .map(|deployment| Run::of_deployment(history, deployment))
            .chain(by_hand.filter_map(Run::by_hand))
            .collect();
        runs.sort_by_key(|run| {
            let version = run.deployment.as_ref().map(|deployment| deployment.version);
            std::cmp::Reverse((run.created, version))
        });
        runs
    }

    /// Whether a webhook started it.
    pub fn is_by_webhook(&self) -> bool {
        self.deployment
            .as_ref()
            .is_some_and(Deployment::is_by_webhook)
    }

    /// When it brought its stack up to date; `None` if it did not.
    pub fn succeeded(&self) -> Option<Timestamp> {
        self.ended
            .filter(|_| self.status == DeploymentStatus::Succeeded)
    }

    fn of_deployment(history: &History, deployment: &Deployment) -> Run {
        let update = deployment.update();
        Run {
            status: update.map_or(deployment.status, status),
            created: deployment.created,
            began: update.and_then(|update| update.began).or(deployment.began),
            ended: update.map_or(deployment.ended, |update| update.ended),
            counts: !history.came_to_nothing(deployment),
            deployment: Some(deployment.clone()),
        }
    }

    fn by_hand(update: &Update) -> Option<Run> {
        Some(Run {
            deployment: None,
            status: status(update),
            created: update.began?,
            began: update.began,
            ended: update.ended,
            counts: true,
        })
    }
}

fn status(update: &Update) -> DeploymentStatus {
    match update.result {
        UpdateResult::Running => DeploymentStatus::Running,
        UpdateResult::Succeeded => DeploymentStatus::Succeeded,
        UpdateResult::Failed => DeploymentStatus::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Deployed, update, updated};
    use super::*;

    fn check(updates: &[Update], deployments: &[Deployed]) -> Vec<String> {
        let deployments = deployments.iter().map(Deployed::made).collect();
        let history = History::new(updates.iter().copied(), deployments);
        let line = |run: &Run| {
            let by = run.deployment.as_ref().map_or("hand", |made| &made.id);
            let counts = if run.counts { "" } else { ", without effect" };
            format!("{} by {by}{counts}", run.status.as_str())
        };
        Run::all(&history).iter().map(line).collect()
    }

    #[test]
    fn an_update_that_a_deployment_made_is_that_deployment() {
        let made = Deployed::new(1, "succeeded", 10, 12, 30).with(updated(2, 15, 25));
        assert_eq!(
            check(&[updated(1, 1, 2), updated(2, 15, 25)], &[made]),
            ["succeeded by d1", "succeeded by hand"]
        );
    }

    #[test]
    fn a_run_is_as_far_as_its_update() {
        let failing =
            Deployed::new(1, "running", 10, 12, 0).with(update(2, "update", "failed", 15, 25));
        assert_eq!(check(&[], &[failing]), ["failed by d1"]);
    }

    #[test]
    fn what_never_ran_does_not_count() {
        let skipped = Deployed::new(1, "skipped", 10, 0, 12);
        let cancelled = Deployed::new(2, "failed", 13, 0, 14);
        let refreshed = update(1, "refresh", "succeeded", 1, 2);
        assert_eq!(
            check(&[refreshed], &[skipped, cancelled]),
            [
                "failed by d2, without effect",
                "skipped by d1, without effect"
            ]
        );
    }
}
