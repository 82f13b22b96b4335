//! Which runs one change led to.
//!
//! The cloud tells no cause of a run. What is told apart here are times: a run of a stack belongs to the change of the
//! first stack if it was asked for after that began, and the stack is reached from it.
//!
//! # What this may not do
//!
//! Say that a stack will run, when nothing would start it.

use super::runs::{Run, Runs};
use crate::cloud::DeploymentStatus;
use crate::domain::StackRef;
use crate::graph::{Dag, Edge};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How long after its upstream stack a run may begin that no webhook started, to be taken for a consequence.
const NEAR: SignedDuration = SignedDuration::from_secs(120);

/// How long a webhook may take to start a deployment before it is missed.
const LATE: SignedDuration = SignedDuration::from_secs(30);

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
    /// Its runs in this cascade, oldest first; more than one if it was started more than once.
    pub runs: Vec<Run>,
}

/// How a stack of a cascade stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It was asked to run, and waits for its turn.
    Queued,
    /// It runs.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
    /// It was asked to run, and was then passed over.
    Skipped,
    /// It is to run when these have run.
    Waiting(BTreeSet<StackRef>),
    /// It does not run, because these did not run well.
    Blocked(BTreeSet<StackRef>),
    /// All before it ran well, and nothing has started it.
    NotStarted,
}

impl State {
    /// Whether nothing more comes of it.
    pub fn is_final(&self) -> bool {
        !matches!(self, State::Queued | State::Running | State::Waiting(_))
    }

    /// Whether it is as it should be, or may still become so.
    pub fn is_well(&self) -> bool {
        matches!(
            self,
            State::Succeeded | State::Queued | State::Running | State::Waiting(_)
        )
    }

    /// What people read.
    pub fn as_str(&self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Running => "running",
            State::Succeeded => "succeeded",
            State::Failed => "failed",
            State::Skipped => "skipped",
            State::Waiting(_) => "waiting",
            State::Blocked(_) => "blocked",
            State::NotStarted => "not started",
        }
    }
}

impl Row {
    /// How often it ran, or is to run; a start that was skipped is none.
    pub fn n_runs(&self) -> usize {
        self.runs.iter().filter(|run| run.counts()).count()
    }
}

impl Cascade {
    /// The cascade that began with the last run of `root`; without it, the one that the newest run of all belongs to.
    /// `None` if nothing ran.
    pub fn of<'a>(
        edges: impl IntoIterator<Item = &'a Edge>,
        history: &Runs,
        root: Option<&StackRef>,
        now: Timestamp,
    ) -> Option<Cascade> {
        let edges: BTreeSet<&Edge> = edges.into_iter().collect();
        let (dag, _) = Dag::without_cycles(root, edges.iter().copied());
        let (root, first) = match root {
            Some(root) => (root, history.newest(root)?),
            None => find_root(&dag, history)?,
        };
        let began = first.created;
        let reached: BTreeSet<&StackRef> = dag.reached_from(root).into_iter().collect();
        let is_inside = |stack: &StackRef| stack == root || reached.contains(stack);
        let inside: Vec<Edge> = dag
            .edges()
            .filter(|edge| is_inside(&edge.upstream) && is_inside(&edge.downstream))
            .collect();
        let inside = Dag::with_stacks([root], &inside).expect("a part of it has no cycle either");
        let mut rows: Vec<Row> = Vec::new();
        let mut places = BTreeMap::new();
        for (level, layer) in inside.layers().into_iter().enumerate() {
            for stack in layer {
                let mut runs: Vec<Run> = history
                    .of(stack)
                    .iter()
                    .filter(|run| run.created >= began)
                    .cloned()
                    .collect();
                runs.reverse();
                let upstream = inside.upstream_of(stack).into_iter();
                let upstream: Vec<&Row> = upstream.map(|name| &rows[places[name]]).collect();
                let state = state(&runs, &upstream, now);
                places.insert(stack, rows.len());
                rows.push(Row {
                    stack: stack.clone(),
                    level,
                    state,
                    runs,
                });
            }
        }
        Some(Cascade {
            root: root.clone(),
            began,
            rows,
        })
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        self.rows.iter().all(|row| row.state.is_final())
    }

    /// Whether all that is over went well.
    pub fn is_well(&self) -> bool {
        self.rows.iter().all(|row| row.state.is_well())
    }

    /// When the last run ended, if nothing more comes.
    pub fn ended(&self) -> Option<Timestamp> {
        let ends = self.rows.iter().flat_map(|row| &row.runs);
        ends.filter_map(|run| run.ended)
            .max()
            .filter(|_| self.is_over())
    }
}

fn state(runs: &[Run], upstream: &[&Row], now: Timestamp) -> State {
    if let Some(run) = runs.iter().rev().find(|run| run.counts()) {
        return match run.status {
            DeploymentStatus::Queued => State::Queued,
            DeploymentStatus::Running => State::Running,
            DeploymentStatus::Succeeded => State::Succeeded,
            DeploymentStatus::Failed | DeploymentStatus::Skipped => State::Failed,
        };
    }
    if !runs.is_empty() {
        return State::Skipped;
    }
    let those = |is: fn(&Row) -> bool| -> BTreeSet<StackRef> {
        let those = upstream.iter().filter(|row| is(row));
        those.map(|row| row.stack.clone()).collect()
    };
    let pending = those(|row| !row.state.is_final());
    let bad = those(|row| row.state.is_final() && row.state != State::Succeeded);
    if !bad.is_empty() {
        return State::Blocked(bad);
    }
    if !pending.is_empty() {
        return State::Waiting(pending);
    }
    let runs = upstream.iter().flat_map(|row| &row.runs);
    let (last, stacks) = (runs.filter_map(|run| run.ended).max(), those(|_| true));
    // A webhook takes a moment.
    if last.is_some_and(|ended| now.duration_since(ended) < LATE) {
        State::Waiting(stacks)
    } else {
        State::NotStarted
    }
}

