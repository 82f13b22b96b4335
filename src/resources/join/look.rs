//! What a program's joins see of the cloud: one look for all of them.
//!
//! # What this may not do
//!
//! Decide which stack may start: [`super::judge`] does. Change anything on the cloud.

use super::declared::Declared;
use crate::cascade::{Decision, Observed, World};
use crate::cloud::Bounds;
use crate::domain::StackRef;
use crate::graph::{Edge, Net};
use crate::joins::inputs::Wanted;
use crate::survey::{Attention, Survey, Unavailable};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// What was observed of the stacks that joins start, and of everything above them.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// The observations.
    pub world: World,
    /// How many of the joins could start their stacks.
    pub n_starts: usize,
    /// The declared edges; for covered stacks, the edges of the world.
    net: Net,
    /// The stacks that were looked for, whether they exist or not, each with everything above it.
    covered: BTreeSet<StackRef>,
    /// The stacks for which it is known whether they could be started if they are due.
    startable: BTreeSet<StackRef>,
    /// Whether a time of the cloud was requested that nothing else provides.
    has_clock: bool,
}

/// What a join needs to see.
#[derive(Clone, Copy, Debug)]
pub struct Need<'a> {
    /// The join.
    pub wanted: &'a Wanted,
    /// Whether it may start its stack.
    pub may_start: bool,
}

impl<'a> Need<'a> {
    /// What a join needs if it may start its stack.
    pub fn start(wanted: &'a Wanted) -> Need<'a> {
        Need {
            wanted,
            may_start: true,
        }
    }

    /// Whether this join, or one of the declared ones, waits for a webhook: then a time of the cloud is needed.
    pub fn has_grace(self, declared: &Declared) -> bool {
        let mut all = declared.joins.values();
        self.wanted.grace.is_some() || all.any(|join| join.grace.is_some())
    }
}

impl Look {
    /// Looks at the stacks that the joins of a program start, and at everything above them in the declarations. `declared`
    /// has what is needed now, and `clock` is a time of the cloud that was seen elsewhere.
    ///
    /// The lists of the organization come first. The stacks' own lists are only read for stacks that may start and those
    /// they wait for: only their own lists show an update that is running outside of a deployment.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the stacks cannot be listed. A single stack that cannot be read is unreadable in the world.
    pub async fn at(
        survey: &Survey,
        declared: &Declared,
        need: Need<'_>,
        clock: Option<Timestamp>,
    ) -> Result<Look, Unavailable> {
        let organization = need.wanted.stack.organization();
        let all: Net = declared.edges.iter().collect();
        // Another organization has its own look.
        let joined = || {
            let all = declared.joins.keys().chain(&declared.new);
            all.filter(|stack| stack.organization() == organization)
        };
        let covered: BTreeSet<StackRef> = all.above(joined()).into_iter().cloned().collect();
        let startable = joined()
            .filter(|stack| need.may_start || declared.joins.contains_key(*stack))
            .cloned()
            .collect();
        let inside = |edge: &&Edge| edge.ends().into_iter().all(|end| covered.contains(end));
        let edges: BTreeSet<Edge> = declared.edges.iter().filter(inside).cloned().collect();
        let is_joined = |edge: &&Edge| {
            let stack = &edge.downstream;
            declared.joins.contains_key(stack) || declared.new.contains(stack)
        };
        let listed = survey.stacks(organization, None).await?.into_iter();
        let listed: BTreeMap<StackRef, Option<Timestamp>> = listed
            .filter(|summary| covered.contains(&summary.stack))
            .map(|summary| (summary.stack, summary.last_update.and_then(time)))
            .collect();
        let attention = Attention {
            identity: edges.iter().filter(is_joined).map(up).collect(),
            // For the others, this is asked once they are due.
            freedom: if need.may_start {
                declared.new.clone()
            } else {
                BTreeSet::new()
            },
            joins: declared.joins.clone(),
            settled: declared.settled(&listed),
            ..Attention::default()
        };
        let standing = survey
            .standing(organization, &listed, &edges, &attention)
            .await;
        let mut look = Look {
            world: World {
                clock,
                ..standing.world
            },
            n_starts: 0,
            net: all,
            covered,
            startable,
            has_clock: need.has_grace(declared),
        };
        look.come_closer(survey, &standing.decision).await;
        let decision = Decision::of(&look.world);
        look.world.clock = decision.now();
        let starts = decision.starts();
        look.n_starts = starts
            .filter(|stack| {
                let join = declared.joins.get(*stack);
                join.is_some_and(|join| !decision.is_left_to_webhook(stack, join))
            })
            .count();
        Ok(look)
    }

    /// Whether a join sees everything that it needs here: its stack, those that it waits for, and these, which are also
    /// above it.
    pub fn covers(&self, need: Need<'_>, above: &BTreeSet<StackRef>) -> bool {
        let Wanted {
            stack,
            upstream,
            grace,
            ..
        } = need.wanted;
        let mut needed = upstream.iter().chain(above).chain([stack]);
        needed.all(|stack| self.covered.contains(stack))
            && (!need.may_start || self.startable.contains(stack))
            && (grace.is_none() || self.has_clock)
    }

    /// The observations that matter for a join.
    pub fn around(&self, wanted: &Wanted) -> World {
        let stacks = wanted.upstream.iter().chain([&wanted.stack]);
        self.world.around(&self.net, stacks)
    }

    /// Reads the own lists of stacks that may start, and of those they wait for.
    async fn come_closer(&mut self, survey: &Survey, decision: &Decision) {
        let starts: BTreeSet<&StackRef> = decision
            .starts()
            .filter(|stack| self.world.joins.contains_key(*stack))
            .collect();
        let edges = self.world.edges.iter();
        let above = edges
            .filter(|edge| starts.contains(&edge.downstream))
            .map(up);
        let closely: BTreeSet<StackRef> = starts.iter().copied().cloned().chain(above).collect();
        self.observe(survey, closely).await;
    }

    /// Looks at these stacks again, by their own lists.
    async fn observe(&mut self, survey: &Survey, stacks: BTreeSet<StackRef>) {
        let mut tasks = JoinSet::new();
        for stack in stacks {
            let survey = survey.clone();
            let ask = async move { (survey.own_past(&stack).await, stack) };
            tasks.spawn(Bounds::current().hold(ask));
        }
        while let Some(joined) = tasks.join_next().await {
            let (seen, stack) =
                joined.expect("the task of a request neither panics nor is aborted");
            let seen = seen
                .unwrap_or_else(|unavailable| Observed::Unreadable(unavailable.reason.to_string()));
            self.world.put_past(&stack, seen);
        }
    }
}

fn up(edge: &Edge) -> StackRef {
    edge.upstream.clone()
}

/// The time of a list of stacks.
fn time(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(seconds.try_into().ok()?).ok()
}
