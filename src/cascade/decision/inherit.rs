//! What stacks inherit from above: that they wait, that they are blocked, and where that comes from.
//!
//! # What this may not do
//!
//! Go round forever where stacks depend on each other.

use super::answer::Upstream;
use super::due;
use super::ready::{self, Outlook};
use super::seen::Seen;
use crate::cascade::reason::{Effect, Hold, Holding, Reason, Root};
use std::collections::VecDeque;

/// What stacks above do to each stack.
#[derive(Debug)]
pub(super) struct Inherited {
    /// The strongest effect on each stack that can be behind.
    effects: Vec<Option<Effect>>,
    /// For each stack with an effect the one that it comes from, and by what.
    roots: Vec<Option<(usize, Holding)>>,
}

impl Inherited {
    pub(super) fn of(seen: &Seen<'_>, outlook: &Outlook) -> Inherited {
        let mut inherited = Inherited {
            effects: vec![None; seen.len()],
            roots: vec![None; seen.len()],
        };
        // Where it comes from: what happens there has its reason there. On a cycle there is no such stack.
        let is_source = |stack: &usize| {
            let mut upstream = seen.upstream(*stack).iter();
            !seen.is_live(*stack)
                || seen.is_updating(*stack)
                || !upstream.any(|&upstream| outlook.is_pending(upstream))
        };
        let sources: VecDeque<usize> = (0..seen.len()).filter(is_source).collect();
        for effect in [Effect::Blocks, Effect::Hides, Effect::Delays] {
            inherited.spread(seen, outlook, effect, sources.clone());
        }
        inherited.spread(seen, outlook, Effect::Delays, (0..seen.len()).collect());
        inherited
    }

    /// Gives this effect to all below these stacks that have no stronger one.
    fn spread(
        &mut self,
        seen: &Seen<'_>,
        outlook: &Outlook,
        effect: Effect,
        mut left: VecDeque<usize>,
    ) {
        while let Some(stack) = left.pop_front() {
            for &below in seen.downstream(stack) {
                let is_open = seen.is_live(below) && self.effects[below].is_none();
                if is_open && self.effect(seen, outlook, below, stack) == Some(effect) {
                    let state = ready::holding(seen, outlook, below, stack);
                    self.effects[below] = Some(effect);
                    self.roots[below] = Some(self.root_behind(stack, state));
                    left.push_back(below);
                }
            }
        }
    }

    /// What `upstream` does to `stack`, as far as it is known.
    fn effect(
        &self,
        seen: &Seen<'_>,
        outlook: &Outlook,
        stack: usize,
        upstream: usize,
    ) -> Option<Effect> {
        match ready::holding(seen, outlook, stack, upstream) {
            Some(Holding::Missing | Holding::Destroyed | Holding::Failed | Holding::Handled) => {
                Some(Effect::Blocks)
            }
            Some(Holding::Unreadable) => Some(Effect::Hides),
            Some(Holding::Running | Holding::Queued) => Some(Effect::Delays),
            // It will run, unless something above it prevents that.
            Some(Holding::Due | Holding::Inherited) => {
                Some(self.effects[upstream].unwrap_or(Effect::Delays))
            }
            // It is at rest: what is above it concerns only those that are shown as behind.
            None if outlook.is_due(stack) => None,
            None => self.effects[upstream],
        }
    }

    /// What `upstream` holds `stack` back by; `None` if it does not.
    fn hold(
        &self,
        seen: &Seen<'_>,
        outlook: &Outlook,
        stack: usize,
        upstream: usize,
    ) -> Option<Hold> {
        self.effect(seen, outlook, stack, upstream)?;
        let state = ready::holding(seen, outlook, stack, upstream);
        let (root, root_state) = self.root_behind(upstream, state);
        let state = state.unwrap_or(Holding::Inherited);
        Some(Hold {
            stack: seen.name(upstream).clone(),
            since: ready::since(seen, upstream, state),
            root: Root {
                stack: seen.name(root).clone(),
                state: root_state,
                since: ready::since(seen, root, root_state),
            },
            state,
        })
    }

    /// Where it comes from that `upstream` holds others back by `state`, and by what.
    fn root_behind(&self, upstream: usize, state: Option<Holding>) -> (usize, Holding) {
        match state {
            Some(Holding::Due | Holding::Inherited) | None => {
                self.roots[upstream].unwrap_or((upstream, Holding::Due))
            }
            Some(state) => (upstream, state),
        }
    }

    /// The reason of a stack that has no verdict of its own, if it inherits one.
    pub(super) fn reason(
        &self,
        seen: &Seen<'_>,
        outlook: &Outlook,
        stack: usize,
    ) -> Option<Reason> {
        let effect = self.effects[stack]?;
        let upstream = seen.upstream(stack).iter().copied();
        let same = upstream
            .filter(|&upstream| self.effect(seen, outlook, stack, upstream) == Some(effect));
        let holds: Vec<Hold> = same
            .filter_map(|upstream| self.hold(seen, outlook, stack, upstream))
            .collect();
        Some(match effect {
            Effect::Blocks => Reason::Blocked(holds),
            Effect::Delays => Reason::Waiting(holds),
            Effect::Hides => {
                let (root, _) = self.roots[stack]?;
                Reason::Unreadable {
                    stack: seen.name(root).clone(),
                    why: seen.unreadable(root).unwrap_or_default().to_owned(),
                }
            }
        })
    }

    /// What each of the stacks that a stack depends on means for it.
    pub(super) fn upstream(
        &self,
        seen: &Seen<'_>,
        outlook: &Outlook,
        stack: usize,
    ) -> Vec<Upstream> {
        let upstream = seen.upstream(stack).iter();
        upstream
            .map(|&upstream| Upstream {
                stack: seen.name(upstream).clone(),
                good: seen.good(upstream).copied(),
                is_news: due::is_news(seen, stack, upstream),
                outputs: due::outputs(seen, stack, upstream),
                hold: self.hold(seen, outlook, stack, upstream),
            })
            .collect()
    }
}
