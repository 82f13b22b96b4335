//! Applies the decision to the stack of a join.
//!
//! # What this may not do
//!
//! Make a request, or decide by other rules: [`crate::cascade`] says what may start.

use crate::cascade::{self, Answer, Decision, Observed, Reason, Verdict, World, words};
use crate::domain::StackRef;
use crate::joins::inputs::{StartOn, Wanted};
use crate::joins::memory::Memory;
use jiff::SignedDuration;

/// The decision on the stack of a join, and its basis.
#[derive(Clone, Debug)]
pub struct Judged {
    world: World,
    decision: Decision,
    wanted: Wanted,
}

/// What to do with a stack that should start, after a second look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Last {
    /// Start it.
    Start,
    /// It is running, or has run, for the updates of its upstream stacks: by this deployment, or outside of one.
    Taken(Option<String>),
    /// It should no longer start; with a clause that says why.
    Not(String),
}

impl Judged {
    /// Decides for a join with this memory, in an observed world. The edges to its stack are those that the join declares,
    /// whatever else leads there.
    pub fn of(world: &World, wanted: &Wanted, memory: &Memory) -> Judged {
        let mut world = world.clone();
        world.edges.retain(|edge| edge.downstream != wanted.stack);
        world.edges.extend(wanted.edges());
        let before = world.joins.remove(&wanted.stack).unwrap_or_default();
        let join = cascade::Join {
            outputs: before.outputs,
            ..memory.join(wanted)
        };
        world.joins.insert(wanted.stack.clone(), join);
        Judged {
            decision: Decision::of(&world),
            world,
            wanted: wanted.clone(),
        }
    }

    /// The decision on the stack of the join.
    pub fn answer(&self) -> &Answer {
        let answer = self.decision.answer(&self.wanted.stack);
        answer.expect("a join waits for one stack at least, and so its own is in the graph")
    }

    /// How long the webhook that also starts the stack may still take; `None` if the join starts the stack now, or not at
    /// all.
    pub fn grace(&self) -> Option<SignedDuration> {
        let stack = &self.wanted.stack;
        let is_left = self
            .decision
            .is_left_to_webhook(stack, self.world.joins.get(stack)?);
        self.wanted.grace.filter(|_| is_left)
    }

    /// Whether an update would start the stack, and its outputs have yet to be compared.
    pub fn is_uncompared(&self) -> bool {
        let compares = self.wanted.start_on == StartOn::Outputs;
        compares && self.answer().news().any(|news| news.outputs.is_none())
    }

    /// The world that the decision is based on, including the join.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The memory of the join after its stack has handled the newest versions of its upstream stacks.
    pub fn memory_now(&self) -> Memory {
        Memory::of_now(&self.world, &self.decision, &self.wanted.upstream)
    }

    /// What to do after the second look at the stack. Its upstream stacks are not judged again: if they were updated
    /// meanwhile, the stack is due again.
    pub fn again(&self, seen: Observed) -> Last {
        let mut world = self.world.clone();
        world.put_past(&self.wanted.stack, seen);
        let again = Judged {
            decision: Decision::of(&world),
            world,
            wanted: self.wanted.clone(),
        };
        let answer = again.answer();
        match &answer.verdict {
            Verdict::Start => Last::Start,
            Verdict::Not(Reason::Queued { deployment, .. }) => {
                Last::Taken(Some(deployment.clone()))
            }
            Verdict::Not(_) if again.has_seen_all() => Last::Taken(again.deployment_of_attempt()),
            Verdict::Not(reason) => Last::Not(words::short(reason)),
        }
    }

    /// Whether the stack's last attempt began after all updates of its upstream stacks.
    fn has_seen_all(&self) -> bool {
        let answer = self.answer();
        let is_there = answer.attempt.is_some() && answer.good.is_some();
        is_there && !answer.is_due()
    }

    /// The deployment of the stack's last attempt; `None` if it was not a deployment.
    fn deployment_of_attempt(&self) -> Option<String> {
        let observed = self.world.stacks.get(&self.wanted.stack)?.found()?;
        let version = self.answer().attempt?.version?;
        let mut deployments = observed.history.deployments().iter();
        let made = |deployment: &&crate::cloud::Deployment| {
            let mut updates = deployment.updates.iter();
            updates.any(|update| update.version == version)
        };
        deployments.find(made).map(|made| made.id.clone())
    }
}

/// The message about a join whose stack is not started.
pub fn not_started(stack: &StackRef, why: &str) -> String {
    format!("{} is not started: {why}", stack.short())
}
