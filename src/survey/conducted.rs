//! The joins of a live graph. Wake-up webhooks lead to the stacks that conduct joins, and the states of those contain the
//! joins.
//!
//! # What this may not do
//!
//! Read the state of a stack that no wake-up webhook starts.

use super::edge::LiveEdge;
use super::questions::Survey;
use super::unavailable::Unavailable;
use crate::cascade::{self, Observed};
use crate::cloud::{Bounds, StackState};
use crate::domain::StackRef;
use crate::graph::Edge;
use crate::joins::Kept;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::JoinSet;

/// A join in the state of the stack that conducts it.
#[derive(Clone, Debug)]
pub struct LiveJoin {
    /// The stack that it starts.
    pub stack: StackRef,
    /// The stacks that it waits for.
    pub upstream: BTreeSet<StackRef>,
    /// The stack whose runs conduct it.
    pub conductor: StackRef,
    /// What it remembers.
    pub memory: cascade::Join,
}

/// A stack that conducts joins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conductor {
    /// Whether its last attempt failed; `None` if the cloud did not say.
    pub has_failed: Option<bool>,
}

impl LiveJoin {
    /// Whether it backs up a webhook that starts its stack, in case the webhook does not.
    pub fn stands_in(&self) -> bool {
        self.memory.grace.is_some()
    }

    /// The edges that it makes.
    pub fn edges(&self) -> impl Iterator<Item = Edge> {
        self.upstream.iter().map(|upstream| Edge {
            upstream: upstream.clone(),
            downstream: self.stack.clone(),
        })
    }
}

/// The live joins.
#[derive(Debug, Default)]
pub(super) struct Conducted {
    /// The joins, sorted.
    pub(super) joins: Vec<LiveJoin>,
    /// The stacks that conduct them.
    pub(super) conductors: BTreeMap<StackRef, Conductor>,
    /// Why some states were not read.
    pub(super) failures: BTreeMap<StackRef, Unavailable>,
}

/// What is known about a stack that may conduct joins.
struct Seen {
    stack: StackRef,
    state: Result<Option<Arc<StackState>>, Unavailable>,
    past: Result<Observed, Unavailable>,
}

impl Survey {
    /// The joins that these webhooks wake up: two requests for each stack that they start, if it `exists`.
    pub(super) async fn conducted(
        &self,
        webhooks: &[LiveEdge],
        exists: impl Fn(&StackRef) -> bool,
    ) -> Conducted {
        let wake_ups = webhooks.iter().filter(|live| live.is_wake_up);
        let targets: BTreeSet<&StackRef> = wake_ups.map(|live| &live.edge.downstream).collect();
        let mut tasks = JoinSet::new();
        for stack in targets.into_iter().filter(|stack| exists(stack)) {
            let (survey, stack) = (self.clone(), stack.clone());
            let ask = async move {
                let (state, past) = tokio::join!(survey.state(&stack), survey.own_past(&stack));
                Seen { stack, state, past }
            };
            tasks.spawn(Bounds::current().hold(ask));
        }
        let mut conducted = Conducted::default();
        while let Some(joined) = tasks.join_next().await {
            conducted.add(joined.expect("the task of a request neither panics nor is aborted"));
        }
        conducted.joins.sort_by(|one, other| {
            (&one.stack, &one.conductor).cmp(&(&other.stack, &other.conductor))
        });
        conducted
    }
}

impl Conducted {
    fn add(&mut self, seen: Seen) {
        let Seen { stack, state, past } = seen;
        let kept = match state {
            Ok(state) => state.map_or_else(Vec::new, |state| Kept::all(&state)),
            Err(unavailable) => return drop(self.failures.insert(stack, unavailable)),
        };
        if kept.is_empty() {
            return;
        }
        let conductor = Conductor {
            has_failed: past.ok().as_ref().and_then(has_failed),
        };
        self.joins
            .extend(kept.into_iter().map(|kept| live(&stack, kept)));
        self.conductors.insert(stack, conductor);
    }
}

fn live(conductor: &StackRef, kept: Kept) -> LiveJoin {
    LiveJoin {
        memory: kept.memory.join(&kept.wanted),
        stack: kept.wanted.stack,
        upstream: kept.wanted.upstream,
        conductor: conductor.clone(),
    }
}

fn has_failed(seen: &Observed) -> Option<bool> {
    let attempt = seen.found()?.history.ended_attempt()?;
    Some(attempt.result == crate::cloud::UpdateResult::Failed)
}