/// The stack whose change led to the newest run of all: from run to run, the upstream stack that ended last before it.
fn find_root<'a>(dag: &'a Dag, history: &'a Runs) -> Option<(&'a StackRef, &'a Run)> {
    let in_graph: BTreeSet<&StackRef> = dag.stacks().collect();
    let of_graph = history
        .runs()
        .filter(|(stack, run)| in_graph.contains(stack) && run.counts());
    let (mut stack, mut run) = of_graph.max_by_key(|(_, run)| run.created)?;
    loop {
        let upstream = dag.upstream_of(stack).into_iter().flat_map(|upstream| {
            let runs = history.of(upstream).iter();
            runs.map(move |run| (upstream, run))
        });
        let before = upstream.filter_map(|(upstream, before)| {
            let ended = before.ended?;
            let is_near = run.created.duration_since(ended) <= NEAR;
            let is_cause = before.status == DeploymentStatus::Succeeded
                && ended <= run.created
                && (run.is_by_webhook() || is_near);
            is_cause.then_some((ended, upstream, before))
        });
        match before.max_by_key(|(ended, _, _)| *ended) {
            Some((_, upstream, before)) => (stack, run) = (upstream, before),
            None => return Some((stack, run)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{DIAMOND, deployment, edges, stack, time};
    use super::*;
    use crate::cloud::Deployment;

    fn check(
        root: Option<&str>,
        now: i64,
        deployments: impl IntoIterator<Item = Deployment>,
    ) -> String {
        let mut history = Runs::default();
        history.add_deployments(deployments);
        let root = root.map(stack);
        let cascade = Cascade::of(&edges(&DIAMOND), &history, root.as_ref(), time(now));
        let Some(cascade) = cascade else {
            return "nothing".to_owned();
        };
        let line = |row: &Row| {
            let cause = match &row.state {
                State::Waiting(stacks) | State::Blocked(stacks) => {
                    let names = stacks.iter().map(StackRef::project);
                    format!(" {}", names.collect::<Vec<_>>().join(" "))
                }
                _ => String::new(),
            };
            let (state, n) = (row.state.as_str(), row.n_runs());
            format!("{} {}: {state}{cause} x{n}", row.level, row.stack.project())
        };
        let rows: Vec<String> = cascade.rows.iter().map(line).collect();
        let end = match (cascade.is_over(), cascade.is_well()) {
            (false, _) => "goes on",
            (true, true) => "well",
            (true, false) => "not well",
        };
        format!("{}\n{end}", rows.join("\n"))
    }

    #[test]
    fn the_root_is_found_from_the_newest_run() {
        insta::assert_snapshot!(check(None, 100, [
            deployment("app", 1, "succeeded", -90, -90, -80),
            deployment("network", 1, "succeeded", 0, 0, 10),
            deployment("database", 1, "succeeded", 10, 10, 20),
            deployment("cluster", 1, "running", 11, 11, 0),
            deployment("app", 2, "running", 20, 20, 0),
        ]), @r"
        0 network: succeeded x1
        1 cluster: running x1
        1 database: succeeded x1
        2 app: running x1
        goes on
        ");
        assert_eq!(check(None, 0, []), "nothing");
        assert_eq!(check(Some("app"), 0, []), "nothing");
    }

    #[test]
    fn a_stack_that_was_started_twice_says_so() {
        insta::assert_snapshot!(check(Some("network"), 100, [
            deployment("network", 1, "succeeded", 0, 0, 10),
            deployment("database", 1, "succeeded", 10, 10, 20),
            deployment("cluster", 1, "succeeded", 10, 10, 30),
            deployment("app", 1, "succeeded", 20, 20, 29),
            deployment("app", 2, "succeeded", 30, 30, 40),
        ]), @r"
        0 network: succeeded x1
        1 cluster: succeeded x1
        1 database: succeeded x1
        2 app: succeeded x2
        well
        ");
    }

    #[test]
    fn a_failure_blocks_what_is_below_and_a_missing_start_is_missed() {
        insta::assert_snapshot!(check(None, 100, [
            deployment("network", 1, "succeeded", 0, 0, 10),
            deployment("database", 1, "failed", 10, 10, 20),
        ]), @r"
        0 network: succeeded x1
        1 cluster: not started x0
        1 database: failed x1
        2 app: blocked cluster database x0
        not well
        ");
        insta::assert_snapshot!(check(None, 12, [deployment("network", 1, "succeeded", 0, 0, 10)]), @r"
        0 network: succeeded x1
        1 cluster: waiting network x0
        1 database: waiting network x0
        2 app: waiting cluster database x0
        goes on
        ");
    }
}
