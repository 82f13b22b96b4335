//! The strategy `joined`: each stack once, after all of its upstream stacks.
//!
//! A stack with one upstream stack keeps its webhook. A stack with several gets a join, and each of its upstream stacks a
//! webhook that wakes up the program's own stack, which conducts the joins.
//!
//! # What this may not do
//!
//! Start anything: a join decides when the engine calls it.

use super::edges::Edges;
use super::inputs::DependencyGraphInputs;
use super::wanted::WantedGraph;
use crate::cloud::Operation;
use crate::domain::{StackRef, wake_up_name};
use crate::graph::{Dag, Edge};
use crate::joins::inputs::{START_ON, StartOn};
use crate::joins::memory::DEPLOYMENT;
use crate::property::decode::shown_reason;
use crate::property::{CheckFailure, Input, Map, Value};
use crate::resources::component::child::Child;
use crate::resources::component::children::Children as _;
use crate::resources::component::modes::GraphStrategy;
use crate::resources::component::options::Options;
use crate::resources::component::origin::edge_name;
use crate::resources::component::plan::Joined;
use crate::resources::component::planned::PlannedValue;
use crate::resources::component::request::Request;
use crate::resources::component::target::{Target, shown};
use crate::resources::schedule::check::cron_problem;
use crate::resources::tokens;
use std::collections::{BTreeMap, BTreeSet};

/// Inputs that only apply to joins.
const OF_JOINS: [&str; 4] = ["catchUp", "maxStarts", START_ON, "resync"];

/// How many seconds to wait for a webhook before the join that backs it up starts the stack.
const GRACE: usize = 60;

/// A graph in which stacks with several upstream stacks are joined.
#[derive(Clone, Debug)]
pub(super) struct Conducted<'a> {
    graph: &'a Edges,
    inputs: &'a DependencyGraphInputs,
    /// The stacks that joins start, with the edges to them.
    joins: BTreeMap<&'a StackRef, Vec<&'a Edge>>,
    /// The stacks whose webhook a join backs up, with the edge to each; none without a resync.
    watched: BTreeMap<&'a StackRef, Vec<&'a Edge>>,
    conductor: &'a StackRef,
}

/// Whether joins are wanted, as far as known.
fn is_wanted(inputs: &DependencyGraphInputs) -> bool {
    let strategy = inputs.strategy.as_ref().and_then(Input::now);
    strategy == Some(&GraphStrategy::Joined)
}

/// The program's own stack, if joins are wanted and it can conduct them.
pub(super) fn conductor<'a>(
    request: &'a Request,
    inputs: &DependencyGraphInputs,
) -> Option<&'a StackRef> {
    request.origin.home.as_ref().filter(|_| is_wanted(inputs))
}

