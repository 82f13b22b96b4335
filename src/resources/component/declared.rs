//! What the components of one program declare together, to find cycles among them and what is said twice.
//!
//! The engine constructs the components of a program in any order and several at once, and all of one provider come to
//! one process. Whichever closes a cycle is refused.
//!
//! # What this may not do
//!
//! Know of edges in other programs; those are on the cloud.

use super::kind::Kind;
use crate::cloud::LiveWebhook;
use crate::domain::StackRef;
use crate::findings::Code;
use crate::graph::{self, Cycle, Edge, Net};
use crate::survey::{Facts, LiveEdge};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};

/// What each deployment that this process serves declares, by the address of the deployment's resource monitor.
#[derive(Debug, Default)]
pub struct Declared(Mutex<Programs>);

#[derive(Debug, Default)]
struct Programs {
    deployments: BTreeMap<String, Deployment>,
    /// The edges of webhooks that are in no component. The engine does not tell of which deployment they are, but a
    /// process serves one at a time.
    webhooks: Net,
}

#[derive(Debug, Default)]
struct Deployment {
    edges: BTreeMap<Edge, Component>,
    /// The same edges.
    net: Net,
    stacks: BTreeSet<StackRef>,
    /// The names of the `AutoDeployer`s of each stack.
    deployers: BTreeMap<StackRef, BTreeSet<String>>,
    /// The webhooks on the cloud that make edges which the program does not declare.
    live: Webhooks,
    said: BTreeSet<String>,
    /// How many warnings of each kind there were.
    counts: BTreeMap<Code, usize>,
}

/// Webhooks of stacks, in the form of [`Facts`].
pub type Webhooks = BTreeMap<StackRef, Option<Arc<Vec<LiveWebhook>>>>;

/// A component of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Which one.
    pub kind: Kind,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind.name(), self.name)
    }
}

/// Why edges cannot be declared, as a reason for a failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// They close a cycle.
    #[error("these stacks would start each other for ever: {0}; remove one of the references")]
    Cycle(Cycle),
    /// One of them is declared already, and one of the two is a graph's.
    #[error("the {by} has the edge `{edge}` already: remove it from one of the two")]
    Twice {
        /// The edge.
        edge: Box<Edge>,
        /// Who declared it first.
        by: Component,
    },
}

impl Declared {
    /// Adds what one component declares.
    ///
    /// # Errors
    ///
    /// The edges close a cycle, or repeat one of a graph; then nothing of the component is kept. Two `AutoDeployer`s may
    /// have the same edge, as they have a webhook each: such edges are answered, with who declared each first.
    pub fn declare(
        &self,
        deployment: &str,
        component: &Component,
        edges: &[Edge],
        stacks: &BTreeSet<StackRef>,
    ) -> Result<Vec<(Edge, Component)>, Refusal> {
        let mut programs = self.lock();
        let Programs {
            deployments,
            webhooks,
        } = &mut *programs;
        let declared = deployments.entry(deployment.to_owned()).or_default();
        let mut twice = Vec::new();
        for edge in edges {
            let Some(by) = declared.edges.get(edge) else {
                continue;
            };
            let (edge, by) = (edge.clone(), by.clone());
            if [by.kind, component.kind].contains(&Kind::DependencyGraph) {
                let edge = Box::new(edge);
                return Err(Refusal::Twice { edge, by });
            }
            twice.push((edge, by));
        }
        if let Some(cycle) = graph::closed_by(edges, &[&declared.net, webhooks]) {
            return Err(Refusal::Cycle(cycle));
        }
        for edge in edges {
            declared.net.insert(edge);
            declared
                .edges
                .entry(edge.clone())
                .or_insert_with(|| component.clone());
        }
        declared.stacks.extend(stacks.iter().cloned());
        if component.kind == Kind::AutoDeployer {
            for edge in edges {
                let names = declared.deployers.entry(edge.upstream.clone()).or_default();
                names.insert(component.name.clone());
            }
        }
        Ok(twice)
    }

    /// Adds the edge of a webhook that is in no component.
    ///
    /// # Errors
    ///
    /// It closes a cycle; then it is not kept.
    pub fn declare_webhook(&self, edge: &Edge) -> Result<(), Refusal> {
        let mut programs = self.lock();
        let declared = programs.deployments.values().map(|it| &it.net);
        let nets: Vec<&Net> = declared.chain([&programs.webhooks]).collect();
        if let Some(cycle) = graph::closed_by(std::slice::from_ref(edge), &nets) {
            return Err(Refusal::Cycle(cycle));
        }
        programs.webhooks.insert(edge);
        Ok(())
    }

    /// The names of the `AutoDeployer`s of a stack that the program has declared so far.
    pub fn deployers(&self, deployment: &str, stack: &StackRef) -> BTreeSet<String> {
        let programs = self.lock();
        let declared = programs.deployments.get(deployment);
        declared
            .and_then(|declared| declared.deployers.get(stack).cloned())
            .unwrap_or_default()
    }

    /// Remembers which webhooks on the cloud make edges that the program does not declare, for the components that come
    /// later.
    pub fn add_live(&self, deployment: &str, facts: &Facts) {
        let mut programs = self.lock();
        let declared = programs
            .deployments
            .entry(deployment.to_owned())
            .or_default();
        for (stack, webhooks) in &facts.webhooks {
            let is_foreign = |webhook: &&LiveWebhook| {
                let live = LiveEdge::of(stack, webhook);
                live.is_some_and(|live| {
                    live.starts().is_edge() && !declared.edges.contains_key(&live.edge)
                })
            };
            let webhooks = webhooks.iter().flat_map(|webhooks| webhooks.iter());
            let foreign: Vec<_> = webhooks.filter(is_foreign).cloned().collect();
            if !foreign.is_empty() {
                let foreign = Some(Arc::new(foreign));
                declared.live.insert(stack.clone(), foreign);
            }
        }
    }

    /// The webhooks on the cloud that components so far have found, and that make edges which were not declared then.
    pub fn live(&self, deployment: &str) -> Webhooks {
        let programs = self.lock();
        let declared = programs.deployments.get(deployment);
        declared
            .map(|declared| declared.live.clone())
            .unwrap_or_default()
    }

    /// All edges that the program has declared so far.
    pub fn edges(&self, deployment: &str) -> Vec<Edge> {
        let programs = self.lock();
        let declared = programs.deployments.get(deployment);
        declared
            .map(|declared| declared.edges.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// All stacks that the program has declared so far.
    pub fn stacks(&self, deployment: &str) -> BTreeSet<StackRef> {
        let programs = self.lock();
        let declared = programs.deployments.get(deployment);
        declared
            .map(|declared| declared.stacks.clone())
            .unwrap_or_default()
    }

    /// Whether something is to be said now: the first time in a deployment it is.
    pub fn is_news(&self, deployment: &str, text: &str) -> bool {
        let mut programs = self.lock();
        let declared = programs
            .deployments
            .entry(deployment.to_owned())
            .or_default();
        declared.said.insert(text.to_owned())
    }

    /// How many warnings of a kind there are in a deployment, this one among them.
    pub fn count(&self, deployment: &str, code: Code) -> usize {
        let mut programs = self.lock();
        let declared = programs
            .deployments
            .entry(deployment.to_owned())
            .or_default();
        let count = declared.counts.entry(code).or_default();
        *count += 1;
        *count
    }

    /// Forgets everything; for the begin of a deployment, which may get the address of an earlier one.
    pub fn clear(&self) {
        *self.lock() = Programs::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Programs> {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
    }
}
