//! The facts that count for each stack, by number.
//!
//! # What this may not do
//!
//! Compare one stack with another.

use crate::cascade::history::{Attempt, History};
use crate::cascade::observation::{Join, Observation, Observed, Version, World};
use crate::cloud::{Operation, Update, UpdateResult};
use crate::domain::StackRef;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The stacks of a world, numbered in order of their names.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    stacks: Vec<Stack<'a>>,
    clock: Option<Timestamp>,
}

#[derive(Debug)]
struct Stack<'a> {
    name: &'a StackRef,
    /// `None` if only edges name it, so nothing was observed.
    observed: Option<&'a Observed>,
    join: Option<&'a Join>,
    upstream: Vec<usize>,
    downstream: Vec<usize>,
    // Found once, because every edge asks for it.
    good: Option<&'a Update>,
    attempt: Option<Attempt>,
    ended_attempt: Option<Attempt>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(world: &'a World) -> Seen<'a> {
        let mut names: Vec<&StackRef> = world.stacks.keys().collect();
        names.extend(
            world
                .edges
                .iter()
                .flat_map(|edge| [&edge.upstream, &edge.downstream]),
        );
        names.sort_unstable();
        names.dedup();
        let numbers: BTreeMap<&StackRef, usize> = names.iter().copied().zip(0..).collect();
        let mut stacks: Vec<Stack<'a>> = names
            .iter()
            .map(|name| Stack::new(name, world.stacks.get(*name), world.joins.get(*name)))
            .collect();
        // A stack that follows itself is reported as a cycle; here it would never be at rest.
        let edges = world
            .edges
            .iter()
            .filter(|edge| edge.upstream != edge.downstream);
        for edge in edges {
            let (upstream, downstream) = (numbers[&edge.upstream], numbers[&edge.downstream]);
            stacks[upstream].downstream.push(downstream);
            stacks[downstream].upstream.push(upstream);
        }
        for stack in &mut stacks {
            stack.upstream.sort_unstable();
        }
        Seen {
            stacks,
            clock: world.clock,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.stacks.len()
    }

    pub(super) fn name(&self, stack: usize) -> &'a StackRef {
        self.stacks[stack].name
    }

    /// The stacks that it depends on, sorted by name.
    pub(super) fn upstream(&self, stack: usize) -> &[usize] {
        &self.stacks[stack].upstream
    }

    /// The stacks that depend on it.
    pub(super) fn downstream(&self, stack: usize) -> &[usize] {
        &self.stacks[stack].downstream
    }

    /// What was observed, if the stack exists and could be read.
    pub(super) fn found(&self, stack: usize) -> Option<&'a Observation> {
        self.stacks[stack].observed?.found()
    }

    /// Why it could not be read; `None` if it could.
    pub(super) fn unreadable(&self, stack: usize) -> Option<&'a str> {
        match self.stacks[stack].observed {
            Some(Observed::Unreadable(why)) => Some(why),
            _ => None,
        }
    }

    pub(super) fn history(&self, stack: usize) -> Option<&'a History> {
        self.found(stack).map(|found| &found.history)
    }

    pub(super) fn good(&self, stack: usize) -> Option<&'a Update> {
        self.stacks[stack].good
    }

    pub(super) fn attempt(&self, stack: usize) -> Option<Attempt> {
        self.stacks[stack].attempt
    }

    pub(super) fn join(&self, stack: usize) -> Option<&'a Join> {
        self.stacks[stack].join
    }

    /// The version of its newest success, in the form in which joins remember it.
    pub(super) fn version(&self, stack: usize) -> Option<Version> {
        Some(Version {
            id: self.found(stack)?.id.clone(),
            number: self.good(stack)?.version,
        })
    }

    /// Whether its newest completed attempt failed.
    pub(super) fn has_failed(&self, stack: usize) -> bool {
        let ended = self.stacks[stack].ended_attempt;
        ended.is_some_and(|attempt| attempt.result == UpdateResult::Failed)
    }

    /// Whether it exists, was attempted and is not destroyed: only such a stack can be stale.
    pub(super) fn is_live(&self, stack: usize) -> bool {
        let is_destroyed = self
            .history(stack)
            .is_some_and(|history| history.destroyed().is_some());
        self.attempt(stack).is_some() && !is_destroyed
    }

    /// Whether an update of it is running or queued.
    pub(super) fn is_updating(&self, stack: usize) -> bool {
        self.history(stack).is_some_and(|history| {
            let running = history.running();
            history.queued().is_some()
                || running.is_some_and(|update| update.operation == Operation::Update)
        })
    }

    /// The newest time observed.
    pub(super) fn now(&self) -> Option<Timestamp> {
        let histories = (0..self.len()).filter_map(|stack| self.history(stack));
        histories
            .filter_map(History::newest_time)
            .chain(self.clock)
            .max()
    }
}

impl<'a> Stack<'a> {
    fn new(
        name: &'a StackRef,
        observed: Option<&'a Observed>,
        join: Option<&'a Join>,
    ) -> Stack<'a> {
        let history = observed
            .and_then(Observed::found)
            .map(|found| &found.history);
        Stack {
            name,
            observed,
            join,
            upstream: Vec::new(),
            downstream: Vec::new(),
            good: history.and_then(History::good),
            attempt: history.and_then(History::attempt),
            ended_attempt: history.and_then(History::ended_attempt),
        }
    }
}
