//! Applies the decision to the stacks whose turn has come, just before they start.
//!
//! The plan knows what the run itself has done. The decision also knows other events: that someone else is updating an
//! upstream stack again, or that a stack outside of the run has failed.
//!
//! # What this may not do
//!
//! Decide by itself. Hold back the stack that the user named: that one runs as requested.

use super::drive::Driver;
use super::track::Gate;
use auto_deploy::cascade::{Answer, Hold, Holding, words};
use auto_deploy::cloud::Operation;
use auto_deploy::domain::StackRef;
use auto_deploy::survey::Attention;
use std::collections::BTreeSet;
use std::time::Instant;

impl Driver<'_> {
    /// Asks the decision about all stacks that would now be started or resumed.
    pub(super) async fn ask_decision(&mut self) {
        if self.options.operation != Operation::Update {
            return;
        }
        let going = self.going().map(|(stack, _)| stack.clone());
        let has_its_turn = |stack: &StackRef| *stack != self.root && self.has_its_turn(stack);
        let (turn, others): (BTreeSet<StackRef>, BTreeSet<StackRef>) =
            going.partition(has_its_turn);
        for stack in others {
            self.track(&stack).gate = Gate::Open;
        }
        if turn.is_empty() {
            return;
        }
        let above = self.look.edges.iter();
        let above = above.filter(|edge| turn.contains(&edge.downstream));
        let above = above.map(|edge| edge.upstream.clone());
        let closely: BTreeSet<StackRef> = above.chain(turn.iter().cloned()).collect();
        let of_concern = self.look.stacks.iter();
        let of_concern = of_concern.filter(|(stack, _)| closely.contains(stack));
        let stacks = of_concern.map(|(stack, at)| (stack.clone(), *at)).collect();
        let attention = Attention {
            closely,
            ..Attention::default()
        };
        let standing = self.look.standing_of(self.context, &stacks, &attention);
        let decision = standing.await.decision;
        for stack in turn {
            let before = &self.tracks[&stack].gate;
            let gate = decision.answer(&stack).map(|answer| gate(answer, before));
            self.track(&stack).gate = gate.unwrap_or_default();
        }
    }

    /// Whether a stack would start now if the decision allows it.
    fn has_its_turn(&self, stack: &StackRef) -> bool {
        let track = &self.tracks[stack];
        let is_ours = track.runs.is_empty() || track.is_held;
        is_ours
            && track.awaited.is_some()
            && track.locked.is_none()
            && !self.leaves_to_webhooks(stack)
    }
}

/// What above a stack holds it back. That the stack is not due does not count: it is part of the run.
pub(crate) fn gate(answer: &Answer, before: &Gate) -> Gate {
    let holds = answer
        .upstream
        .iter()
        .filter_map(|upstream| upstream.hold.as_ref());
    let of = |is: fn(Holding) -> bool| {
        let holds: Vec<Hold> = holds
            .clone()
            .filter(|hold| is(hold.state))
            .cloned()
            .collect();
        (!holds.is_empty()).then(|| words::awaited_of(&holds))
    };
    let blocks = |state| {
        matches!(
            state,
            Holding::Failed | Holding::Destroyed | Holding::Missing
        )
    };
    let delays = |state| {
        matches!(
            state,
            Holding::Running | Holding::Queued | Holding::Unreadable
        )
    };
    if let Some(why) = of(blocks) {
        return Gate::Blocked(why);
    }
    let since = match before {
        Gate::Waits(since, _) => *since,
        Gate::Open | Gate::Blocked(_) => Instant::now(),
    };
    of(delays).map_or(Gate::Open, |why| Gate::Waits(since, why))
}
