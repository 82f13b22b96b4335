//! Which runs one change led to, and how the stacks stand that it reaches.
//!
//! The cloud does not say what caused a run. A run is taken for a consequence of the newest update of an upstream stack
//! that ended before it was asked for, if that was not long before; if a webhook started it, only of one by whose
//! webhook it can have been started.
//!
//! # What this may not do
//!
//! Say how a stack stands in other words than the decision, or that it will run when nothing would start it.

use super::decision::{Answer, Decision, Verdict};
use super::observation::{Observed, World};
use super::reason::{Hold, Reason};
use super::run::Run;
use crate::cloud::{DeploymentStatus, Pauses};
use crate::domain::StackRef;
use crate::graph::{Dag, Edge};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How long after the update of an upstream stack a run may be asked for, to be taken for a consequence.
const NEAR: SignedDuration = SignedDuration::from_secs(120);

/// How long a webhook may take to start a deployment before it is missed.
const LATE: SignedDuration = SignedDuration::from_secs(30);

/// How long a join may take: the program that has it must run first.
const LATE_JOIN: SignedDuration = SignedDuration::from_secs(300);

/// One change of a stack, and what came of it.
#[derive(Clone, Debug)]
pub struct Cascade {
    /// The stack that changed first.
    pub root: StackRef,
    /// When that began.
    pub began: Timestamp,
    /// The first stack and all that are reached from it, layer by layer, in the order of names.
    pub rows: Vec<Row>,
}

/// One stack of a cascade.
#[derive(Clone, Debug)]
pub struct Row {
    /// The stack.
    pub stack: StackRef,
    /// How many stacks are before it on the longest path from the first.
    pub level: usize,
    /// How it stands.
    pub state: State,
    /// Whether something may still come of it by itself.
    pub is_open: bool,
    /// Its runs in this cascade, oldest first; more than one if it was started more than once.
    pub runs: Vec<Run>,
}

/// How a stack of a cascade stands: what the decision says, with what came of this very change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It was asked to run, and waits for its turn.
    Queued,
    /// It runs.
    Running,
    /// It ran for this change, and is up to date.
    Succeeded,
    /// Its last attempt failed.
    Failed,
    /// It is up to date, without having run for this change.
    UpToDate,
    /// Nothing that it reads has changed.
    Unchanged,
    /// It is to run when these have run.
    Waiting(BTreeSet<StackRef>),
    /// The webhooks of these may still start it.
    Awaited(BTreeSet<StackRef>),
    /// It is due because of these, and its join may still start it.
    Joining(BTreeSet<StackRef>),
    /// It does not run, because of these: they failed, or are not there.
    Blocked(BTreeSet<StackRef>),
    /// It is due because of these, and their webhooks have not started it.
    NotStarted(BTreeSet<StackRef>),
    /// It is due because of these, and the deployment that was started met an update that someone ran.
    MetLock(BTreeSet<StackRef>),
    /// It is due because of these, and its join has not started it.
    NotJoined(BTreeSet<StackRef>),
    /// It is due because of these, and their webhooks have sent nothing since: they are newer than the updates.
    NotSent(BTreeSet<StackRef>),
    /// It is due because of these, and no webhook starts it.
    NoWebhook(BTreeSet<StackRef>),
    /// It is due, and its deployments wait until someone resumes them.
    Paused(Pauses),
    /// It stands otherwise, as the decision says.
    Other(Reason),
}

impl State {
    /// Whether it is a failure: it did not succeed, was not started though a webhook should have done it, or cannot be.
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

    /// What people and programs read.
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

    /// The stacks that it is because of, if it is because of some.
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

    /// Whether it is as wanted.
    pub fn is_satisfied(&self) -> bool {
        matches!(self, State::Succeeded | State::UpToDate | State::Unchanged)
    }
}

impl Row {
    /// How often it ran, or is to run; a start that was skipped is none.
    pub fn n_runs(&self) -> usize {
        self.runs.iter().filter(|run| run.counts).count()
    }
}

/// What a cascade is found in.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What was seen.
    pub world: &'a World,
    /// What was decided from it.
    pub decision: &'a Decision,
    /// The edges by which a webhook starts the downstream stack.
    pub webhooks: &'a BTreeSet<Edge>,
    /// The time by the observer's clock: a webhook is waited for only so long.
    pub now: Timestamp,
}

impl Cascade {
    /// The cascade that began with the last run of `root`; without it, the one that the newest run of all belongs to.
    /// `None` if nothing ran.
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

    /// Notes of each row whether something may still come of it.
    fn open(&mut self) {
        let is_moving = |row: &Row| match &row.state {
            State::Queued | State::Running | State::Awaited(_) | State::Joining(_) => true,
            State::Paused(_) => row.runs.iter().any(|run| !run.status.is_final()),
            _ => false,
        };
        let mut open: BTreeSet<StackRef> = BTreeSet::new();
        // A row comes after all that it can wait for.
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

    /// Whether nothing more comes by itself.
    pub fn is_over(&self) -> bool {
        !self.rows.iter().any(|row| row.is_open)
    }

    /// Whether nothing failed, and nothing that a webhook should have started was not started. What no webhook starts, and
    /// what waits for that, is not counted: `check` reports it.
    pub fn is_well(&self) -> bool {
        !self
            .rows
            .iter()
            .any(|row| !row.is_open && row.state.is_bad())
    }

    /// The edges whose webhooks have not started a stack that they should have started.
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

    /// Takes it that webhooks have sent nothing over these edges since their upstream stacks were updated: they were made
    /// after that, and have nothing to start yet.
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

    /// Whether another stack has run, or is about to, because of this change.
    pub fn has_followers(&self) -> bool {
        let mut below = self.rows.iter().skip(1);
        below.any(|row| !row.runs.is_empty() || row.is_open)
    }

    /// When the last run ended, if nothing more comes.
    pub fn ended(&self) -> Option<Timestamp> {
        let ends = self.rows.iter().flat_map(|row| &row.runs);
        ends.filter_map(|run| run.ended)
            .max()
            .filter(|_| self.is_over())
    }
}

/// The first stack and all that it reaches, each with its runs since an upstream stack of this cascade succeeded.
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
                // Nothing depends on it, and it depends on nothing.
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

/// Whether a stack waits for one that is moving, be it of this cascade or not.
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
        // What has an unknown word may go on.
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
        // A webhook starts it all the same.
        Reason::NeverDeployed => {
            let upstream = answer.upstream.iter().map(|upstream| &upstream.stack);
            let updated = upstream.filter(|upstream| successes.contains_key(upstream));
            let updated: BTreeSet<StackRef> = updated.cloned().collect();
            expected(view, stack, answer, updated).unwrap_or_else(|| State::Other(reason.clone()))
        }
        other => State::Other(other.clone()),
    }
}

/// That webhooks of some of these stacks, which were updated, are to start this one; `None` if there are no such webhooks.
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

/// That the join of a stack is to start it after these; `None` if it has none.
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

/// The stack whose change led to the newest run of all: from run to run, the upstream stack that it followed.
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
    // Runs of one second could follow each other both ways, were there not an order among their stacks.
    while let Some((upstream, before)) = cause(dag, runs, webhooks, stack, run) {
        (stack, run) = (upstream, before);
    }
    Some((stack, run))
}

/// The run of an upstream stack that this one followed.
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

/// Whether one time is not before another, whole seconds compared: finer ones are not known of updates.
fn is_not_before(time: Timestamp, other: Timestamp) -> bool {
    time.as_second() >= other.as_second()
}

#[cfg(test)]
mod tests;
