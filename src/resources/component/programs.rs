//! The combined declarations of a program's components, to find cycles and duplicates among them.
//!
//! The engine constructs the components of a program in any order and several at once, all of one provider in one process.
//! The component that closes a cycle is refused.
//!
//! # What this may not do
//!
//! Know edges of other programs: those are on the cloud.

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

/// One of them. An answer is valid until the program's next component is declared.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    all: &'a Programs,
    /// The address of its resource monitor, which is unique among concurrent deployments.
    monitor: &'a str,
}

#[derive(Debug, Default)]
struct Records {
    by_monitor: BTreeMap<String, Record>,
    /// The edges of webhooks and joins outside of components. The engine does not say which program they belong to, but a
    /// process serves one at a time.
    alone: Net,
}

/// The declarations of one program so far.
#[derive(Debug, Default)]
struct Record {
    edges: BTreeMap<Edge, Arc<Component>>,
    /// The same edges, for searches.
    net: Net,
    stacks: BTreeSet<StackRef>,
    /// The stacks that joins start, which run once whatever leads to them.
    joined: BTreeSet<StackRef>,
    /// The spellings of stacks, by their names in lower case.
    spellings: BTreeMap<String, BTreeSet<StackRef>>,
    /// The webhooks on the cloud whose edges the program does not declare.
    live: Webhooks,
    said: BTreeSet<News>,
    /// Digests of the former names that components have claimed for their webhooks, of which each may have nine.
    claimed: HashSet<[u8; 32]>,
    /// The number of warnings of each kind.
    counts: BTreeMap<Code, usize>,
}

/// A report that is made once per deployment, however many components find it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// A finding with this subject.
    Finding(Code, Subject),
    /// There are more findings of a kind than are shown.
    More(Code),
    /// The cloud could not be read.
    Unavailable,
}

/// Webhooks by stack, in the form of [`Facts`].
pub type Webhooks = BTreeMap<StackRef, Option<Arc<Vec<LiveWebhook>>>>;

/// A component of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind.name(), self.name)
    }
}

/// Why edges are refused, as the reason of a failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// They close a cycle.
    #[error("these stacks would start each other forever: {0}; remove one of the references")]
    Cycle(Cycle),
    /// One of them leads from a stack to itself.
    #[error("{0}")]
    Itself(String),
    /// One of them is already declared, and one of the two declarations is that of a graph.
    #[error("the {by} has the edge `{edge}` already: remove it from one of the two")]
    Twice {
        /// The edge.
        edge: Box<Edge>,
        /// The component that declared it first.
        by: Component,
    },
}

impl Programs {
    /// The program whose resource monitor has this address.
    pub fn program<'a>(&'a self, monitor: &'a str) -> Program<'a> {
        Program { all: self, monitor }
    }

    /// Adds the edges of a webhook or a join outside of components.
    ///
    /// # Errors
    ///
    /// They close a cycle, possibly of a single stack; then none is added.
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

    /// All edges that were declared in this deployment.
    pub fn edges(&self) -> BTreeSet<Edge> {
        let records = self.lock();
        let of_components = records.by_monitor.values();
        let of_components = of_components.flat_map(|record| record.edges.keys().cloned());
        of_components.chain(records.alone.edges()).collect()
    }

    /// The stacks directly above this one, by edges that were declared in this deployment.
    pub fn upstream(&self, stack: &StackRef) -> BTreeSet<StackRef> {
        let records = self.lock();
        let nets = records.by_monitor.values().map(|record| &record.net);
        let nets = nets.chain([&records.alone]);
        nets.flat_map(|net| net.upstream(stack)).cloned().collect()
    }

    /// The stacks that joins of components start, as declared in this deployment.
    pub fn joined(&self) -> BTreeSet<StackRef> {
        let records = self.lock();
        let joined = records.by_monitor.values().map(|record| &record.joined);
        joined.flatten().cloned().collect()
    }

    /// Forgets everything, at the start of a deployment, which may get the address of an earlier one.
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
    /// Adds the declarations of a component.
    ///
    /// # Errors
    ///
    /// The edges close a cycle or repeat one of a graph; then nothing of the component is added. Two `AutoDeployer`s may
    /// have the same edge, because each has its own webhook: such edges are returned with the component that declared them
    /// first.
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

    /// Records how a component spells these stacks. Returns those for which it or an earlier component uses another
    /// spelling, with that spelling. A cloud may or may not treat the two as one stack.
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

    /// Stores which webhooks on the cloud make edges that the program does not declare, for later components, replacing
    /// earlier results for the same stacks.
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

    /// The webhooks on the cloud that components have found so far, whose edges were not declared then.
    pub fn live(self) -> Webhooks {
        self.record(|record| record.live.clone())
    }

    /// Claims a former name for a webhook; returns whether it was free. The engine lets only one resource continue an older
    /// one, and fails if two claim to.
    pub fn claim(self, former: &Urn) -> bool {
        let whole: [u8; 32] = Sha256::digest(former.as_str()).into();
        self.record(|record| record.claimed.insert(whole))
    }

    /// Adds stacks that joins start.
    pub fn join(self, stacks: &BTreeSet<StackRef>) {
        self.record(|record| record.joined.extend(stacks.iter().cloned()));
    }

    /// The stacks that joins start, as added so far.
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

    /// Whether to report something: true only the first time.
    pub fn is_news(self, news: News) -> bool {
        self.record(|record| record.said.insert(news))
    }

    /// Counts a warning of this kind; returns the new number.
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
