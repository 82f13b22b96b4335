//! What is known of the run of one stack.
//!
//! # What this may not do
//!
//! Ask the cloud.

use auto_deploy::cloud::{Deployment, DeploymentStatus, Pauses};
use std::time::{Duration, Instant};

/// What is known of the run of one stack.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    /// The deployments of this stack since the beginning, oldest first, without those that met a lock.
    pub(super) runs: Vec<Deployment>,
    /// Why it could not be started, or what it said when it failed.
    pub(super) error: Option<String>,
    /// Since when a webhook is waited for.
    pub(super) awaited: Option<Instant>,
    /// What the decision says of its start.
    pub(super) gate: Gate,
    /// Since when an update that someone else runs is waited for.
    pub(super) locked: Option<Instant>,
    /// The pause that keeps it in the queue, if that is not ours.
    pub(super) paused: Option<Pauses>,
    /// Since when nothing is known of how it is.
    pub(super) unknown: Option<Instant>,
    /// The first failure to start it, and whether it may have been started all the same.
    pub(super) refused: Option<Refused>,
    /// The newest version that does not count.
    pub(super) before: i64,
    pub(super) is_held: bool,
    pub(super) is_started: bool,
    /// The run that was seen to be running, when that was for the first time and for the last.
    pub(super) seen: Option<(i64, Instant, Instant)>,
}

/// Whether a stack whose turn has come may start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Gate {
    /// It may.
    #[default]
    Open,
    /// It waits for an upstream stack, since then: why.
    Waits(Instant, String),
    /// Nothing is to start it, because of an upstream stack: why.
    Blocked(String),
}

impl Gate {
    /// Why a stack waits although its turn has come; `None` if it does not.
    pub(super) fn waits_because(&self) -> Option<&str> {
        match self {
            Gate::Waits(_, why) => Some(why),
            Gate::Open | Gate::Blocked(_) => None,
        }
    }
}

/// That a start failed for a reason that passes.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) since: Instant,
    /// Another try might start it twice.
    pub(super) may_have_started: bool,
    pub(super) error: String,
}

impl Track {
    /// Takes note of the deployments that there are.
    pub(super) fn see(&mut self, mut runs: Vec<Deployment>) {
        runs.retain(|run| run.version > self.before);
        runs.sort_by_key(|run| run.version);
        self.runs = runs;
        let now = Instant::now();
        let running = self
            .run()
            .filter(|run| run.status == DeploymentStatus::Running);
        let version = running.map(|run| run.version);
        self.seen = version.map(|version| match self.seen {
            Some((same, first, _)) if same == version => (version, first, now),
            _ => (version, now, now),
        });
    }

    /// The deployment that counts: the newest that ran or may still do so; of those that never ran, one that was cancelled.
    pub(super) fn run(&self) -> Option<&Deployment> {
        let newest = self.runs.iter().rev().find(|run| !run.never_ran());
        let mut cancelled = self.runs.iter().rev();
        newest.or_else(|| cancelled.find(|run| run.is_cancelled_in_queue()))
    }

    /// How often the stack really ran.
    pub(super) fn n_runs(&self) -> usize {
        self.runs.iter().filter(|run| !run.never_ran()).count()
    }

    /// How many runs webhooks have started.
    pub(super) fn n_by_webhook(&self) -> usize {
        let runs = self.runs.iter();
        runs.filter(|run| run.is_by_webhook()).count()
    }

    /// Whether something has been started, and everything that was is over.
    pub(super) fn is_over(&self) -> bool {
        !self.runs.is_empty() && self.runs.iter().all(|run| run.status.is_final())
    }

    /// How long it has been seen to run. It grows only, and is never more than it takes in the end: clocks are not
    /// compared.
    pub(super) fn elapsed(&self) -> Option<Duration> {
        let (_, first, last) = self.seen?;
        Some(last - first)
    }
}
