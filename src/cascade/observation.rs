//! What was seen of each stack of a graph, and of the joins among them.
//!
//! # What this may not do
//!
//! Take what was not asked for an answer: it is `None` here, and nothing is concluded from it.

use super::history::History;
use crate::cloud::Pauses;
use crate::domain::StackRef;
use crate::graph::{Edge, Net};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that the decision rests on: the graph, what was seen of its stacks, and what joins remember.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// What depends on what. What is not in the graph never counts.
    pub edges: BTreeSet<Edge>,
    /// The stacks. One that only an edge names is missing.
    pub stacks: BTreeMap<StackRef, Observed>,
    /// What is remembered of the stacks that joins start.
    pub joins: BTreeMap<StackRef, Join>,
    /// A time of the cloud that was seen elsewhere, if it may be newer than all that happened to these stacks.
    pub clock: Option<Timestamp>,
}

impl World {
    /// What bears on these stacks: what was seen of them and of all that is above them. `net` has the edges of this world.
    ///
    /// The decision says the same of them here as there if [`World::clock`] is the newest time that was seen.
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

    /// Takes what was seen since of a stack's past. What else is known of the stack stays, as far as it is there.
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

/// What was seen of a stack.
#[derive(Clone, Debug)]
pub enum Observed {
    /// It is there.
    Found(Observation),
    /// It does not exist, or this token may not see it.
    Missing,
    /// The cloud did not answer, or not enough: why.
    Unreadable(String),
}

/// What was seen of a stack that is there.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// What distinguishes it from an earlier stack of the same name, whose versions mean nothing; `None` if it was not
    /// asked.
    pub id: Option<String>,
    /// What happened to it.
    pub history: History,
    /// Whether it has deployment settings; `None` if it was not asked.
    pub has_settings: Option<bool>,
    /// Whether its deployments wait; `None` if it was not asked.
    pub pauses: Option<Pauses>,
}

/// What is remembered of a stack that a join starts.
#[derive(Clone, Debug, Default)]
pub struct Join {
    /// For each upstream stack, the version that the stack was last started for.
    pub handled: BTreeMap<StackRef, Version>,
    /// The deployment that was started then.
    pub deployment: Option<String>,
    /// Whether only an update that changes outputs which the stack holds makes it due.
    pub compares_outputs: bool,
    /// How the outputs of upstream stacks compare with those that the stack holds, as far as it was asked. Who has not asked
    /// takes every update for news.
    pub outputs: BTreeMap<StackRef, Outputs>,
    /// How long the webhook that starts the stack as well is given to do so; `None` if there is none.
    pub grace: Option<SignedDuration>,
}

/// One version of one stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Which stack of that name; `None` if it was not asked.
    pub id: Option<String>,
    /// The version.
    pub number: i64,
}

impl Version {
    /// Whether both are certainly the same. Without an id only the numbers can be compared.
    pub fn is(&self, other: &Version) -> bool {
        let is_other_stack = matches!((&self.id, &other.id), (Some(one), Some(two)) if one != two);
        self.number == other.number && !is_other_stack
    }
}

/// How the outputs of an upstream stack compare with those that a stack's StackReference to it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    /// Every output that it holds is as it was.
    Same,
    /// One differs, or cannot be compared.
    Changed,
    /// It holds no StackReference to it: every update counts.
    NotHeld,
}

impl Observed {
    /// What was seen, if it is there.
    pub fn found(&self) -> Option<&Observation> {
        match self {
            Observed::Found(observation) => Some(observation),
            Observed::Missing | Observed::Unreadable(_) => None,
        }
    }
}
