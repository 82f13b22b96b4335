//! Which runs one change led to, and the state of the stacks below it.
//!
//! The cloud does not say what caused a run. A run counts as a consequence of the newest update of an upstream stack that
//! ended shortly before the run was requested. If a webhook started it, only updates count whose webhook can have started
//! it.
//!
//! # What this may not do
//!
//! Describe a stack in other words than the decision, or say that it will run when nothing would start it.

use super::decision::{Answer, Decision, Verdict};
use super::observation::{Observed, World};
use super::reason::{Hold, Reason};
use super::run::Run;
use crate::cloud::{DeploymentStatus, Pauses};
use crate::domain::StackRef;
use crate::graph::{Dag, Edge};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How long after an upstream update a run may be requested to count as a consequence.
const NEAR: SignedDuration = SignedDuration::from_secs(120);

/// How long a webhook may take to start a deployment before it counts as missing.
const LATE: SignedDuration = SignedDuration::from_secs(30);

/// The same for a join, which takes longer because its program must run first.
const LATE_JOIN: SignedDuration = SignedDuration::from_secs(300);

/// One change of a stack, and its consequences.
#[derive(Clone, Debug)]
pub struct Cascade {
    /// The stack that changed first.
    pub root: StackRef,
    /// When that change began.
    pub began: Timestamp,
    /// The root and everything below it, layer by layer, sorted by name.
    pub rows: Vec<Row>,
}

/// One stack of a cascade.
#[derive(Clone, Debug)]
pub struct Row {
    /// The stack.
    pub stack: StackRef,
    /// The number of stacks before it on the longest path from the root.
    pub level: usize,
    /// Its state.
    pub state: State,
    /// Whether it may still change without anyone intervening.
    pub is_open: bool,
    /// Its runs in this cascade, oldest first; more than one if it was started more than once.
    pub runs: Vec<Run>,
}

/// The state of a stack in a cascade: the decision, combined with the effects of this change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A run was requested and is queued.
    Queued,
    /// It is running.
    Running,
    /// It ran for this change, and is up to date.
    Succeeded,
    /// Its last attempt failed.
    Failed,
    /// It is up to date and did not run for this change.
    UpToDate,
    /// No output that it reads changed.
    Unchanged,
    /// It will run after these have run.
    Waiting(BTreeSet<StackRef>),
    /// The webhooks of these may still start it.
    Awaited(BTreeSet<StackRef>),
    /// It is due because of these, and its join may still start it.
    Joining(BTreeSet<StackRef>),
    /// It does not run because these stacks failed or are missing.
    Blocked(BTreeSet<StackRef>),
    /// It is due because of these stacks, but their webhooks did not start it.
    NotStarted(BTreeSet<StackRef>),
    /// It is due because of these stacks, but the deployment for them failed because another update was running.
    MetLock(BTreeSet<StackRef>),
    /// It is due because of these stacks, but its join did not start it.
    NotJoined(BTreeSet<StackRef>),
    /// It is due because of these stacks, whose webhooks are newer than the updates and so sent nothing.
    NotSent(BTreeSet<StackRef>),
    /// It is due because of these stacks, and no webhook starts it.
    NoWebhook(BTreeSet<StackRef>),
    /// It is due, and its deployments are paused until someone resumes them.
    Paused(Pauses),
    /// Any other state, as the decision says.
    Other(Reason),
}

impl State {
    /// Whether it is a failure: it did not succeed, was not started by a webhook that should have done so, or cannot be
    /// started.
    pub fn is_bad(&self) -> bool {
        match self {
            State::Failed
            | State::Blocked(_)
            | State::NotStarted(_)
            | State::MetLock(_)
            | State::NotJoined(_)
            | State::Paused(_) => true,
            State::Other(reason) => matches!(
                reason,
                Reason::NoSettings | Reason::Missing | Reason::Unreadable { .. }
            ),
            _ => false,
        }
    }

