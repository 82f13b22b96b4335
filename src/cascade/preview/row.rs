//! The result for one stack.
//!
//! # What this may not do
//!
//! Say that nothing changes where no preview ran.

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
    /// Its layer. Stacks of one layer were previewed at the same time.
    pub layer: usize,
    /// Why it is a member.
    pub tie: Tie,
    /// How often it would run for one change of the root.
    pub n_runs: u64,
    /// Whether its preview used the requested branch or commit.
    pub takes_revision: bool,
    /// The version of the stack before; `None` if it was never updated or this was not asked.
    pub version: Option<i64>,
    /// The preview deployment, whether it ran or not.
    pub link: Option<Link>,
    /// When it ran.
    pub times: Times,
    /// The commit of the program, if known.
    pub commit: Option<String>,
    /// The ESC environments that its configuration comes from.
    pub environments: Vec<String>,
    /// What the engine reported; `None` if no preview completed.
    pub seen: Option<Seen>,
    /// The outputs that would differ; `None` if they could not be compared.
    pub outputs: Option<BTreeMap<String, OutputChange>>,
    /// Why the preview failed; `None` if it did not.
    pub failure: Option<String>,
    /// The members that it reads: according to its preview, or else its state.
    pub reads: BTreeSet<StackRef>,
    /// The stacks whose joins start it and whose last run failed, so an update of it may not follow.
    pub failed_conductors: BTreeSet<StackRef>,
    /// Why it would not be started; `None` if it would.
    pub rest: Option<Rest>,
    /// What could not be previewed.
    pub gaps: Vec<Gap>,
}

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its ID.
    pub deployment: String,
    /// The number of the deployment within its stack.
    pub version: i64,
    /// The run of the CLI that it made, if any.
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

/// The result of a row, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Result {
    /// Something changes.
    Changes,
    /// Nothing changes.
    Unchanged,
    /// Its preview failed.
    Failed,
    /// It was not previewed.
    NotPreviewed,
    /// It would not be started, so it was not previewed.
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
    /// The row of a member before anything is known about it.
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

    /// The result.
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

    /// The number of resources with this operation.
    pub fn count(&self, op: Op) -> usize {
        self.seen.as_ref().map_or(0, |seen| seen.count(op))
    }

    /// The number of outputs that change, including unknown ones.
    pub fn n_outputs(&self) -> usize {
        let outputs = self.outputs.iter().flatten();
        outputs.filter(|(_, change)| change.counts()).count()
    }

    /// Whether its outputs are predicted.
    pub fn is_good(&self) -> bool {
        matches!(self.result(), Result::Changes | Result::Unchanged)
    }

    /// Whether the stacks below it can be previewed: its outputs are predicted or stay the same.
    pub fn is_settled(&self) -> bool {
        self.is_good() || self.rest.is_some()
    }
}
