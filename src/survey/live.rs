//! The live graph on the cloud: an organization's stacks, the webhooks between them, and their references.
//!
//! # What this may not do
//!
//! Make more than three requests for a stack, or treat a stack outside the requested project as missing.

use super::attention::Attention;
use super::conducted::{Conductor, LiveJoin};
use super::edge::LiveEdge;
use super::questions::Survey;
use super::unavailable::Unavailable;
use crate::cloud::{Bounds, DeploymentSettings, LiveWebhook};
use crate::domain::{ScopeKind, StackRef, Starts};
use crate::graph::Edge;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::JoinSet;

/// The live graph of an organization, or of one project in it.
#[derive(Clone, Debug, Default)]
pub struct LiveGraph {
    /// The organization.
    pub organization: String,
    /// The project, if only one was requested: then only its stacks and their webhooks are known.
    pub project: Option<String>,
    /// The stacks.
    pub stacks: BTreeMap<StackRef, LiveStack>,
    /// The webhooks that start stacks, sorted. A stack of an edge may be missing from [`LiveGraph::stacks`].
    pub edges: Vec<LiveEdge>,
    /// The stacks that conduct joins: wake-up webhooks start them, and their states contain joins.
    pub conductors: BTreeMap<StackRef, Conductor>,
    /// The joins that they conduct, sorted.
    pub joins: Vec<LiveJoin>,
    /// The `StackReference`s: `downstream` has one to `upstream`.
    pub references: BTreeSet<Edge>,
    /// The webhooks that should start a stack but name none, sorted.
    pub strays: Vec<Stray>,
    /// Why something is unknown, if a request failed: the first reason in order of the stacks' names.
    pub unavailable: Option<Unavailable>,
}

/// How much is requested about each stack of a live graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Its webhooks, and the stacks that refer to it: two requests.
    Edges,
    /// Its deployment settings as well: three requests.
    EdgesAndSettings,
}

/// A stack in the live graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveStack {
    /// When it was last updated, in seconds since 1970; `None` if never.
    pub last_update: Option<u64>,
    /// Whether it has a relevant state: it was updated and not destroyed since. Without one it has no references yet.
    pub has_state: bool,
    /// The relevant deployment settings; `Some(None)` if it has none, `None` if they were not requested or the request
    /// failed.
    pub settings: Option<Option<DeploymentSettings>>,
    /// Whether its webhooks are known.
    pub knows_webhooks: bool,
    /// Whether the stacks that refer to it are known.
    pub knows_references: bool,
}

/// A webhook that should start a stack but names none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stray {
    /// The stack that has it.
    pub upstream: StackRef,
    /// Its name.
    pub webhook: String,
    /// What it names instead.
    pub target: String,
}

impl LiveGraph {
    /// The edges over which an update of a stack starts another, by a webhook or a join, without duplicates.
    pub fn started(&self) -> BTreeSet<Edge> {
        let webhooks = self.direct().filter(|live| live.starts().is_edge());
        let webhooks = webhooks.map(|live| live.edge.clone());
        webhooks.chain(self.joined()).collect()
    }

    /// The webhooks that start their stacks directly, rather than wake up a stack that conducts joins.
    pub fn direct(&self) -> impl Iterator<Item = &LiveEdge> {
        self.edges.iter().filter(|live| !self.wakes_up(live))
    }

    /// Whether a webhook wakes up a stack that conducts joins.
    pub fn wakes_up(&self, live: &LiveEdge) -> bool {
        live.is_wake_up && self.conductors.contains_key(&live.edge.downstream)
    }

    /// The edges that joins make.
    pub fn joined(&self) -> impl Iterator<Item = Edge> {
        self.joins.iter().flat_map(LiveJoin::edges)
    }

    /// The stacks that only joins start, without those for which a join backs up a webhook.
    pub fn joined_stacks(&self) -> BTreeSet<&StackRef> {
        let alone = self.joins.iter().filter(|join| !join.stands_in());
        alone.map(|join| &join.stack).collect()
    }

    /// The references that a webhook can follow: between different stacks of one organization.
    pub fn followable(&self) -> impl Iterator<Item = &Edge> {
        self.references.iter().filter(|edge| {
            edge.upstream != edge.downstream
                && edge.upstream.organization() == edge.downstream.organization()
        })
    }

    /// The dependencies to judge: webhooks, and references that a webhook could follow, between stacks that were requested.
    pub fn dependencies(&self) -> BTreeSet<Edge> {
        let edges = self.started().into_iter().chain(self.followable().cloned());
        let is_inside = |edge: &Edge| {
            let mut ends = edge.ends().into_iter();
            ends.all(|stack| self.stacks.contains_key(stack) || self.covers(stack))
        };
        edges.filter(is_inside).collect()
    }

    /// When each stack was last updated.
    pub fn last_updates(&self) -> BTreeMap<StackRef, Option<Timestamp>> {
        let stacks = self.stacks.iter();
        let time = |live: &LiveStack| {
            let seconds = i64::try_from(live.last_update?).ok()?;
            Timestamp::from_second(seconds).ok()
        };
        stacks
            .map(|(stack, live)| (stack.clone(), time(live)))
            .collect()
    }