    /// The words for it, for users and programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Running => "running",
            State::Succeeded => "succeeded",
            State::Failed => "failed",
            State::UpToDate => "up to date",
            State::Unchanged => "unchanged",
            State::Waiting(_) | State::Awaited(_) | State::Joining(_) => "waiting",
            State::Blocked(_) => "blocked",
            State::NotStarted(_) | State::MetLock(_) | State::NotJoined(_) => "not started",
            State::NotSent(_) | State::NoWebhook(_) => "due",
            State::Paused(_) => "paused",
            State::Other(reason) => reason.as_str(),
        }
    }

    /// The stacks that explain this state, if there are any.
    pub fn because(&self) -> Option<&BTreeSet<StackRef>> {
        match self {
            State::Waiting(stacks)
            | State::Awaited(stacks)
            | State::Joining(stacks)
            | State::Blocked(stacks)
            | State::NotStarted(stacks)
            | State::MetLock(stacks)
            | State::NotJoined(stacks)
            | State::NotSent(stacks)
            | State::NoWebhook(stacks) => Some(stacks),
            _ => None,
        }
    }

    /// Whether the stack is up to date or needs no update.
    pub fn is_satisfied(&self) -> bool {
        matches!(self, State::Succeeded | State::UpToDate | State::Unchanged)
    }
}

impl Row {
    /// How often it ran or will run. A skipped start does not count.
    pub fn n_runs(&self) -> usize {
        self.runs.iter().filter(|run| run.counts).count()
    }
}

/// The facts from which a cascade is derived.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What was observed.
    pub world: &'a World,
    /// The decision on it.
    pub decision: &'a Decision,
    /// The edges over which a webhook starts the downstream stack.
    pub webhooks: &'a BTreeSet<Edge>,
    /// The time by the observer's clock, which limits how long a webhook is waited for.
    pub now: Timestamp,
}

impl Cascade {
    /// The cascade that began with the last run of `root`; without `root`, the one that the newest run belongs to. `None`
    /// if nothing ran.
    pub fn of(view: View<'_>, root: Option<&StackRef>) -> Option<Cascade> {
        let (dag, _) = Dag::without_cycles(root, &view.world.edges);
        let mut runs: BTreeMap<&StackRef, Vec<Run>> = BTreeMap::new();
        for stack in dag.stacks() {
            let observed = view.world.stacks.get(stack).and_then(Observed::found);
            let found = observed.map(|found| Run::all(&found.history));
            runs.insert(stack, found.unwrap_or_default());
        }
        let (root, first) = match root {
            Some(root) => (root, runs.get(root)?.iter().find(|run| run.counts)?),
            None => find_root(&dag, &runs, view.webhooks)?,
        };
        let mut cascade = Cascade {
            root: root.clone(),
            began: first.created,
            rows: rows(view, &dag, &runs, root, first),
        };
        cascade.open();
        Some(cascade)
    }

    /// Records for each row whether it may still change by itself.
    fn open(&mut self) {
        let is_moving = |row: &Row| match &row.state {
            State::Queued | State::Running | State::Awaited(_) | State::Joining(_) => true,
            State::Paused(_) => row.runs.iter().any(|run| !run.status.is_final()),
            _ => false,
        };
        let mut open: BTreeSet<StackRef> = BTreeSet::new();
        // A row comes after everything that it can wait for.
        for row in &mut self.rows {
            let waits = match &row.state {
                State::Waiting(stacks) => stacks.iter().any(|stack| open.contains(stack)),
                _ => false,
            };
            row.is_open = row.is_open || is_moving(row) || waits;
            if row.is_open {
                open.insert(row.stack.clone());
            }
        }
    }

    /// Whether nothing will change any more by itself.
    pub fn is_over(&self) -> bool {
        !self.rows.iter().any(|row| row.is_open)
    }

    /// Whether nothing failed and every stack was started that a webhook should start. Stacks that no webhook starts, and
    /// those waiting for them, do not count: `check` reports them.
    pub fn is_well(&self) -> bool {
        !self
            .rows
            .iter()
            .any(|row| !row.is_open && row.state.is_bad())
    }

    /// The edges whose webhooks did not start a stack that they should have started.
    pub fn not_started(&self) -> BTreeSet<Edge> {
        let edges = self.rows.iter().flat_map(|row| {
            let upstream = match &row.state {
                State::NotStarted(stacks) => stacks.iter().collect(),
                _ => Vec::new(),
            };
            upstream.into_iter().map(|upstream| Edge {
                upstream: upstream.clone(),
                downstream: row.stack.clone(),
            })
        });
        edges.collect()
    }

    /// Marks that the webhooks of these edges sent nothing since their upstream stacks were updated: they were created
    /// later and have nothing to start yet.
    pub fn not_sent(&mut self, edges: &BTreeSet<Edge>) {
        for row in &mut self.rows {
            let State::NotStarted(stacks) = &row.state else {
                continue;
            };
            let is_unsent = |upstream: &StackRef| {
                edges.contains(&Edge {
                    upstream: upstream.clone(),
                    downstream: row.stack.clone(),
                })
            };
            if stacks.iter().all(is_unsent) {
                row.state = State::NotSent(stacks.clone());
            }
        }
    }

