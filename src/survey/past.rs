//! The past of stacks: from the lists of the organization, and from a stack's own lists only where those do not say enough.
//!
//! # What this may not do
//!
//! Treat the newest page as the whole list. Each list is read until it must contain what is needed, and a stack for which a
//! limit is reached becomes unreadable.

use super::attention::Attention;
use super::lists::{Lists, reaches_back};
use super::questions::Survey;
use super::unavailable::Unavailable;
use crate::cascade::{History, Observation, Observed};
use crate::cloud::{Bounds, Deployment, Operation, Update, UpdateResult};
use crate::domain::StackRef;
use crate::joins::memory::Handled;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// The size of the first page of a stack's updates or deployments, which is usually enough.
const FIRST_PAGE: usize = 10;

/// The size of the following pages: the most that the cloud returns.
const PAGE: usize = 100;

/// The most pages of a stack's own lists that are read.
const MAX_PAGES: usize = 20;

/// The most pages of the organization's deployments that are read.
const MAX_ORGANIZATION_PAGES: usize = 100;

/// The past of the stacks of an organization.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// What was observed of each stack: only its history.
    pub stacks: BTreeMap<StackRef, Observed>,
    /// Why something is unknown: the first reason in order of the stacks' names.
    pub unavailable: Option<Unavailable>,
    /// The number of unfinished deployments that are too old to have been found.
    pub n_unfound: usize,
}

impl Survey {
    /// The past of these stacks of an organization, given when each was last updated according to the list of stacks.
    ///
    /// Pages of the organization's deployments are read as long as that is cheaper than to read each stack that they do not
    /// explain. Those stacks are then read with two requests each, and so are those that need more attention, but not the
    /// settled ones. Nothing is cached. Never fails: what could not be read is unreadable in the result.
    pub async fn past(
        &self,
        organization: &str,
        stacks: &BTreeMap<StackRef, Option<Timestamp>>,
        attention: &Attention,
    ) -> Past {
        let Attention {
            closely, settled, ..
        } = attention;
        let mut past = Past::default();
        let open = stacks
            .iter()
            .filter(|(stack, _)| !settled.contains_key(*stack));
        let open = open.map(|(stack, at)| (stack.clone(), *at)).collect();
        let lists = match self.lists(organization, &open, &mut past).await {
            Ok(lists) => lists,
            Err(unavailable) => {
                past.unavailable = Some(unavailable);
                Lists::default()
            }
        };
        let mut tasks = JoinSet::new();
        for (stack, last_update) in stacks {
            if let Some(handled) = settled.get(stack) {
                let seen = as_remembered(handled, lists.of(stack));
                past.stacks.insert(stack.clone(), Observed::Found(seen));
                continue;
            }
            let known = lists.history(stack, *last_update);
            if let Some(history) = known.filter(|_| !closely.contains(stack)) {
                past.stacks.insert(stack.clone(), found(history));
                continue;
            }
            let (survey, stack) = (self.clone(), stack.clone());
            let listed = lists.of(&stack);
            let ask = async move { (survey.own_history(&stack, listed).await, stack) };
            tasks.spawn(Bounds::current().hold(ask));
        }
        let mut failures = BTreeMap::new();
        while let Some(joined) = tasks.join_next().await {
            let (asked, stack) =
                joined.expect("the task of a request neither panics nor is aborted");
            let observed = asked.unwrap_or_else(|unavailable: Unavailable| {
                let why = unavailable.reason.to_string();
                failures.insert(stack.clone(), unavailable);
                Observed::Unreadable(why)
            });
            past.stacks.insert(stack, observed);
        }
        past.unavailable = past.unavailable.or(failures.into_values().next());
        past
    }

    /// The organization's deployments, as far back as is worthwhile.
    async fn lists(
        &self,
        organization: &str,
        stacks: &BTreeMap<StackRef, Option<Timestamp>>,
        past: &mut Past,
    ) -> Result<Lists, Unavailable> {
        let mut lists = Lists::default();
        let n_unfinished = self
            .unfinished_deployments(organization)
            .await?
            .unwrap_or(0);
        for page in 1..=MAX_ORGANIZATION_PAGES {
            let is_new = lists.add(self.organization_deployments(organization, page).await?);
            let is_open = |(stack, at): &(&StackRef, &Option<Timestamp>)| {
                lists.history(stack, **at).is_none()
            };
            let n_open = stacks.iter().filter(is_open).count();
            past.n_unfound = n_unfinished.saturating_sub(lists.n_unfinished());
            // A repeated page would otherwise go on forever.
            if lists.is_whole() || !is_new || (page >= n_open && past.n_unfound == 0) {
                break;
            }
        }
        if lists.is_whole() {
            past.n_unfound = 0;
        }
        Ok(lists)
    }