/// Reports what is invalid with joins, and what is invalid without them.
pub(super) fn check(
    request: &Request,
    inputs: &DependencyGraphInputs,
    options: &Options,
    wanted: &WantedGraph,
    failures: &mut Vec<CheckFailure>,
) {
    let mut fail = |property, reason: String| failures.push(CheckFailure::new(property, reason));
    if !is_wanted(inputs) {
        let is_known = inputs
            .strategy
            .as_ref()
            .is_none_or(|given| given.now().is_some());
        // The SDKs send the default of `catchUp`.
        let catches_up = inputs.catch_up.as_ref().and_then(Input::now) == Some(&true);
        let given = [
            catches_up,
            inputs.max_starts.is_some(),
            inputs
                .start_on
                .as_ref()
                .is_some_and(|given| given.now() != Some(&StartOn::Updates)),
            inputs.resync.is_some(),
        ];
        for (name, is_given) in OF_JOINS.into_iter().zip(given) {
            if is_given && is_known {
                let reason = "only has an effect with the strategy `joined`: remove it, or choose that strategy";
                fail(name, reason.to_owned());
            }
        }
        return;
    }
    if inputs.shared.filters.is_some() {
        let reason = "cannot be given with the strategy `joined`, which compares states: remove it";
        fail("filters", reason.to_owned());
    }
    if inputs.max_starts.as_ref().and_then(Input::now) == Some(&0) {
        let reason = "must be 1 or more; to start nothing, set `active` to `false`";
        fail("maxStarts", reason.to_owned());
    }
    let cron = inputs.resync.as_ref();
    let problem = cron.and_then(|cron| Some((cron_problem(cron.now()?)?, cron.secret)));
    if let Some((reason, is_secret)) = problem {
        fail("resync", shown_reason(is_secret, reason));
    }
    let Some(home) = &request.origin.home else {
        let reason = "with `joined`, deployments of this program's own stack start the others, but its state is not \
                      in Pulumi Cloud: use a stack whose state is, or another strategy";
        return fail("strategy", reason.to_owned());
    };
    let organization = options.organization.now();
    if organization.is_some_and(|name| name != home.organization()) {
        let reason = format!(
            "must be `{}`, that of this program's own stack, with the strategy `joined`: a webhook only starts \
             stacks of its own organization",
            home.organization()
        );
        fail("organization", reason);
    }
    if wanted.holds(home) {
        let reason = format!(
            "`{}` is this program's own stack, which starts the others with the strategy `joined` and cannot be one \
             of them: declare the graph in a separate program",
            home.short()
        );
        fail("dependencies", reason);
    }
}

impl<'a> Conducted<'a> {
    /// The joins of this graph.
    pub(super) fn of(
        graph: &'a Edges,
        conductor: &'a StackRef,
        inputs: &'a DependencyGraphInputs,
    ) -> Conducted<'a> {
        let mut joins: BTreeMap<&StackRef, Vec<&Edge>> = BTreeMap::new();
        for edge in &graph.all {
            joins.entry(&edge.downstream).or_default().push(edge);
        }
        // Only a join can compare outputs.
        let compares = inputs.start_on.as_ref().and_then(Input::now) == Some(&StartOn::Outputs);
        let is_joined = |(_, edges): &(&StackRef, Vec<&Edge>)| compares || edges.len() > 1;
        let (joins, mut watched) = joins.into_iter().partition(is_joined);
        if inputs.resync.is_none() {
            watched = BTreeMap::new();
        }
        Conducted {
            graph,
            inputs,
            joins,
            watched,
            conductor,
        }
    }

    /// The children: webhooks, then joins, then the schedule; and for each edge, the place of the webhook that reports its
    /// updates.
    pub(super) fn children(&self) -> (Vec<Child>, Vec<usize>) {
        let (mut children, mut places) = (Vec::new(), Vec::new());
        let mut wake_ups: BTreeMap<&StackRef, usize> = BTreeMap::new();
        for (place, edge) in self.graph.all.iter().enumerate() {
            if !self.joins.contains_key(&edge.downstream) {
                places.push(children.len());
                children.push(self.graph.child(place));
                continue;
            }
            let wake_up = wake_ups.entry(&edge.upstream).or_insert_with(|| {
                children.push(self.wake_up(&edge.upstream));
                children.len() - 1
            });
            places.push(*wake_up);
        }
        let joins = self.joins.iter();
        children.extend(joins.map(|(stack, edges)| self.join(stack, edges)));
        let watched = self.watched.iter();
        children.extend(watched.map(|(stack, edges)| {
            let mut child = self.join(stack, edges);
            child.inputs.insert("grace", PlannedValue::constant(GRACE));
            child
        }));
        children.extend(self.resync());
        (children, places)
    }

    /// The webhook that runs the program after each update of a stack that joins wait for.
    fn wake_up(&self, upstream: &StackRef) -> Child {
        let joined = self.joins.values().flatten().copied();
        let edges: Vec<&Edge> = joined.filter(|edge| edge.upstream == *upstream).collect();
        let target = Target {
            stack: self.conductor,
            secret: false,
            dependencies: BTreeSet::new(),
        };
        let graph = self.graph;
        let place = graph.wanted.place(upstream, &edges);
        let mut inputs = graph.options.webhook(place, &target);
        let shown_as = wake_up_name(self.conductor);
        inputs.insert("displayName", PlannedValue::constant(shown_as));
        let upstream = graph.wanted.name(upstream);
        let (component, organization) = (&graph.component, &graph.organization);
        let name = edge_name(component, organization, &upstream, &shown(&target));
        Child::webhook(name, Vec::new(), inputs)
    }

    /// The join of a stack. Its name begins with the component's, so the component's aliases apply to it and it keeps its
    /// memory.
    fn join(&self, stack: &StackRef, edges: &[&Edge]) -> Child {
        let graph = self.graph;
        let place = graph.wanted.place(stack, edges);
        let catch_up = PlannedValue::or(self.inputs.catch_up.as_ref(), false);
        let mut join = BTreeMap::from([
            (
                "organization",
                PlannedValue::of(&graph.options.organization),
            ),
            ("project", place.project),
            ("stack", place.stack),
            ("upstreamRefs", graph.wanted.references(edges)),
            ("catchUp", catch_up),
        ]);
        let start_on = self.inputs.start_on.as_ref();
        join.extend(start_on.map(|given| (START_ON, PlannedValue::of(given))));
        Child {
            token: tokens::JOIN,
            name: format!(
                "{}->{}/{}",
                graph.component,
                graph.organization,
                graph.wanted.name(stack)
            ),
            former: Vec::new(),
            inputs: join,
            ignored: if graph.options.is_active() {
                Vec::new()
            } else {
                vec![DEPLOYMENT]
            },
        }
    }

    /// The schedule that also runs the program. There is none while the graph is paused.
    fn resync(&self) -> Option<Child> {
        let cron = self.inputs.resync.as_ref()?;
        let constant = |text: &str| PlannedValue::constant(text);
        let schedule = Child {
            token: tokens::SCHEDULE,
            name: format!("{}->resync", self.graph.component),
            former: Vec::new(),
            inputs: BTreeMap::from([
                ("organization", constant(self.conductor.organization())),
                ("project", constant(self.conductor.project())),
                ("stack", constant(self.conductor.stack())),
                ("scheduleCron", PlannedValue::of(cron)),
                ("pulumiOperation", constant(Operation::Update.as_str())),
            ]),
            ignored: Vec::new(),
        };
        self.graph.options.is_active().then_some(schedule)
    }

    /// What the plan of the component says about it.
    pub(super) fn plan(&self) -> Joined {
        let max_starts = self.inputs.max_starts.as_ref();
        Joined {
            conductor: self.conductor.clone(),
            stacks: self.joins.keys().copied().cloned().collect(),
            max_starts: max_starts.and_then(Input::now).copied(),
        }
    }
}