    /// Whether another stack ran, or is about to run, because of this change.
    pub fn has_followers(&self) -> bool {
        let mut below = self.rows.iter().skip(1);
        below.any(|row| !row.runs.is_empty() || row.is_open)
    }

    /// When the last run ended, if the cascade is over.
    pub fn ended(&self) -> Option<Timestamp> {
        let ends = self.rows.iter().flat_map(|row| &row.runs);
        ends.filter_map(|run| run.ended)
            .max()
            .filter(|_| self.is_over())
    }
}

/// The root and everything below it, each stack with its runs since an upstream stack of this cascade succeeded.
fn rows(
    view: View<'_>,
    dag: &Dag,
    runs: &BTreeMap<&StackRef, Vec<Run>>,
    root: &StackRef,
    first: &Run,
) -> Vec<Row> {
    let reached: BTreeSet<&StackRef> = dag.reached_from(root).into_iter().collect();
    let is_inside = |stack: &StackRef| stack == root || reached.contains(stack);
    let inside: Vec<Edge> = dag
        .edges()
        .filter(|edge| is_inside(&edge.upstream) && is_inside(&edge.downstream))
        .collect();
    let inside = Dag::with_stacks([root], &inside).expect("a part of it has no cycle either");
    let mut rows: Vec<Row> = Vec::new();
    let mut successes: BTreeMap<&StackRef, Timestamp> = BTreeMap::new();
    for (level, layer) in inside.layers().into_iter().enumerate() {
        for stack in layer {
            let upstream = inside.upstream_of(stack);
            let since = upstream
                .iter()
                .filter_map(|stack| successes.get(stack))
                .min();
            let mut of_cascade: Vec<Run> = if stack == root {
                vec![first.clone()]
            } else {
                let belongs =
                    |run: &&Run| since.is_some_and(|since| is_not_before(run.created, *since));
                runs[stack].iter().filter(belongs).cloned().collect()
            };
            of_cascade.reverse();
            let succeeded = of_cascade.iter().filter_map(Run::succeeded).min();
            successes.extend(succeeded.map(|at| (stack, at)));
            let answer = view.decision.answer(stack);
            let state = match answer {
                Some(answer) => state(view, stack, answer, &of_cascade, &successes),
                // The stack has no edges.
                None => of_run(first.status),
            };
            rows.push(Row {
                stack: stack.clone(),
                level,
                is_open: answer.is_some_and(|answer| waits_elsewhere(view, answer)),
                state,
                runs: of_cascade,
            });
        }
    }
    rows
}

/// Whether a stack waits for one that is running or queued, in this cascade or not.
fn waits_elsewhere(view: View<'_>, answer: &Answer) -> bool {
    let Some(Reason::Waiting(holds)) = answer.reason() else {
        return false;
    };
    holds.iter().any(|hold| {
        let root = view
            .decision
            .answer(&hold.root.stack)
            .and_then(Answer::reason);
        matches!(root, Some(Reason::Running { .. } | Reason::Queued { .. }))
    })
}

fn of_run(status: DeploymentStatus) -> State {
    match status {
        DeploymentStatus::Queued => State::Queued,
        // A run with an unknown status may still be running.
        DeploymentStatus::Running | DeploymentStatus::Unknown => State::Running,
        DeploymentStatus::Succeeded => State::Succeeded,
        DeploymentStatus::Failed | DeploymentStatus::Skipped => State::Failed,
    }
}

fn state(
    view: View<'_>,
    stack: &StackRef,
    answer: &Answer,
    runs: &[Run],
    successes: &BTreeMap<&StackRef, Timestamp>,
) -> State {
    let names = |holds: &[Hold]| holds.iter().map(|hold| hold.stack.clone()).collect();
    let reason = match &answer.verdict {
        Verdict::Start => {
            let news: BTreeSet<StackRef> = answer.news().map(|news| news.stack.clone()).collect();
            let observed = view.world.stacks.get(stack).and_then(Observed::found);
            if observed.is_some_and(|found| found.history.lock_met().is_some()) {
                return State::MetLock(news);
            }
            let awaited = expected(view, stack, answer, news.clone());
            return awaited
                .or_else(|| joining(view, stack, answer, news.clone()))
                .unwrap_or(State::NoWebhook(news));
        }
        Verdict::Not(reason) => reason,
    };
    match reason {
        Reason::Queued { .. } => State::Queued,
        Reason::Running { .. } => State::Running,
        Reason::Failed { .. } => State::Failed,
        Reason::Unchanged => State::Unchanged,
        Reason::UpToDate | Reason::NoUpstream => {
            let has_run = runs.iter().any(|run| run.succeeded().is_some());
            if has_run {
                State::Succeeded
            } else {
                State::UpToDate
            }
        }
        Reason::Waiting(holds) => State::Waiting(names(holds)),
        Reason::Blocked(holds) => State::Blocked(names(holds)),
        Reason::Paused(pauses) => State::Paused(*pauses),
        // A webhook starts it nevertheless.
        Reason::NeverDeployed => {
            let upstream = answer.upstream.iter().map(|upstream| &upstream.stack);
            let updated = upstream.filter(|upstream| successes.contains_key(upstream));
            let updated: BTreeSet<StackRef> = updated.cloned().collect();
            expected(view, stack, answer, updated).unwrap_or_else(|| State::Other(reason.clone()))
        }
        other => State::Other(other.clone()),
    }
}