    /// Whether a stack would be among [`LiveGraph::stacks`] if it existed.
    pub fn covers(&self, stack: &StackRef) -> bool {
        let is_in_project = self
            .project
            .as_deref()
            .is_none_or(|project| project == stack.project());
        stack.organization() == self.organization && is_in_project
    }

    /// What the decision needs to know about joins: what they remember, and of which stacks the versions are compared.
    pub fn attention(&self) -> Attention {
        let joins = self.joins.iter().rev();
        Attention {
            identity: self
                .joins
                .iter()
                .flat_map(|join| join.upstream.clone())
                .filter(|stack| self.stacks.contains_key(stack))
                .collect(),
            // If a stack has several joins, the first one counts.
            joins: joins
                .map(|join| (join.stack.clone(), join.memory.clone()))
                .collect(),
            ..Attention::default()
        }
    }

    fn add(&mut self, found: SeenStack, failures: &mut BTreeMap<StackRef, Unavailable>) {
        let stack = &found.stack;
        let mut keep = |failure: Option<Unavailable>| {
            if let Some(failure) = failure {
                failures.entry(stack.clone()).or_insert(failure);
            }
        };
        let live = self.stacks.entry(stack.clone()).or_default();
        match found.settings {
            Some(Ok(settings)) => live.settings = Some(settings),
            Some(Err(failure)) => keep(Some(failure)),
            None => {}
        }
        live.knows_webhooks = found.webhooks.is_ok();
        live.knows_references = found.downstream.is_ok();
        let (downstream, failure) = split(found.downstream);
        keep(failure);
        for downstream in downstream.iter().flat_map(|stacks| stacks.iter()) {
            self.references.insert(Edge {
                upstream: stack.clone(),
                downstream: downstream.clone(),
            });
        }
        let (webhooks, failure) = split(found.webhooks);
        keep(failure);
        for webhook in webhooks.iter().flat_map(|webhooks| webhooks.iter()) {
            match LiveEdge::of(stack, webhook) {
                Some(edge) => self.edges.push(edge),
                None if webhook.starts(ScopeKind::Stack) != Starts::NoDeployment => {
                    self.strays.push(Stray {
                        upstream: stack.clone(),
                        webhook: webhook.name.clone(),
                        target: webhook.payload_url.clone(),
                    });
                }
                None => {}
            }
        }
    }
}

fn split<T>(answer: Result<Option<T>, Unavailable>) -> (Option<T>, Option<Unavailable>) {
    match answer {
        Ok(answer) => (answer, None),
        Err(unavailable) => (None, Some(unavailable)),
    }
}

/// What is known about one stack.
struct SeenStack {
    stack: StackRef,
    webhooks: Result<Option<Arc<Vec<LiveWebhook>>>, Unavailable>,
    settings: Option<Result<Option<DeploymentSettings>, Unavailable>>,
    downstream: Result<Option<Arc<Vec<StackRef>>>, Unavailable>,
}

impl Survey {
    /// The live graph of an organization, or of one project in it. `progress` is called with the number of stacks read, and
    /// the number of all.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the stacks cannot be listed. If a request about a single stack fails, its result is missing, and
    /// [`LiveGraph::unavailable`] says why.
    pub async fn live(
        &self,
        organization: &str,
        project: Option<&str>,
        detail: Detail,
        progress: impl Fn(usize, usize),
    ) -> Result<LiveGraph, Unavailable> {
        let mut graph = LiveGraph {
            organization: organization.to_owned(),
            project: project.map(str::to_owned),
            ..LiveGraph::default()
        };
        let mut tasks = JoinSet::new();
        for summary in self.stacks(organization, project).await? {
            let live = LiveStack {
                last_update: summary.last_update,
                has_state: summary.last_update.is_some() && summary.resource_count != Some(0),
                ..LiveStack::default()
            };
            if graph.stacks.insert(summary.stack.clone(), live).is_none() {
                let survey = self.clone();
                let bounds = Bounds::current();
                tasks
                    .spawn(bounds.hold(async move { survey.look_at(summary.stack, detail).await }));
            }
        }
        let n_stacks = graph.stacks.len();
        progress(0, n_stacks);
        let mut failures = BTreeMap::new();
        let mut n_done = 0;
        while let Some(joined) = tasks.join_next().await {
            let found = joined.expect("the task of a request neither panics nor is aborted");
            graph.add(found, &mut failures);
            n_done += 1;
            progress(n_done, n_stacks);
        }
        graph.edges.sort_unstable();
        graph.strays.sort_unstable();
        let exists = |stack: &StackRef| graph.stacks.contains_key(stack);
        let conducted = self.conducted(&graph.edges, exists).await;
        graph.joins = conducted.joins;
        graph.conductors = conducted.conductors;
        failures.extend(conducted.failures);
        graph.unavailable = failures.into_values().next();
        Ok(graph)
    }

    async fn look_at(&self, stack: StackRef, detail: Detail) -> SeenStack {
        let settings = async {
            match detail {
                Detail::Edges => None,
                Detail::EdgesAndSettings => Some(self.settings(&stack).await),
            }
        };
        let (webhooks, settings, downstream) = tokio::join!(
            self.webhooks(&stack),
            settings,
            self.downstream_references(&stack)
        );
        SeenStack {
            stack,
            webhooks,
            settings,
            downstream,
        }
    }
}
