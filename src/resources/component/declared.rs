//! What the components of one program declare together, to find cycles among them and what is said twice.
//!
//! The engine constructs the components of a program in any order and several at once, and all of one provider come to
//! one process. Whichever closes a cycle is refused.
//!
//! # What this may not do
//!
//! Know of edges in other programs; those are on the cloud.

use super::Kind;
use crate::domain::StackRef;
use crate::graph::{self, Cycle, Edge};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Mutex;

/// What each deployment that this process serves declares, by the address of the deployment's resource monitor.
#[derive(Debug, Default)]
pub struct Declared(Mutex<BTreeMap<String, Deployment>>);

#[derive(Debug, Default)]
struct Deployment {
    edges: BTreeMap<Edge, Component>,
    stacks: BTreeSet<StackRef>,
    said: BTreeSet<String>,
}

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
        edge: Edge,
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
    /// have the same edge: they have a webhook each.
    pub fn declare(
        &self,
        deployment: &str,
        component: &Component,
        edges: &[Edge],
        stacks: &BTreeSet<StackRef>,
    ) -> Result<(), Refusal> {
        let mut deployments = self.lock();
        let declared = deployments.entry(deployment.to_owned()).or_default();
        for edge in edges {
            if let Some(by) = declared.edges.get(edge)
                && [by.kind, component.kind].contains(&Kind::DependencyGraph)
            {
                return Err(Refusal::Twice {
                    edge: edge.clone(),
                    by: by.clone(),
                });
            }
        }
        if let Some(cycle) = graph::find_cycle(declared.edges.keys().chain(edges)) {
            return Err(Refusal::Cycle(cycle));
        }
        for edge in edges {
            declared
                .edges
                .entry(edge.clone())
                .or_insert_with(|| component.clone());
        }
        declared.stacks.extend(stacks.iter().cloned());
        Ok(())
    }

    /// All edges that the program has declared so far.
    pub fn edges(&self, deployment: &str) -> Vec<Edge> {
        let deployments = self.lock();
        let declared = deployments.get(deployment);
        declared
            .map(|declared| declared.edges.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// All stacks that the program has declared so far.
    pub fn stacks(&self, deployment: &str) -> BTreeSet<StackRef> {
        let deployments = self.lock();
        let declared = deployments.get(deployment);
        declared
            .map(|declared| declared.stacks.clone())
            .unwrap_or_default()
    }

    /// Whether something is to be said now: the first time in a deployment it is.
    pub fn is_news(&self, deployment: &str, text: &str) -> bool {
        let mut deployments = self.lock();
        let declared = deployments.entry(deployment.to_owned()).or_default();
        declared.said.insert(text.to_owned())
    }

    /// Forgets everything; for the begin of a deployment, which may get the address of an earlier one.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Deployment>> {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
    }
}
