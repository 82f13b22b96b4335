//! What the lists of an organization say about the past of its stacks, and for which stacks that is not enough.
//!
//! # What this may not do
//!
//! Treat a page as the whole list, or the end of any operation as a success: a stack's past is known from the lists only if
//! they contain its newest update, and everything from there back to its newest success.

use crate::cascade::History;
use crate::cloud::{Deployment, DeploymentPage, Operation, Update};
use crate::domain::StackRef;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashSet};

/// The newest deployments of an organization, as far back as they were read.
#[derive(Debug, Default)]
pub(super) struct Lists {
    by_stack: BTreeMap<StackRef, Vec<Deployment>>,
    known: HashSet<String>,
    n_unfinished: usize,
    /// Whether the list was read to its end.
    is_whole: bool,
}

impl Lists {
    /// Adds the next page. Deployments that newer ones have pushed onto it are already known. Returns whether any were new.
    pub(super) fn add(&mut self, page: DeploymentPage) -> bool {
        self.is_whole = page.is_last;
        let n_before = self.known.len();
        for deployment in page.deployments {
            if self.known.insert(deployment.id.clone()) {
                self.n_unfinished += usize::from(!deployment.status.is_final());
                let stack = deployment.stack.clone();
                self.by_stack.entry(stack).or_default().push(deployment);
            }
        }
        self.known.len() > n_before
    }

    /// Whether the list was read to its end.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The number of deployments read that are not over.
    pub(super) fn n_unfinished(&self) -> usize {
        self.n_unfinished
    }

    /// The deployments of a stack that were read, newest first.
    pub(super) fn of(&self, stack: &StackRef) -> Vec<Deployment> {
        self.by_stack.get(stack).cloned().unwrap_or_default()
    }

    /// The past of a stack that was last updated at this time, if the lists say enough.
    pub(super) fn history(
        &self,
        stack: &StackRef,
        last_update: Option<Timestamp>,
    ) -> Option<History> {
        let history = History::new([], self.of(stack));
        let Some(last_update) = last_update else {
            return self.is_whole.then_some(history);
        };
        let mut updates = history.updates().iter();
        let newest = updates.find(|update| update.ended.is_some())?;
        let is_known = covers(newest, last_update) && reaches_back(history.updates());
        is_known.then_some(history)
    }
}

/// Whether an operation is the one that the list of stacks refers to by this time.
fn covers(update: &Update, time: Timestamp) -> bool {
    let began = update.began.is_some_and(|began| began <= time);
    began && update.ended.is_some_and(|ended| time <= ended)
}

/// Whether updates, newest first, reach back without a gap to what the decision needs: the newest successful update or
/// destroy, and the newest attempt. Updates that reach back to the first one do.
pub(super) fn reaches_back(updates: &[Update]) -> bool {
    let Some(newest) = updates.first() else {
        return false;
    };
    let is_contiguous = |(expected, update): &(i64, &Update)| *expected == update.version;
    let contiguous = (1..=newest.version).rev().zip(updates);
    let contiguous: Vec<Update> = contiguous
        .take_while(is_contiguous)
        .map(|(_, update)| *update)
        .collect();
    let is_whole = contiguous.last().is_some_and(|oldest| oldest.version == 1);
    let was_attempted = contiguous
        .iter()
        .any(|update| update.operation == Operation::Update);
    let history = History::new(contiguous, Vec::new());
    is_whole || history.destroyed().is_some() || (history.good().is_some() && was_attempted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{DeploymentStatus, UpdateResult};

    fn stack(project: &str) -> StackRef {
        StackRef::new("acme", project, "prod").expect("it is a name")
    }

    fn time(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).expect("it is a time")
    }

    fn update(version: i64, operation: Operation, is_success: bool, at: i64) -> Update {
        Update {
            version,
            operation,
            result: if is_success {
                UpdateResult::Succeeded
            } else {
                UpdateResult::Failed
            },
            began: Some(time(at)),
            ended: Some(time(at + 5)),
        }
    }

    /// A deployment with this update.
    fn deployment(version: i64, update: Update) -> Deployment {
        let began = update.began.expect("it has begun");
        Deployment {
            id: format!("d{version}"),
            version,
            stack: stack("a"),
            operation: Operation::Update,
            status: DeploymentStatus::Succeeded,
            initiator: "webhook".to_owned(),
            created: began,
            began: Some(began),
            ended: update.ended,
            is_paused: false,
            updates: vec![update],
        }
    }

    fn is_known(deployments: Vec<Deployment>, last_update: Option<i64>, is_last: bool) -> bool {
        let mut lists = Lists::default();
        lists.add(DeploymentPage {
            deployments,
            is_last,
        });
        lists.history(&stack("a"), last_update.map(time)).is_some()
    }

    #[test]
    fn the_newest_update_must_be_among_the_deployments() {
        let success = || deployment(1, update(7, Operation::Update, true, 10));
        assert!(is_known(vec![success()], Some(15), false));
        assert!(is_known(vec![success()], Some(10), false));
        assert!(
            !is_known(vec![success()], Some(16), true),
            "by hand after it"
        );
        assert!(!is_known(vec![], Some(15), true), "by hand");
    }

    #[test]
    fn a_stack_without_an_update_is_known_from_the_whole_list_alone() {
        assert!(is_known(vec![], None, true));
        assert!(!is_known(vec![], None, false));
    }

    #[test]
    fn nothing_may_be_missing_between_the_newest_update_and_the_newest_success() {
        let failed = |version| {
            deployment(
                version,
                update(version, Operation::Update, false, 10 * version),
            )
        };
        let success = |version| {
            deployment(
                version,
                update(version, Operation::Update, true, 10 * version),
            )
        };
        assert!(is_known(vec![failed(8), success(7)], Some(85), false));
        assert!(
            !is_known(vec![failed(8), success(6)], Some(85), false),
            "a gap"
        );
        assert!(!is_known(vec![failed(8)], Some(85), false));
        assert!(
            is_known(vec![failed(1)], Some(15), false),
            "there was never another"
        );
    }

    #[test]
    fn a_page_that_was_pushed_on_counts_once() {
        let mut lists = Lists::default();
        let page = DeploymentPage {
            deployments: vec![deployment(1, update(7, Operation::Update, true, 10))],
            is_last: false,
        };
        assert!(lists.add(page.clone()));
        assert!(!lists.add(page), "nothing is new");
        assert_eq!(lists.of(&stack("a")).len(), 1);
    }
}
