//! The facts that the decision is based on. Only those that can matter are requested.
//!
//! # What this may not do
//!
//! Judge: the decision says which stacks are due, and only for those it is asked whether they could be started.

use super::attention::Attention;
use super::past::Past;
use super::questions::Survey;
use super::unavailable::Unavailable;
use crate::cascade::{Decision, Observation, Observed, Reason, World};
use crate::cloud::{Bounds, Pauses};
use crate::domain::StackRef;
use crate::graph::Edge;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// A graph with what was observed of its stacks, and the decision.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The observations.
    pub world: World,
    /// The decision.
    pub decision: Decision,
    /// Why something is unknown.
    pub unavailable: Option<Unavailable>,
    /// The number of unfinished deployments that are too old to have been found.
    pub n_unfound: usize,
}

/// Whether a stack could be started, as far as this was asked.
struct Freedom {
    stack: StackRef,
    has_settings: Result<bool, Unavailable>,
    pauses: Result<Option<Pauses>, Unavailable>,
}

impl Survey {
    /// The state of the stacks of an organization. `stacks` are the existing ones, with the time of their last update.
    ///
    /// Never fails: a stack that could not be read is unreadable in the result, and [`Standing::unavailable`] says why.
    pub async fn standing(
        &self,
        organization: &str,
        stacks: &BTreeMap<StackRef, Option<Timestamp>>,
        edges: &BTreeSet<Edge>,
        attention: &Attention,
    ) -> Standing {
        let Past {
            stacks,
            unavailable,
            n_unfound,
        } = self.past(organization, stacks, attention).await;
        let mut world = World {
            edges: edges.clone(),
            stacks,
            joins: attention.joins.clone(),
            clock: None,
        };
        let identity = attention.identity.iter();
        let identity = identity.filter(|stack| !attention.settled.contains_key(*stack));
        let unidentified = self
            .ask_identity(identity.cloned().collect(), &mut world)
            .await;
        let unavailable = unavailable.or(unidentified);
        self.compare_outputs(&mut world).await;
        let decision = Decision::of(&world);
        let of_concern = decision.answers().filter(|(_, answer)| {
            answer.is_due() || matches!(answer.reason(), Some(Reason::Paused(_)))
        });
        let of_concern = of_concern.map(|(stack, _)| stack.clone());
        let due: BTreeSet<StackRef> = of_concern.chain(attention.freedom.clone()).collect();
        let unavailable = unavailable.or(self.ask_freedom(due, &mut world).await);
        Standing {
            decision: Decision::of(&world),
            world,
            unavailable,
            n_unfound,
        }
    }

    /// The past of a stack according to its own lists, not cached: only they show an update that is running outside of a
    /// deployment. Nothing else is requested.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if a request failed.
    pub async fn own_past(&self, stack: &StackRef) -> Result<Observed, Unavailable> {
        self.own_history(stack, Vec::new()).await
    }

    /// Asks what distinguishes stacks from earlier ones of the same name; returns why this is unknown, if so.
    async fn ask_identity(
        &self,
        stacks: BTreeSet<StackRef>,
        world: &mut World,
    ) -> Option<Unavailable> {
        let mut tasks = JoinSet::new();
        for stack in stacks {
            let survey = self.clone();
            let ask = async move { (survey.stack_id(&stack).await, stack) };
            tasks.spawn(Bounds::current().hold(ask));
        }
        let mut failures = BTreeMap::new();
        while let Some(joined) = tasks.join_next().await {
            let (id, stack) = joined.expect("the task of a request neither panics nor is aborted");
            match (id, world.stacks.get_mut(&stack)) {
                (Ok(id), Some(Observed::Found(observation))) => observation.id = id,
                (Ok(_), _) => {}
                (Err(unavailable), _) => drop(failures.insert(stack, unavailable)),
            }
        }
        failures.into_values().next()
    }

    /// Asks whether stacks that are due could be started; returns why this is unknown, if so.
    async fn ask_freedom(&self, due: BTreeSet<StackRef>, world: &mut World) -> Option<Unavailable> {
        let mut tasks = JoinSet::new();
        for stack in due {
            let survey = self.clone();
            tasks.spawn(Bounds::current().hold(async move { survey.freedom(stack).await }));
        }
        let mut failures = BTreeMap::new();
        while let Some(joined) = tasks.join_next().await {
            let Freedom {
                stack,
                has_settings,
                pauses,
            } = joined.expect("the task of a request neither panics nor is aborted");
            let Some(Observed::Found(observation)) = world.stacks.get_mut(&stack) else {
                continue;
            };
            let Observation {
                has_settings: settings_of,
                pauses: pauses_of,
                ..
            } = observation;
            match has_settings {
                Ok(found) => *settings_of = Some(found),
                Err(unavailable) => drop(failures.insert(stack.clone(), unavailable)),
            }
            match pauses {
                Ok(found) => *pauses_of = found,
                Err(unavailable) => drop(failures.insert(stack, unavailable)),
            }
        }
        failures.into_values().next()
    }

    async fn freedom(&self, stack: StackRef) -> Freedom {
        let (settings, pauses) = tokio::join!(self.settings(&stack), self.pauses(&stack));
        Freedom {
            has_settings: settings.map(|settings| settings.is_some()),
            pauses,
            stack,
        }
    }
}
