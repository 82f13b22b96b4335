//! The edges that the `AutoDeployer`s of one program declare, to find cycles among them.
//!
//! The engine constructs the components of a program in any order and several at once, and all of one provider come to
//! one process. Whichever closes a cycle is refused.
//!
//! # What this may not do
//!
//! Know of edges in other programs; those are on the cloud.

use crate::graph::{self, Cycle, Edge};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// The edges of each deployment that this process serves, by the address of the deployment's resource monitor.
#[derive(Debug, Default)]
pub struct DeclaredEdges(Mutex<BTreeMap<String, BTreeSet<Edge>>>);

impl DeclaredEdges {
    /// Adds the edges of one component, and says which cycle they close, if any. Edges that close one are not kept.
    pub fn declare(&self, deployment: &str, edges: &[Edge]) -> Option<Cycle> {
        let mut deployments = self
            .0
            .lock()
            .expect("nobody panics while holding this lock");
        let declared = deployments.entry(deployment.to_owned()).or_default();
        let cycle = graph::find_cycle(declared.iter().chain(edges));
        if cycle.is_none() {
            declared.extend(edges.iter().cloned());
        }
        cycle
    }

    /// Forgets everything; for the begin of a deployment, which may get the address of an earlier one.
    pub fn clear(&self) {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
            .clear();
    }
}
