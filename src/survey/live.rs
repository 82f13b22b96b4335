//! The graph that is live on the cloud: an organization's stacks, the webhooks between them, and who refers to whom.
//!
//! # What this may not do
//!
//! Ask more than three questions about a stack, or take a stack for missing that is only outside what was asked for.

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
    /// The project, if only one was asked for: then only its stacks are known, and the webhooks on them.
    pub project: Option<String>,
    /// The stacks.
    pub stacks: BTreeMap<StackRef, LiveStack>,
    /// The webhooks that start stacks, in order. An end may be a stack that is not among [`LiveGraph::stacks`].
    pub edges: Vec<LiveEdge>,
    /// The stacks that conduct joins: wake-up webhooks start them, and their states have joins.
    pub conductors: BTreeMap<StackRef, Conductor>,
    /// The joins that they conduct, in order.
    pub joins: Vec<LiveJoin>,
    /// The `StackReference`s: `downstream` holds one to `upstream`.
    pub references: BTreeSet<Edge>,
    /// The webhooks that should start something but name no stack, in order.
    pub strays: Vec<Stray>,
    /// Why something is not known, if the cloud did not tell: the first reason by the stack's name.
    pub unavailable: Option<Unavailable>,
}

/// How much is asked about each stack of a live graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Its webhooks, and who refers to it: two requests.
    Edges,
    /// Its deployment settings as well: three requests.
    EdgesAndSettings,
}

/// A stack in the live graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveStack {
    /// When it was last updated, in seconds since 1970; `None` if never.
    pub last_update: Option<u64>,
    /// Whether it has a state to speak of: it was updated, and not destroyed since. Without one it refers to nothing yet.
    pub has_state: bool,
    /// What counts of its deployment settings; `Some(None)` if it has none, `None` if it was not asked, or the cloud did not
    /// tell.
    pub settings: Option<Option<DeploymentSettings>>,
    /// Whether the cloud told its webhooks.
    pub knows_webhooks: bool,
    /// Whether the cloud told who refers to it.
    pub knows_references: bool,
}

/// A webhook that should start a stack, but names none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stray {
    /// The stack that it is on.
    pub upstream: StackRef,
    /// Its name.
    pub webhook: String,
    /// What it names instead.
    pub target: String,
}

impl LiveGraph {
    /// The edges by which an update of a stack starts another, by a webhook or through a join, each once.
    pub fn started(&self) -> BTreeSet<Edge> {
        let webhooks = self.direct().filter(|live| live.starts().is_edge());
        let webhooks = webhooks.map(|live| live.edge.clone());
        webhooks.chain(self.joined()).collect()
    }

    /// The webhooks that start their stacks for their own sake: not those that wake up a stack which conducts joins.
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

    /// The stacks that joins alone start: not those whose webhook a join stands in for.
    pub fn joined_stacks(&self) -> BTreeSet<&StackRef> {
        let alone = self.joins.iter().filter(|join| !join.stands_in());
        alone.map(|join| &join.stack).collect()
    }

    /// The references that a webhook can follow: not those of a stack to itself, and none from another organization.
    pub fn followable(&self) -> impl Iterator<Item = &Edge> {
        self.references.iter().filter(|edge| {
            edge.upstream != edge.downstream
                && edge.upstream.organization() == edge.downstream.organization()
        })
    }

    /// What depends on what, as far as it is judged: by a webhook, or by a reference that a webhook could follow. Stacks that
    /// are outside of what was asked for are not.
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

    /// What the decision has to be told of joins: what they remember, and whose versions that is compared with.
    pub fn attention(&self) -> Attention {
        let joins = self.joins.iter().rev();
        Attention {
            identity: self
                .joins
                .iter()
                .flat_map(|join| join.upstream.clone())
                .filter(|stack| self.stacks.contains_key(stack))
                .collect(),
            // Of several joins of one stack, the first counts.
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

/// What was found out about one stack.
struct SeenStack {
    stack: StackRef,
    webhooks: Result<Option<Arc<Vec<LiveWebhook>>>, Unavailable>,
    settings: Option<Result<Option<DeploymentSettings>, Unavailable>>,
    downstream: Result<Option<Arc<Vec<StackRef>>>, Unavailable>,
}

impl Survey {
    /// The live graph of an organization, or of one project in it. `progress` is told how many stacks of how many have
    /// been looked at.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the stacks cannot even be listed; what is not told about single stacks is missing, and
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
            let found = joined.expect("nobody aborts a question, and none panics");
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
