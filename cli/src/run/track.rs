//! The progress of one stack in a run.
//!
//! # What this may not do
//!
//! Make a request.

use auto_deploy::cloud::{Deployment, DeploymentStatus, Pauses};
use std::time::{Duration, Instant};

/// The progress of one stack in a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    /// The deployments of this stack since the run began, oldest first, without those that met a lock.
    pub(super) runs: Vec<Deployment>,
    /// Why it could not be started, or the last error in its log.
    pub(super) error: Option<String>,
    /// Since when it has been waiting for a webhook.
    pub(super) awaited: Option<Instant>,
    /// Whether the decision lets it start.
    pub(super) gate: Gate,
    /// Since when it has been waiting for an update that someone else runs.
    pub(super) locked: Option<Instant>,
    /// The pause, other than ours, that holds it in the queue.
    pub(super) paused: Option<Pauses>,
    /// Since when its state has been unknown.
    pub(super) unknown: Option<Instant>,
    /// The first failed start, and whether it may nevertheless have started.
    pub(super) refused: Option<Refused>,
    /// The newest version from before the run.
    pub(super) before: i64,
    pub(super) is_held: bool,
    pub(super) is_started: bool,
    /// The run that was seen running, and when it was first and last seen.
    pub(super) seen: Option<(i64, Instant, Instant)>,
}

/// Whether a stack whose turn has come may start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Gate {
    /// It may.
    #[default]
    Open,
    /// It waits for an upstream stack, since this time, for this reason.
    Waits(Instant, String),
    /// An upstream stack prevents its start, for this reason.
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

/// A start failed for a temporary reason.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) since: Instant,
    /// Another try might start it a second time.
    pub(super) may_have_started: bool,
    pub(super) error: String,
}

impl Track {
    /// Records the existing deployments.
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

    /// The deployment that counts: the newest one that ran or still may; or else, one that was cancelled.
    pub(super) fn run(&self) -> Option<&Deployment> {
        let newest = self.runs.iter().rev().find(|run| !run.never_ran());
        let mut cancelled = self.runs.iter().rev();
        newest.or_else(|| cancelled.find(|run| run.is_cancelled_in_queue()))
    }

    /// How often the stack actually ran.
    pub(super) fn n_runs(&self) -> usize {
        self.runs.iter().filter(|run| !run.never_ran()).count()
    }

    /// How many runs webhooks started.
    pub(super) fn n_by_webhook(&self) -> usize {
        let runs = self.runs.iter();
        runs.filter(|run| run.is_by_webhook()).count()
    }

    /// Whether something was started, and everything that was is over.
    pub(super) fn is_over(&self) -> bool {
        !self.runs.is_empty() && self.runs.iter().all(|run| run.status.is_final())
    }

    /// How long it has been seen running. This only increases, and never exceeds the final duration: clocks are not
    /// compared.
    pub(super) fn elapsed(&self) -> Option<Duration> {
        let (_, first, last) = self.seen?;
        Some(last - first)
    }
}