    /// What a stack's own lists say, together with its deployments in another list.
    pub(super) async fn own_history(
        &self,
        stack: &StackRef,
        listed: Vec<Deployment>,
    ) -> Result<Observed, Unavailable> {
        let Some((updates, is_enough)) = self.own_updates(stack).await? else {
            return Ok(Observed::Missing);
        };
        if !is_enough {
            return Ok(bounded(
                updates.len(),
                "operations hold no update that succeeded",
            ));
        }
        let attempt = History::new(updates.iter().copied(), Vec::new()).attempt();
        let since = attempt.map(|attempt| attempt.began);
        let (own, is_enough) = self.own_deployments(stack, since).await?;
        if !is_enough {
            return Ok(bounded(
                own.len(),
                "deployments are all newer than its last attempt",
            ));
        }
        // If both lists have a deployment, it is the same; one that is only in the other was created or removed meanwhile,
        // or is older.
        let own_ids: BTreeSet<&String> = own.iter().map(|deployment| &deployment.id).collect();
        let listed: Vec<Deployment> = listed
            .into_iter()
            .filter(|deployment| !own_ids.contains(&deployment.id))
            .collect();
        let deployments = [own, listed].concat();
        Ok(found(History::new(updates, deployments)))
    }

    /// The updates of a stack, back to what the decision needs, and whether they reach that far; `None` if the stack does
    /// not exist.
    async fn own_updates(
        &self,
        stack: &StackRef,
    ) -> Result<Option<(Vec<Update>, bool)>, Unavailable> {
        let Some(first) = self.updates(stack, 1, FIRST_PAGE).await? else {
            return Ok(None);
        };
        if first.len() < FIRST_PAGE || reaches_back(&first) {
            return Ok(Some((first, true)));
        }
        let mut updates = Vec::new();
        for page in 1..=MAX_PAGES {
            let next = self.updates(stack, page, PAGE).await?.unwrap_or_default();
            let is_last = next.len() < PAGE;
            updates.extend(next);
            updates.sort_by_key(|update: &Update| std::cmp::Reverse(update.version));
            updates.dedup_by_key(|update| update.version);
            if is_last || reaches_back(&updates) {
                return Ok(Some((updates, true)));
            }
        }
        Ok(Some((updates, false)))
    }

    /// The deployments of a stack that were created after its last attempt began, which are the only relevant ones, and
    /// whether these are all. If the stack was never attempted, all deployments.
    async fn own_deployments(
        &self,
        stack: &StackRef,
        since: Option<Timestamp>,
    ) -> Result<(Vec<Deployment>, bool), Unavailable> {
        let mut deployments: Vec<Deployment> = Vec::new();
        let sizes = [(1, FIRST_PAGE)]
            .into_iter()
            .chain((1..=MAX_PAGES).map(|page| (page, PAGE)));
        for (page, size) in sizes {
            let Some(next) = self.stack_deployments(stack, page, size).await? else {
                return Ok((deployments, true));
            };
            let oldest = next.deployments.last().map(|oldest| oldest.created);
            let is_older = oldest
                .zip(since)
                .is_some_and(|(oldest, since)| oldest < since);
            let known: BTreeSet<String> =
                deployments.iter().map(|known| known.id.clone()).collect();
            let new = next.deployments.into_iter();
            deployments.extend(new.filter(|deployment| !known.contains(&deployment.id)));
            if next.is_last || is_older {
                return Ok((deployments, true));
            }
        }
        Ok((deployments, false))
    }
}

fn found(history: History) -> Observed {
    Observed::Found(Observation {
        history,
        ..Observation::default()
    })
}

/// A stack to which nothing has happened since this update, except for what a list contains.
fn as_remembered(handled: &Handled, listed: Vec<Deployment>) -> Observation {
    let newest = Update {
        version: handled.version.number,
        operation: Operation::Update,
        result: UpdateResult::Succeeded,
        began: handled.ended,
        ended: handled.ended,
    };
    Observation {
        id: handled.version.id.clone(),
        history: History::new([newest], listed),
        ..Observation::default()
    }
}

/// The result if a list was read up to its limit without finding enough.
fn bounded(n: usize, what: &str) -> Observed {
    Observed::Unreadable(format!(
        "its newest {n} {what}, and older ones are not read"
    ))
}
