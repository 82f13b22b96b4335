//! The facts that checks before an update need.
//!
//! # What this may not do
//!
//! Treat a question that was not asked as answered: what is missing from a map is unknown.

use super::edge::LiveEdge;
use super::questions::Survey;
use super::unavailable::Unavailable;
use crate::cloud::{Bounds, DeploymentSettings, LiveWebhook, Pauses};
use crate::domain::StackRef;
use crate::graph::Edge;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::JoinSet;

/// What is known about stacks on the cloud. A stack that is missing from a map was not asked about, or the request failed.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The webhooks of each stack; `None` if it does not exist.
    pub webhooks: BTreeMap<StackRef, Option<Arc<Vec<LiveWebhook>>>>,
    /// The relevant deployment settings of each existing stack; `None` if it has none.
    pub settings: BTreeMap<StackRef, Option<DeploymentSettings>>,
    /// Whether the deployments of each stack are paused.
    pub pauses: BTreeMap<StackRef, Pauses>,
    /// Why something is unknown, if a request failed: the first reason in order of the stacks' names.
    pub unavailable: Option<Unavailable>,
}

/// What is known about one stack.
struct StackFacts {
    stack: StackRef,
    webhooks: Result<Option<Arc<Vec<LiveWebhook>>>, Unavailable>,
    settings: Option<Result<Option<DeploymentSettings>, Unavailable>>,
    pauses: Option<Result<Option<Pauses>, Unavailable>>,
}

impl Facts {
    /// The edges of webhooks on the cloud, sorted.
    pub fn live_edges(&self) -> Vec<LiveEdge> {
        let of_stack = |(stack, webhooks): (&StackRef, &Option<Arc<Vec<LiveWebhook>>>)| {
            let webhooks = webhooks.as_deref().map(Vec::as_slice).unwrap_or_default();
            let edges = webhooks
                .iter()
                .filter_map(|webhook| LiveEdge::of(stack, webhook));
            edges.collect::<Vec<_>>()
        };
        let mut edges: Vec<LiveEdge> = self.webhooks.iter().flat_map(of_stack).collect();
        edges.sort_unstable();
        edges
    }

    fn add(&mut self, found: StackFacts, failures: &mut BTreeMap<StackRef, Unavailable>) {
        let StackFacts {
            stack,
            webhooks,
            settings,
            pauses,
        } = found;
        let mut fail = |unavailable| {
            failures.entry(stack.clone()).or_insert(unavailable);
        };
        // A missing stack has no settings either, which need not be reported.
        let is_gone = matches!(webhooks, Ok(None));
        match settings.transpose() {
            Ok(settings) => {
                let settings = settings.filter(|_| !is_gone);
                self.settings
                    .extend(settings.map(|settings| (stack.clone(), settings)));
            }
            Err(unavailable) => fail(unavailable),
        }
        match pauses.transpose() {
            Ok(pauses) => self
                .pauses
                .extend(pauses.flatten().map(|pauses| (stack.clone(), pauses))),
            Err(unavailable) => fail(unavailable),
        }
        match webhooks {
            Ok(webhooks) => {
                self.webhooks.insert(stack.clone(), webhooks);
            }
            Err(unavailable) => fail(unavailable),
        }
    }
}

impl Survey {
    /// What must be known before these edges are created: at most three requests for each stack, and one for each further
    /// stack that their webhooks lead to.
    ///
    /// Never fails: what could not be read is missing from the result, and [`Facts::unavailable`] says why.
    pub async fn facts(&self, edges: &BTreeSet<Edge>) -> Facts {
        let mut facts = Facts::default();
        let mut failures = BTreeMap::new();
        let mut tasks = JoinSet::new();
        let mut seen: BTreeSet<StackRef> = BTreeSet::new();
        let downstream: BTreeSet<&StackRef> = edges.iter().map(|edge| &edge.downstream).collect();
        for stack in edges.iter().flat_map(Edge::ends) {
            if seen.insert(stack.clone()) {
                let (survey, stack, is_started) =
                    (self.clone(), stack.clone(), downstream.contains(stack));
                tasks.spawn(
                    Bounds::current().hold(async move { survey.facts_of(stack, is_started).await }),
                );
            }
        }
        while let Some(joined) = tasks.join_next().await {
            let found = joined.expect("the task of a request neither panics nor is aborted");
            for next in targets(&found) {
                if seen.insert(next.clone()) {
                    let survey = self.clone();
                    tasks.spawn(
                        Bounds::current().hold(async move { survey.webhooks_of(next).await }),
                    );
                }
            }
            facts.add(found, &mut failures);
        }
        facts.unavailable = failures.into_values().next();
        facts
    }

    async fn facts_of(&self, stack: StackRef, is_started: bool) -> StackFacts {
        let (webhooks, settings) = tokio::join!(self.webhooks(&stack), self.settings(&stack));
        let has_settings = matches!(settings, Ok(Some(_)));
        let pauses = if is_started && has_settings {
            Some(self.pauses(&stack).await)
        } else {
            None
        };
        StackFacts {
            stack,
            webhooks,
            settings: Some(settings),
            pauses,
        }
    }

    async fn webhooks_of(&self, stack: StackRef) -> StackFacts {
        let webhooks = self.webhooks(&stack).await;
        StackFacts {
            stack,
            webhooks,
            settings: None,
            pauses: None,
        }
    }
}

/// The stacks that the active webhooks of a stack start.
fn targets(found: &StackFacts) -> Vec<StackRef> {
    let webhooks = found.webhooks.as_ref().ok().and_then(Option::as_deref);
    let webhooks = webhooks.map(Vec::as_slice).unwrap_or_default();
    let edges = webhooks
        .iter()
        .filter_map(|webhook| LiveEdge::of(&found.stack, webhook));
    edges
        .filter(|live| live.starts().is_deployment())
        .map(|live| live.edge.downstream)
        .collect()
}
