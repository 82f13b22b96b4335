//! What a program's joins see of the cloud: one look for all of them.
//!
//! # What this may not do
//!
//! Decide which stack may start; that is [`super::judge`] with the one decision. Change anything on the cloud.

use super::declared::Declared;
use crate::cascade::{Decision, Observed, World};
use crate::cloud::Bounds;
use crate::domain::StackRef;
use crate::graph::{Edge, reached};
use crate::survey::{Attention, Survey, Unavailable};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// What was seen of the stacks that joins start, and of all above them.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// What was seen.
    pub world: World,
    /// The stacks that were looked for, whether they are there or not.
    pub covered: BTreeSet<StackRef>,
    /// How many of the joins could start their stacks.
    pub n_starts: usize,
}

impl Look {
    /// Looks at these stacks of an organization and at all that is above them in what is declared.
    ///
    /// The lists of the organization come first. The own lists are read of the stacks that may start, and of those that
    /// they wait for: only they show an update that somebody runs elsewhere just now. `clock` is a time of the cloud that was
    /// seen elsewhere.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the stacks cannot be listed; what is not told of single stacks is unreadable in the world.
    pub async fn at(
        survey: &Survey,
        organization: &str,
        declared: &Declared,
        stacks: &BTreeSet<StackRef>,
        clock: Option<Timestamp>,
    ) -> Result<Look, Unavailable> {
        let covered = covered(declared, stacks);
        let inside = |edge: &&Edge| edge.ends().into_iter().all(|end| covered.contains(end));
        let edges: BTreeSet<Edge> = declared.edges.iter().filter(inside).cloned().collect();
        let is_joined = |edge: &&Edge| {
            declared.joins.contains_key(&edge.downstream) || stacks.contains(&edge.downstream)
        };
        let listed = survey.stacks(organization, None).await?.into_iter();
        let listed: BTreeMap<StackRef, Option<Timestamp>> = listed
            .filter(|summary| covered.contains(&summary.stack))
            .map(|summary| (summary.stack, summary.last_update.and_then(time)))
            .collect();
        let attention = Attention {
            identity: edges.iter().filter(is_joined).map(up).collect(),
            // The others are asked if they are due.
            freedom: stacks
                .iter()
                .filter(|stack| !declared.joins.contains_key(*stack))
                .cloned()
                .collect(),
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
            covered,
            n_starts: 0,
        };
        look.come_closer(survey, &standing.decision).await;
        let decision = Decision::of(&look.world);
        let starts = decision.starts();
        look.n_starts = starts
            .filter(|stack| {
                let join = declared.joins.get(*stack);
                join.is_some_and(|join| !decision.is_left_to_webhook(stack, join))
            })
            .count();
        Ok(look)
    }

    /// Reads the own lists of what may start and of what that waits for.
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

    /// Looks at these stacks anew, by their own lists.
    pub async fn observe(&mut self, survey: &Survey, stacks: BTreeSet<StackRef>) {
        let mut tasks = JoinSet::new();
        for stack in stacks {
            let survey = survey.clone();
            let ask = async move { (survey.own_past(&stack).await, stack) };
            tasks.spawn(Bounds::current().hold(ask));
        }
        while let Some(joined) = tasks.join_next().await {
            let (seen, stack) = joined.expect("nobody aborts a question, and none panics");
            let seen = seen
                .unwrap_or_else(|unavailable| Observed::Unreadable(unavailable.reason.to_string()));
            self.world.put_past(&stack, seen);
        }
    }
}

/// These stacks, those that joins start, and all above them.
fn covered(declared: &Declared, stacks: &BTreeSet<StackRef>) -> BTreeSet<StackRef> {
    let below: BTreeSet<&StackRef> = declared.joins.keys().chain(stacks).collect();
    let reached = reached(below.clone(), declared.edges.iter().map(Edge::up));
    reached.into_iter().chain(below).cloned().collect()
}

fn up(edge: &Edge) -> StackRef {
    edge.upstream.clone()
}

/// The time of a list of stacks.
fn time(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(seconds.try_into().ok()?).ok()
}
