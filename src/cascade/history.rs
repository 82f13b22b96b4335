//! The past of one stack: its updates, and the deployments that were meant to update it.
//!
//! # What this may not do
//!
//! Mistake the end of any operation for a successful update, or the times of a deployment for those of its update.

use crate::cloud::{Deployment, DeploymentStatus, Operation, Update, UpdateResult};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The updates and deployments of one stack, back to the newest successful update or destroy. That is as far as the
/// decision needs. Code that reads less must not build a `History` from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Newest first, each version once, without previews.
    updates: Vec<Update>,
    /// Newest first.
    deployments: Vec<Deployment>,
}

/// An attempt to bring a stack up to date: an update, or a deployment that failed before its update began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The latest time at which it may have begun to read its upstream stacks.
    pub began: Timestamp,
    /// When it ended; `None` while it runs.
    pub ended: Option<Timestamp>,
    /// Its result.
    pub result: UpdateResult,
    /// The version that it gave the stack; `None` if no update began.
    pub version: Option<i64>,
}

impl History {
    /// The history made of these updates and deployments of one stack, in any order. An update that a deployment made
    /// counts as if it had been listed; a deployment whose update has not begun does not count yet.
    pub fn new(updates: impl IntoIterator<Item = Update>, deployments: Vec<Deployment>) -> History {
        let made = deployments.iter().flat_map(|made| made.updates.clone());
        let changes =
            |update: &Update| update.operation != Operation::Preview && update.began.is_some();
        let mut by_version = BTreeMap::new();
        for update in updates.into_iter().chain(made).filter(changes) {
            by_version.entry(update.version).or_insert(update);
        }
        let mut deployments = deployments;
        deployments.sort_by_key(|deployment| std::cmp::Reverse(deployment.version));
        deployments.dedup_by(|one, other| one.id == other.id);
        History {
            updates: by_version.into_values().rev().collect(),
            deployments,
        }
    }

    /// The updates, newest first: every operation that changed the stack or its state.
    pub fn updates(&self) -> &[Update] {
        &self.updates
    }

    /// The deployments, newest first.
    pub fn deployments(&self) -> &[Deployment] {
        &self.deployments
    }

    /// The newest successful update, unless a later destroy made it void. Refreshes, imports and previews do not count.
    pub fn good(&self) -> Option<&Update> {
        self.standing()
            .filter(|update| update.operation == Operation::Update)
    }

    /// The destroy that made the newest successful update void.
    pub fn destroyed(&self) -> Option<&Update> {
        self.standing()
            .filter(|update| update.operation == Operation::Destroy)
    }

    /// The newest successful update or destroy, which decides what the stack is now.
    fn standing(&self) -> Option<&Update> {
        self.updates.iter().find(|update| {
            matches!(update.operation, Operation::Update | Operation::Destroy)
                && update.result == UpdateResult::Succeeded
        })
    }

    /// The last attempt to bring the stack up to date, and its result.
    pub fn attempt(&self) -> Option<Attempt> {
        newest(self.attempts())
    }

    /// The newest completed attempt.
    pub fn ended_attempt(&self) -> Option<Attempt> {
        newest(self.attempts().filter(|attempt| attempt.ended.is_some()))
    }

    fn attempts(&self) -> impl Iterator<Item = Attempt> {
        let updates = self
            .updates
            .iter()
            .filter(|update| update.operation == Operation::Update)
            .filter_map(|update| {
                Some(Attempt {
                    began: update.began?,
                    ended: update.ended,
                    result: update.result,
                    version: Some(update.version),
                })
            });
        let failures = self.deployments.iter().filter_map(|deployment| {
            self.failed_before_update(deployment).then_some(Attempt {
                began: second(deployment.created),
                ended: deployment.ended.map(second),
                result: UpdateResult::Failed,
                version: None,
            })
        });
        updates.chain(failures)
    }

