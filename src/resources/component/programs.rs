//! What the components of one program declare together, to find cycles among them and what is declared twice.
//!
//! The engine constructs the components of a program in any order and several at once, and all of one provider come to
//! one process. Whichever closes a cycle is refused.
//!
//! # What this may not do
//!
//! Know of edges in other programs; those are on the cloud.

use super::kind::Kind;
use super::target::follows_itself;
use crate::cloud::LiveWebhook;
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::findings::{Code, Subject};
use crate::graph::{self, Cycle, Edge, Net};
use crate::survey::{Facts, LiveEdge};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

/// The programs that this process serves.
#[derive(Debug, Default)]
pub struct Programs(Mutex<Records>);

/// One of them. Whatever is asked of it holds until its next component says more.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    all: &'a Programs,
    /// The address of its resource monitor, which no other deployment has at the same time.
    monitor: &'a str,
}

#[derive(Debug, Default)]
struct Records {
    by_monitor: BTreeMap<String, Record>,
    /// The edges of webhooks and joins that are in no component. The engine does not say of which program they are, but a
    /// process serves one at a time.
    alone: Net,
}

/// What one program declared so far.
#[derive(Debug, Default)]
struct Record {
    edges: BTreeMap<Edge, Arc<Component>>,
    /// The same edges.
    net: Net,
    stacks: BTreeSet<StackRef>,
    /// The stacks that joins start: once, whatever leads to them.
    joined: BTreeSet<StackRef>,
    /// How stacks are written, by their names in lower case.
    spellings: BTreeMap<String, BTreeSet<StackRef>>,
    /// The webhooks on the cloud that make edges which the program does not declare.
    live: Webhooks,
    said: BTreeSet<News>,
    /// Digests of the former names that a component has claimed for its webhooks: there may be nine for each.
    claimed: HashSet<[u8; 32]>,
    /// How many warnings of each kind there were.
    counts: BTreeMap<Code, usize>,
}

/// What is said once in a deployment, however many components find it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// A finding about something.
    Finding(Code, Subject),
    /// That there are more findings of a kind than are shown.
    More(Code),
    /// That the cloud could not be asked.
    Unavailable,
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
    #[error("these stacks would start each other forever: {0}; remove one of the references")]
    Cycle(Cycle),
    /// One of them leads from a stack to itself.
    #[error("{0}")]
    Itself(String),
    /// One of them is declared already, and one of the two is a graph's.
    #[error("the {by} has the edge `{edge}` already: remove it from one of the two")]
    Twice {
        /// The edge.
        edge: Box<Edge>,
        /// Who declared it first.
        by: Component,
    },
}

impl Programs {
    /// The program whose resource monitor has this address.
    pub fn program<'a>(&'a self, monitor: &'a str) -> Program<'a> {
        Program { all: self, monitor }
    }

    /// Adds the edges of a webhook or a join that is in no component.
    ///
    /// # Errors
    ///
    /// They close a cycle, if only of a stack with itself; then none is kept.
    pub fn declare_alone(&self, edges: &[Edge]) -> Result<(), Refusal> {
        let itself = |edge: &Edge| follows_itself(&edge.upstream, &edge.downstream);
        if let Some(reason) = edges.iter().find_map(itself) {
            return Err(Refusal::Itself(reason));
        }
        let mut records = self.lock();
        let declared = records.by_monitor.values().map(|record| &record.net);
        let nets: Vec<&Net> = declared.chain([&records.alone]).collect();
        if let Some(cycle) = graph::closed_by(edges, &nets) {
            return Err(Refusal::Cycle(cycle));
        }
        for edge in edges {
            records.alone.insert(edge);
        }
        Ok(())
    }

    /// All edges that were declared since the deployment began.
    pub fn edges(&self) -> BTreeSet<Edge> {
        let records = self.lock();
        let of_components = records.by_monitor.values();
        let of_components = of_components.flat_map(|record| record.edges.keys().cloned());
        of_components.chain(records.alone.edges()).collect()
    }

    /// The stacks that are directly above this one by edges that were declared since the deployment began.
    pub fn upstream(&self, stack: &StackRef) -> BTreeSet<StackRef> {
        let records = self.lock();
        let nets = records.by_monitor.values().map(|record| &record.net);
        let nets = nets.chain([&records.alone]);
        nets.flat_map(|net| net.upstream(stack)).cloned().collect()
    }

    /// The stacks that joins of components start, as far as they were declared since the deployment began.
    pub fn joined(&self) -> BTreeSet<StackRef> {
        let records = self.lock();
        let joined = records.by_monitor.values().map(|record| &record.joined);
        joined.flatten().cloned().collect()
    }

    /// Forgets everything; for the begin of a deployment, which may get the address of an earlier one.
    pub fn clear(&self) {
        *self.lock() = Records::default();
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
    }
}

