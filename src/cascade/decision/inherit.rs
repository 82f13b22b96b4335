//! What stacks inherit from above: whether they wait or are blocked, and which stack that comes from.
//!
//! # What this may not do
//!
//! Loop forever where stacks depend on each other.

use super::answer::Upstream;
use super::due;
use super::ready::{self, Outlook};
use super::seen::Seen;
use crate::cascade::reason::{Effect, Hold, Holding, Reason, Root};
use std::collections::VecDeque;

/// The effect of upstream stacks on each stack.
#[derive(Debug)]
pub(super) struct Inherited {
    /// The strongest effect on each stack that can be behind.
    effects: Vec<Option<Effect>>,
    /// For each stack with an effect, the stack that the effect comes from, and its state.
    roots: Vec<Option<(usize, Holding)>>,
}

impl Inherited {
    pub(super) fn of(seen: &Seen<'_>, outlook: &Outlook) -> Inherited {
        let mut inherited = Inherited {
            effects: vec![None; seen.len()],
            roots: vec![None; seen.len()],
        };
        // The source of an effect: a stack whose own state explains it. A cycle has no such stack.
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

    /// Spreads this effect to everything below these stacks that has no stronger one.
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

    /// The effect of `upstream` on `stack`, as far as it is known.
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
            // It will run unless something above it prevents that.
            Some(Holding::Due | Holding::Inherited) => {
                Some(self.effects[upstream].unwrap_or(Effect::Delays))
            }
            // It is at rest, so what is above it matters only to stacks that users see as stale.
            None if outlook.is_due(stack) => None,
            None => self.effects[upstream],
        }
    }

    /// How `upstream` holds `stack` back; `None` if it does not.
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

    /// Where the `state` by which `upstream` holds others back comes from.
    fn root_behind(&self, upstream: usize, state: Option<Holding>) -> (usize, Holding) {
        match state {
            Some(Holding::Due | Holding::Inherited) | None => {
                self.roots[upstream].unwrap_or((upstream, Holding::Due))
            }
            Some(state) => (upstream, state),
        }
    }

    /// The reason that a stack inherits, if it has no verdict of its own.
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

    /// What each upstream stack means for a stack.
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
