//! The one decision, asked for the stack of a join.
//!
//! # What this may not do
//!
//! Ask the cloud, or have an opinion besides: what may start says [`crate::cascade`].

use crate::cascade::{self, Answer, Decision, Observed, Reason, Verdict, World, words};
use crate::domain::StackRef;
use crate::joins::inputs::{StartOn, Wanted};
use crate::joins::memory::Memory;
use jiff::SignedDuration;

/// What was decided for the stack of a join, and on what it rests.
#[derive(Clone, Debug)]
pub struct Judged {
    world: World,
    decision: Decision,
    wanted: Wanted,
}

/// What to do with a stack that should be started, after a second look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Last {
    /// Start it.
    Start,
    /// It runs, or ran, for what its upstream stacks have done: by this deployment, or by hand.
    Taken(Option<String>),
    /// It is not to be started any more: a clause that says why.
    Not(String),
}

impl Judged {
    /// Decides for a join that remembers this, in a world that was seen. The edges to its stack are those that it declares,
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

    /// The answer for the stack of the join.
    pub fn answer(&self) -> &Answer {
        let answer = self.decision.answer(&self.wanted.stack);
        answer.expect("a join waits for one stack at least, and so its own is in the graph")
    }

    /// How long the webhook that starts the stack as well is given, while that is not over; `None` if the join is to start
    /// the stack, or nothing is.
    pub fn grace(&self) -> Option<SignedDuration> {
        let stack = &self.wanted.stack;
        let is_left = self
            .decision
            .is_left_to_webhook(stack, self.world.joins.get(stack)?);
        self.wanted.grace.filter(|_| is_left)
    }

    /// Whether an update would start the stack whose outputs are still to be compared.
    pub fn is_uncompared(&self) -> bool {
        let compares = self.wanted.start_on == StartOn::Outputs;
        compares && self.answer().news().any(|news| news.outputs.is_none())
    }

    /// The world that was judged, with the join in it.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What the join remembers once its stack has handled the newest versions of its upstream stacks.
    pub fn memory_now(&self) -> Memory {
        Memory::of_now(&self.world, &self.decision, &self.wanted.upstream)
    }

    /// What to do after the second look at the stack. Its upstream stacks are not judged again: what they do meanwhile
    /// makes it due again.
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

    /// Whether the stack's last attempt began after everything that its upstream stacks have done.
    fn has_seen_all(&self) -> bool {
        let answer = self.answer();
        let is_there = answer.attempt.is_some() && answer.good.is_some();
        is_there && !answer.is_due()
    }

    /// The deployment that made the stack's last attempt; `None` if it was made by hand.
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

/// What is said of a join whose stack is not started.
pub fn not_started(stack: &StackRef, why: &str) -> String {
    format!("{} is not started: {why}", stack.short())
}