impl Program<'_> {
    /// Adds what one component declares.
    ///
    /// # Errors
    ///
    /// The edges close a cycle, or repeat one of a graph; then nothing of the component is kept. Two `AutoDeployer`s may
    /// have the same edge, as they have a webhook each: such edges are answered, with who declared each first.
    pub fn declare(
        self,
        component: &Component,
        edges: &[Edge],
        stacks: &BTreeSet<StackRef>,
    ) -> Result<Vec<(Edge, Component)>, Refusal> {
        let mut records = self.all.lock();
        let Records { by_monitor, alone } = &mut *records;
        let record = by_monitor.entry(self.monitor.to_owned()).or_default();
        let mut twice = Vec::new();
        for edge in edges {
            let Some(by) = record.edges.get(edge) else {
                continue;
            };
            let (edge, by) = (edge.clone(), Component::clone(by));
            if [by.kind, component.kind].contains(&Kind::DependencyGraph) {
                let edge = Box::new(edge);
                return Err(Refusal::Twice { edge, by });
            }
            twice.push((edge, by));
        }
        if let Some(cycle) = graph::closed_by(edges, &[&record.net, alone]) {
            return Err(Refusal::Cycle(cycle));
        }
        record.add(component, edges, stacks);
        Ok(twice)
    }

    /// Notes how a component writes these stacks; answers each that is written otherwise as well, here or by a component
    /// before, with the other way. A cloud may take the two for one stack, or not.
    pub fn spell(self, stacks: &BTreeSet<StackRef>) -> Vec<(StackRef, StackRef)> {
        self.record(|record| {
            let mut otherwise = Vec::new();
            for stack in stacks {
                let spelling = stack.to_string().to_ascii_lowercase();
                let known = record.spellings.entry(spelling).or_default();
                if known.insert(stack.clone()) {
                    let others = known.iter().filter(|other| *other != stack);
                    otherwise.extend(others.map(|other| (stack.clone(), other.clone())));
                }
            }
            otherwise
        })
    }

    /// Remembers which webhooks on the cloud make edges that the program does not declare, for the components that come
    /// later, in place of what was found on the same stacks before.
    pub fn add_live(self, facts: &Facts) {
        self.record(|record| {
            for (stack, webhooks) in &facts.webhooks {
                let is_foreign = |webhook: &&LiveWebhook| {
                    let live = LiveEdge::of(stack, webhook);
                    live.is_some_and(|live| {
                        live.starts().is_edge() && !record.edges.contains_key(&live.edge)
                    })
                };
                let webhooks = webhooks.iter().flat_map(|webhooks| webhooks.iter());
                let foreign: Vec<_> = webhooks.filter(is_foreign).cloned().collect();
                if foreign.is_empty() {
                    record.live.remove(stack);
                } else {
                    record.live.insert(stack.clone(), Some(Arc::new(foreign)));
                }
            }
        });
    }

    /// The webhooks on the cloud that components so far have found, and that make edges which were not declared then.
    pub fn live(self) -> Webhooks {
        self.record(|record| record.live.clone())
    }

    /// Claims a former name for a webhook; returns whether it was free. The engine lets one resource go on from an
    /// older one, and fails if two say that they do.
    pub fn claim(self, former: &Urn) -> bool {
        let whole: [u8; 32] = Sha256::digest(former.as_str()).into();
        self.record(|record| record.claimed.insert(whole))
    }

    /// Notes stacks that joins start.
    pub fn join(self, stacks: &BTreeSet<StackRef>) {
        self.record(|record| record.joined.extend(stacks.iter().cloned()));
    }

    /// The stacks that joins start, as far as components have noted them.
    pub fn joined(self) -> BTreeSet<StackRef> {
        self.record(|record| record.joined.clone())
    }

    /// All edges.
    pub fn edges(self) -> Vec<Edge> {
        self.record(|record| record.edges.keys().cloned().collect())
    }

    /// All stacks.
    pub fn stacks(self) -> BTreeSet<StackRef> {
        self.record(|record| record.stacks.clone())
    }

    /// Whether to report something now: true the first time.
    pub fn is_news(self, news: News) -> bool {
        self.record(|record| record.said.insert(news))
    }

    /// How many warnings of a kind there are, this one among them.
    pub fn count(self, code: Code) -> usize {
        self.record(|record| {
            let count = record.counts.entry(code).or_default();
            *count += 1;
            *count
        })
    }

    fn record<T>(self, with: impl FnOnce(&mut Record) -> T) -> T {
        let mut records = self.all.lock();
        with(
            records
                .by_monitor
                .entry(self.monitor.to_owned())
                .or_default(),
        )
    }
}

impl Record {
    fn add(&mut self, component: &Component, edges: &[Edge], stacks: &BTreeSet<StackRef>) {
        let component = Arc::new(component.clone());
        for edge in edges {
            self.net.insert(edge);
            self.edges
                .entry(edge.clone())
                .or_insert_with(|| Arc::clone(&component));
        }
        self.stacks.extend(stacks.iter().cloned());
    }
}