    /// Whether a deployment ran and failed before its update began, for a reason of its own.
    fn failed_before_update(&self, deployment: &Deployment) -> bool {
        deployment.operation == Operation::Update
            && deployment.status == DeploymentStatus::Failed
            && deployment.update().is_none()
            && !deployment.is_cancelled_in_queue()
            && !self.met_a_lock(deployment)
    }

    /// Whether a deployment failed because another update of its stack ran: the cloud refuses a second one (409).
    fn met_a_lock(&self, deployment: &Deployment) -> bool {
        let (Some(began), Some(ended)) = (deployment.began, deployment.ended) else {
            return false;
        };
        if deployment.status != DeploymentStatus::Failed || deployment.update().is_some() {
            return false;
        }
        // Updates have times in whole seconds. The queue keeps the updates of deployments apart.
        let (began, ended) = (second(began), second(ended));
        let by_hand = self.updates.iter().filter(|update| {
            let made = self.deployments.iter().flat_map(|made| &made.updates);
            made.into_iter().all(|made| made.version != update.version)
        });
        by_hand.into_iter().any(|update| {
            update.began.is_some_and(|other| other <= ended)
                && update.ended.is_none_or(|other| other >= began)
        })
    }

    /// The newest deployment that was meant to update the stack, if it failed because another update was running. Nothing
    /// retries it.
    pub fn lock_met(&self) -> Option<&Deployment> {
        let mut updates = self
            .deployments
            .iter()
            .filter(|deployment| deployment.operation == Operation::Update);
        updates.next().filter(|newest| self.met_a_lock(newest))
    }

    /// Whether a deployment never ran the stack's program: it was skipped or cancelled in the queue, or met a lock. What it
    /// was started for is still to be done.
    pub fn came_to_nothing(&self, deployment: &Deployment) -> bool {
        deployment.never_ran() || self.met_a_lock(deployment)
    }

    /// The oldest deployment whose update has not begun and that no pause holds. It will see everything that its upstream
    /// stacks do before it begins.
    pub fn queued(&self) -> Option<&Deployment> {
        self.deployments.iter().rev().find(|deployment| {
            deployment.operation == Operation::Update
                && !deployment.status.is_final()
                && deployment.update().is_none()
                && !is_held(deployment)
        })
    }

    /// Whether a deployment that will update the stack is queued and no pause holds it. A running one does not count,
    /// because the caller may be part of it.
    pub fn waits(&self) -> bool {
        self.deployments.iter().any(|deployment| {
            deployment.operation == Operation::Update
                && deployment.status == DeploymentStatus::Queued
                && !is_held(deployment)
        })
    }

    /// The oldest deployment whose update has not begun and that a pause holds.
    pub fn held(&self) -> Option<&Deployment> {
        self.deployments
            .iter()
            .rev()
            .find(|deployment| deployment.operation == Operation::Update && is_held(deployment))
    }

    /// The operation that is changing the stack now.
    pub fn running(&self) -> Option<&Update> {
        self.updates
            .first()
            .filter(|update| update.result == UpdateResult::Running && update.ended.is_none())
    }

    /// The newest time in this history.
    pub fn newest_time(&self) -> Option<Timestamp> {
        let updates = self.updates.iter();
        let updates = updates.flat_map(|update| [update.began, update.ended]);
        let deployments = self.deployments.iter();
        let deployments = deployments
            .flat_map(|deployment| [Some(deployment.created), deployment.began, deployment.ended]);
        updates.chain(deployments).flatten().max()
    }
}

/// The attempt that began last. Among those that began in the same second, the one that ended last or is still running;
/// among those that also ended in the same second, the one with the highest version.
fn newest(attempts: impl Iterator<Item = Attempt>) -> Option<Attempt> {
    attempts.max_by_key(|attempt| {
        let ended = attempt.ended.unwrap_or(Timestamp::MAX);
        (attempt.began, ended, attempt.version.unwrap_or(i64::MAX))
    })
}