/// The state if webhooks of some of these updated stacks should start this one; `None` if there are no such webhooks.
fn expected(
    view: View<'_>,
    stack: &StackRef,
    answer: &Answer,
    updated: BTreeSet<StackRef>,
) -> Option<State> {
    let starting: BTreeSet<StackRef> = updated
        .into_iter()
        .filter(|upstream| {
            view.webhooks.contains(&Edge {
                upstream: upstream.clone(),
                downstream: stack.clone(),
            })
        })
        .collect();
    let upstream = answer.upstream.iter();
    let last = upstream
        .filter(|upstream| starting.contains(&upstream.stack))
        .filter_map(|upstream| upstream.good?.ended)
        .max()?;
    Some(if view.now.duration_since(last) < LATE {
        State::Awaited(starting)
    } else {
        State::NotStarted(starting)
    })
}

/// The state if the join of a stack should start it after these; `None` if it has no join.
fn joining(
    view: View<'_>,
    stack: &StackRef,
    answer: &Answer,
    updated: BTreeSet<StackRef>,
) -> Option<State> {
    view.world.joins.get(stack)?;
    let ends = answer.news().filter_map(|news| news.good?.ended);
    let is_late = view.now.duration_since(ends.max()?) >= LATE_JOIN;
    Some(if is_late {
        State::NotJoined(updated)
    } else {
        State::Joining(updated)
    })
}

/// The stack whose change led to the newest run, found by following each run back to its cause.
fn find_root<'a>(
    dag: &'a Dag,
    runs: &'a BTreeMap<&StackRef, Vec<Run>>,
    webhooks: &BTreeSet<Edge>,
) -> Option<(&'a StackRef, &'a Run)> {
    let all = dag.stacks().flat_map(|stack| {
        let counted = runs[stack].iter().filter(|run| run.counts);
        counted.map(move |run| (stack, run))
    });
    let (mut stack, mut run) = all.max_by_key(|(stack, run)| (run.created, *stack))?;
    // Without an order of the stacks, runs within one second could each be the cause of the other.
    while let Some((upstream, before)) = cause(dag, runs, webhooks, stack, run) {
        (stack, run) = (upstream, before);
    }
    Some((stack, run))
}

/// The run of an upstream stack that caused this one.
fn cause<'a>(
    dag: &'a Dag,
    runs: &'a BTreeMap<&StackRef, Vec<Run>>,
    webhooks: &BTreeSet<Edge>,
    stack: &StackRef,
    run: &Run,
) -> Option<(&'a StackRef, &'a Run)> {
    let can_start = |upstream: &&StackRef| {
        !run.is_by_webhook()
            || webhooks.contains(&Edge {
                upstream: (*upstream).clone(),
                downstream: stack.clone(),
            })
    };
    let upstream = dag.upstream_of(stack).into_iter().filter(can_start);
    let before = upstream.flat_map(|upstream| {
        let successes = runs[upstream].iter();
        successes.filter_map(move |before| Some((before.succeeded()?, upstream, before)))
    });
    before
        .filter(|(ended, _, _)| {
            is_not_before(run.created, *ended) && run.created.duration_since(*ended) <= NEAR
        })
        .max_by_key(|(ended, upstream, _)| (*ended, std::cmp::Reverse(*upstream)))
        .map(|(_, upstream, before)| (upstream, before))
}

/// Whether a time is not before another, compared in whole seconds, because updates have no finer times.
fn is_not_before(time: Timestamp, other: Timestamp) -> bool {
    time.as_second() >= other.as_second()
}

#[cfg(test)]
mod tests;