/// The additional outputs of joins: the conductor, and the stacks that each joined stack waits for.
pub(super) fn outputs(
    dag: Option<&Dag>,
    conducted: Option<&Conducted<'_>>,
) -> [(&'static str, Value); 2] {
    let conductor = conducted.map(|conducted| conducted.conductor.short().into());
    let joins = conducted.map_or_else(Map::new, |conducted| {
        let joins = conducted.joins.iter();
        let upstream = |edges: &[&Edge]| edges.iter().map(|edge| edge.upstream.short()).collect();
        joins
            .map(|(stack, edges)| (stack.short(), upstream(edges)))
            .collect()
    });
    match dag {
        Some(_) => [
            ("conductor", conductor.unwrap_or(Value::Null)),
            ("joins", joins.into()),
        ],
        None => [("conductor", Value::UNKNOWN), ("joins", Value::UNKNOWN)],
    }
}

/// How often each stack runs for one change of each root: once.
pub(super) fn runs_per_change(dag: &Dag) -> Value {
    let once = |root: &StackRef| {
        let stacks = dag.reached_from(root).into_iter();
        stacks
            .map(|stack| (stack.short(), Value::from(1)))
            .collect::<Map>()
    };
    let roots = dag.roots().into_iter();
    let roots = roots.map(|root| (root.short(), once(root).into()));
    roots.collect::<Map>().into()
}