/// Whether a pause keeps it in the queue. A running deployment is not held.
pub(super) fn is_held(deployment: &Deployment) -> bool {
    deployment.status == DeploymentStatus::Queued && deployment.is_paused
}

/// The time rounded down to a second. Updates have no finer times, so nothing finer can be compared with them.
fn second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Deployed, time, update, updated};
    use super::*;

    fn check(updates: &[Update], deployments: &[Deployed]) -> String {
        let deployments = deployments.iter().map(Deployed::made).collect();
        let history = History::new(updates.iter().copied(), deployments);
        let version = |update: Option<&Update>| {
            update.map_or("none".to_owned(), |update| format!("v{}", update.version))
        };
        let attempt = |attempt: Option<Attempt>| {
            attempt.map_or("none".to_owned(), |attempt| {
                let at = attempt.began.as_second() - time(0).as_second();
                format!("{at} {:?}", attempt.result).to_lowercase()
            })
        };
        let queued = history.queued().map_or("none", |queued| queued.id.as_str());
        format!(
            "good {}, destroyed {}, attempt {}, ended {}, queued {queued}, running {}",
            version(history.good()),
            version(history.destroyed()),
            attempt(history.attempt()),
            attempt(history.ended_attempt()),
            version(history.running()),
        )
    }

    #[test]
    fn a_failure_does_not_unsay_a_success() {
        insta::assert_snapshot!(
            check(&[updated(1, 10, 20), update(2, "update", "failed", 30, 40)], &[]),
            @"good v1, destroyed none, attempt 30 failed, ended 30 failed, queued none, running none"
        );
    }

    #[test]
    fn of_two_attempts_in_one_second_the_later_version_counts() {
        insta::assert_snapshot!(
            check(&[updated(1, 10, 10), update(2, "update", "failed", 10, 10)], &[]),
            @"good v1, destroyed none, attempt 10 failed, ended 10 failed, queued none, running none"
        );
    }

    #[test]
    fn refreshes_and_imports_are_no_success_and_no_attempt() {
        insta::assert_snapshot!(
            check(&[
                updated(1, 10, 20),
                update(2, "refresh", "succeeded", 30, 40),
                update(3, "import", "succeeded", 50, 50),
                update(4, "refresh", "failed", 60, 61),
            ], &[]),
            @"good v1, destroyed none, attempt 10 succeeded, ended 10 succeeded, queued none, running none"
        );
    }

    #[test]
    fn a_destroy_makes_an_update_void_until_the_next_one() {
        let destroy = update(2, "destroy", "succeeded", 30, 40);
        insta::assert_snapshot!(
            check(&[updated(1, 10, 20), destroy], &[]),
            @"good none, destroyed v2, attempt 10 succeeded, ended 10 succeeded, queued none, running none"
        );
        insta::assert_snapshot!(
            check(&[updated(1, 10, 20), destroy, updated(3, 50, 60)], &[]),
            @"good v3, destroyed none, attempt 50 succeeded, ended 50 succeeded, queued none, running none"
        );
        insta::assert_snapshot!(
            check(&[updated(1, 10, 20), update(2, "destroy", "failed", 30, 40)], &[]),
            @"good v1, destroyed none, attempt 10 succeeded, ended 10 succeeded, queued none, running none"
        );
    }

    #[test]
    fn what_runs_is_the_newest_update_without_an_end() {
        insta::assert_snapshot!(
            check(&[updated(1, 10, 20), update(2, "update", "in-progress", 30, 0)], &[]),
            @"good v1, destroyed none, attempt 30 running, ended 10 succeeded, queued none, running v2"
        );
    }

    #[test]
    fn the_update_of_a_deployment_counts_with_its_own_times() {
        let deployment = Deployed::new(1, "succeeded", 10, 12, 30).with(updated(7, 15, 25));
        insta::assert_snapshot!(
            check(&[], &[deployment]),
            @"good v7, destroyed none, attempt 15 succeeded, ended 15 succeeded, queued none, running none"
        );
        // It is still ending after its update has ended.
        let deployment = Deployed::new(1, "running", 10, 12, 0).with(updated(7, 15, 25));
        insta::assert_snapshot!(
            check(&[], &[deployment]),
            @"good v7, destroyed none, attempt 15 succeeded, ended 15 succeeded, queued none, running none"
        );
    }

    #[test]
    fn a_preview_of_a_deployment_is_not_its_update() {
        let deployment =
            Deployed::new(1, "running", 10, 12, 0).with(update(6, "Pupdate", "succeeded", 14, 15));
        insta::assert_snapshot!(
            check(&[updated(6, 1, 2)], &[deployment]),
            @"good v6, destroyed none, attempt 1 succeeded, ended 1 succeeded, queued d1, running none"
        );
    }

    #[test]
    fn a_deployment_that_fails_before_its_update_is_an_attempt_when_it_was_asked_for() {
        insta::assert_snapshot!(
            check(&[updated(1, 1, 2)], &[Deployed::new(1, "failed", 10, 12, 13)]),
            @"good v1, destroyed none, attempt 10 failed, ended 10 failed, queued none, running none"
        );
    }

    #[test]
    fn what_never_ran_is_no_attempt() {
        let cancelled = Deployed::new(1, "failed", 10, 0, 13);
        let skipped = Deployed::new(2, "skipped", 14, 0, 15);
        insta::assert_snapshot!(
            check(&[updated(1, 1, 2)], &[cancelled, skipped]),
            @"good v1, destroyed none, attempt 1 succeeded, ended 1 succeeded, queued none, running none"
        );
    }

    #[test]
    fn what_met_a_lock_is_no_attempt() {
        let refused = || Deployed::new(1, "failed", 10, 12, 13);
        for other in [
            update(2, "update", "succeeded", 5, 12),
            update(2, "refresh", "failed", 13, 20),
            update(2, "destroy", "in-progress", 11, 0),
        ] {
            let said = check(&[updated(1, 1, 2), other], &[refused()]);
            assert!(!said.contains("attempt 10 failed"), "{other:?}: {said}");
        }
        for other in [updated(2, 5, 11), update(2, "refresh", "succeeded", 14, 20)] {
            let said = check(&[updated(1, 1, 2), other], &[refused()]);
            assert!(said.contains("attempt 10 failed"), "{other:?}: {said}");
        }
        // The deployment before it is not a lock: the two took turns.
        let before = Deployed::new(1, "succeeded", 8, 9, 12).with(updated(2, 10, 12));
        let failed = Deployed::new(2, "failed", 10, 12, 13);
        let said = check(&[updated(1, 1, 2), updated(2, 10, 12)], &[before, failed]);
        assert!(said.contains("attempt 10 failed"), "{said}");
    }

    #[test]
    fn what_waits_or_has_not_come_to_its_update_is_queued_unless_a_pause_holds_it() {
        let queued = |deployment: Deployed| check(&[updated(1, 1, 2)], &[deployment]);
        assert!(queued(Deployed::new(1, "not-started", 10, 0, 0)).contains("queued d1"));
        assert!(queued(Deployed::new(1, "accepted", 10, 0, 0)).contains("queued d1"));
        assert!(queued(Deployed::new(1, "running", 10, 11, 0)).contains("queued d1"));
        let held = Deployed::new(1, "not-started", 10, 0, 0).held();
        assert!(queued(held.clone()).contains("queued none"));
        let history = History::new([], vec![held.made()]);
        assert_eq!(history.held().map(|held| held.version), Some(1));
        let preview = Deployed::new(1, "not-started", 10, 0, 0).of(Operation::Preview);
        assert!(queued(preview).contains("queued none"));
    }
}
