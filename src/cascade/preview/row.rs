//! The result for one stack.
//!
//! # What this may not do
//!
//! Say that nothing changes where nothing was looked at.

use super::events::{Op, Seen};
use super::gap::Gap;
use super::members::{Member, Tie};
use super::outputs::OutputChange;
use super::rest::Rest;
use crate::domain::StackRef;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The result for one stack.
#[derive(Clone, Debug)]
pub struct Row {
    /// The stack.
    pub stack: StackRef,
    /// Stacks of one layer were previewed side by side.
    pub layer: usize,
    /// How it comes to be here.
    pub tie: Tie,
    /// How often it would run for one change of the first stack.
    pub n_runs: u64,
    /// Whether it was previewed with the branch or commit that was asked for.
    pub takes_revision: bool,
    /// The version that the stack had before; `None` if it was never updated, or not asked.
    pub version: Option<i64>,
    /// The deployment that ran, or did not come to run.
    pub link: Option<Link>,
    /// When it ran.
    pub times: Times,
    /// The commit of the program, as far as it is known.
    pub commit: Option<String>,
    /// The ESC environments that its configuration comes from.
    pub environments: Vec<String>,
    /// What the engine said; `None` if no preview came to its end.
    pub seen: Option<Seen>,
    /// The outputs that would not be as they are; `None` where they could not be compared.
    pub outputs: Option<BTreeMap<String, OutputChange>>,
    /// Why the preview failed; `None` if it did not.
    pub failure: Option<String>,
    /// The members that it reads: what its preview has read, else what its state says.
    pub reads: BTreeSet<StackRef>,
    /// The stacks whose joins start it and whose last run failed: an update of it may not follow.
    pub failed_conductors: BTreeSet<StackRef>,
    /// Why it would not be started; `None` if it would.
    pub rest: Option<Rest>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
}

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub deployment: String,
    /// Which of its stack's deployments it is.
    pub version: i64,
    /// The run of the CLI that it made, if it came to that.
    pub run: Option<String>,
}

/// When a preview ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// When it began.
    pub began: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

/// What a row comes to, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Result {
    /// Something changes.
    Changes,
    /// Nothing does.
    Unchanged,
    /// Its preview failed.
    Failed,
    /// There is no preview of it.
    NotPreviewed,
    /// It would not be started, so there is nothing to preview.
    NotStarted,
}

impl Result {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Result::Changes => "changes",
            Result::Unchanged => "unchanged",
            Result::Failed => "failed",
            Result::NotPreviewed => "not previewed",
            Result::NotStarted => "not started",
        }
    }
}

impl Row {
    /// The row of a member of which nothing is known yet.
    pub fn of(member: &Member) -> Row {
        Row {
            stack: member.stack.clone(),
            layer: member.layer,
            tie: member.tie,
            n_runs: member.n_runs,
            takes_revision: false,
            version: None,
            link: None,
            times: Times::default(),
            commit: None,
            environments: Vec::new(),
            seen: None,
            outputs: None,
            failure: None,
            reads: BTreeSet::new(),
            failed_conductors: BTreeSet::new(),
            rest: None,
            gaps: Vec::new(),
        }
    }

    /// What it comes to.
    pub fn result(&self) -> Result {
        if self.rest.is_some() {
            Result::NotStarted
        } else if self.failure.is_some() {
            Result::Failed
        } else if self.seen.is_none() || self.gaps.iter().any(|gap| !gap.is_doubt()) {
            Result::NotPreviewed
        } else if self.changes() {
            Result::Changes
        } else {
            Result::Unchanged
        }
    }

    /// Whether a resource or an output changes.
    pub fn changes(&self) -> bool {
        let changes = |seen: &Seen| !seen.changes.is_empty();
        self.seen.as_ref().is_some_and(changes) || self.n_outputs() > 0
    }

    /// How many resources would be treated so.
    pub fn count(&self, op: Op) -> usize {
        self.seen.as_ref().map_or(0, |seen| seen.count(op))
    }

    /// How many outputs change, those that are not known yet among them.
    pub fn n_outputs(&self) -> usize {
        let outputs = self.outputs.iter().flatten();
        outputs.filter(|(_, change)| change.counts()).count()
    }

    /// Whether its outputs are predicted.
    pub fn is_good(&self) -> bool {
        matches!(self.result(), Result::Changes | Result::Unchanged)
    }

    /// Whether those below it can be previewed: its outputs are predicted, or stay as they are.
    pub fn is_settled(&self) -> bool {
        self.is_good() || self.rest.is_some()
    }
}
