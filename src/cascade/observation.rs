//! What was observed of each stack of a graph, and of its joins.
//!
//! # What this may not do
//!
//! Treat a question that was not asked as answered: its field is `None`, and nothing is concluded from it.

use super::history::History;
use crate::cloud::Pauses;
use crate::domain::StackRef;
use crate::graph::{Edge, Net};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the decision is based on: the graph, what was observed of its stacks, and what joins remember.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// What depends on what. Stacks outside this graph never count.
    pub edges: BTreeSet<Edge>,
    /// The stacks. One that only an edge names counts as missing.
    pub stacks: BTreeMap<StackRef, Observed>,
    /// What is remembered about the stacks that joins start.
    pub joins: BTreeMap<StackRef, Join>,
    /// A time of the cloud that was seen elsewhere, if it may be newer than everything that happened to these stacks.
    pub clock: Option<Timestamp>,
}

impl World {
    /// The part of this world that matters for these stacks: they and everything above them. `net` has the edges of this
    /// world.
    ///
    /// The decision on the part equals that on the whole if [`World::clock`] is the newest time observed in the whole.
    #[must_use]
    pub fn around<'a>(
        &self,
        net: &'a Net,
        stacks: impl IntoIterator<Item = &'a StackRef>,
    ) -> World {
        let stacks = net.above(stacks);
        let edges = stacks.iter().flat_map(|&downstream| {
            net.upstream(downstream).map(|upstream| Edge {
                upstream: upstream.clone(),
                downstream: downstream.clone(),
            })
        });
        let seen = |&stack: &&StackRef| Some((stack.clone(), self.stacks.get(stack)?.clone()));
        let joined = |&stack: &&StackRef| Some((stack.clone(), self.joins.get(stack)?.clone()));
        World {
            edges: edges.collect(),
            stacks: stacks.iter().filter_map(seen).collect(),
            joins: stacks.iter().filter_map(joined).collect(),
            clock: self.clock,
        }
    }

    /// Replaces what was observed of a stack's past. Other facts about the stack stay if it still exists.
    pub fn put_past(&mut self, stack: &StackRef, seen: Observed) {
        let kept = self.stacks.get(stack).and_then(Observed::found).cloned();
        let seen = match (seen, kept) {
            (Observed::Found(seen), Some(kept)) => Observed::Found(Observation {
                history: seen.history,
                ..kept
            }),
            (seen, _) => seen,
        };
        self.stacks.insert(stack.clone(), seen);
    }
}

/// What was observed of a stack.
#[derive(Clone, Debug)]
pub enum Observed {
    /// It exists.
    Found(Observation),
    /// It does not exist, or this token may not see it.
    Missing,
    /// The cloud did not answer, or did not say enough; with the cause.
    Unreadable(String),
}

/// What was observed of an existing stack.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// What distinguishes it from an earlier stack of the same name, whose versions mean nothing; `None` if not asked.
    pub id: Option<String>,
    /// Its past.
    pub history: History,
    /// Whether it has deployment settings; `None` if not asked.
    pub has_settings: Option<bool>,
    /// Whether its deployments are paused; `None` if not asked.
    pub pauses: Option<Pauses>,
}

/// What is remembered about a stack that a join starts.
#[derive(Clone, Debug, Default)]
pub struct Join {
    /// For each upstream stack, the version that the stack was last started for.
    pub handled: BTreeMap<StackRef, Version>,
    /// The deployment of that start.
    pub deployment: Option<String>,
    /// Whether only an update that changes outputs which the stack holds makes it due.
    pub compares_outputs: bool,
    /// How the outputs of upstream stacks compare with those that the stack holds, as far as this was asked. Where it was
    /// not asked, every update is news.
    pub outputs: BTreeMap<StackRef, Outputs>,
    /// How long to wait for the webhook that also starts the stack; `None` if there is no such webhook.
    pub grace: Option<SignedDuration>,
}

/// One version of one stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The stack's ID; `None` if not asked.
    pub id: Option<String>,
    /// The number of the version.
    pub number: i64,
}

impl Version {
    /// Whether both are certainly the same version. Without an ID, only the numbers can be compared.
    pub fn is(&self, other: &Version) -> bool {
        let is_other_stack = matches!((&self.id, &other.id), (Some(one), Some(two)) if one != two);
        self.number == other.number && !is_other_stack
    }
}

/// How the outputs of an upstream stack compare with those that a stack's StackReference to it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// Every output that the stack holds is unchanged.
    Same,
    /// An output differs or cannot be compared.
    Changed,
    /// The stack has no StackReference to it, so every update counts.
    NotHeld,
}

impl Observed {
    /// The observation, if the stack exists and could be read.
    pub fn found(&self) -> Option<&Observation> {
        match self {
            Observed::Found(observation) => Some(observation),
            Observed::Missing | Observed::Unreadable(_) => None,
        }
    }
}
