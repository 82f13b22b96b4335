//! Why a stack, or a relevant part of it, could not be previewed.
//!
//! # What this may not do
//!
//! Stand for a preview that failed: a failure is an answer.

use super::super::reason::Reason;
use super::super::words;
use crate::cloud::Pauses;
use crate::domain::StackRef;
use crate::graph::Cycle;
use std::collections::BTreeSet;

/// Why a stack, or a relevant part of it, could not be previewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// On this cloud, previews cannot read the outputs that other previews predict.
    NoWindows,
    /// It does not exist, or this token may not see it.
    Missing,
    /// The cloud did not say enough; with the cause.
    Unreadable(String),
    /// It has no deployment settings.
    NoSettings,
    /// Its deployments are paused.
    Paused(Pauses),
    /// The cloud refused to start the preview; with the cause.
    Refused(String),
    /// It is in this cycle or below it.
    Cycle(Cycle),
    /// This stack above it could not be previewed, or its preview failed.
    Below(StackRef),
    /// Its preview was skipped in the queue.
    Skipped,
    /// Its preview was cancelled in the queue.
    Cancelled,
    /// Its preview succeeded without a summary of what it found.
    NoSummary,
    /// It read outdated outputs of these stacks.
    OldValues(BTreeSet<StackRef>),
    /// Someone updated it during the preview.
    Updated {
        /// Its version when the preview began.
        from: i64,
        /// Its version after the preview had ended.
        to: i64,
    },
}

impl Gap {
    /// The stable word for it in machine-readable output.
    pub fn code(&self) -> &'static str {
        match self {
            Gap::NoWindows => "no-windows",
            Gap::Missing => "missing",
            Gap::Unreadable(_) => "not-readable",
            Gap::NoSettings => "no-settings",
            Gap::Paused(_) => "paused",
            Gap::Refused(_) => "refused",
            Gap::Cycle(_) => "cycle",
            Gap::Below(_) => "below",
            Gap::Skipped => "skipped",
            Gap::Cancelled => "cancelled",
            Gap::NoSummary => "no-summary",
            Gap::OldValues(_) => "old-values",
            Gap::Updated { .. } => "updated-meanwhile",
        }
    }

    /// The explanation: a clause in lower case without a full stop.
    pub fn words(&self) -> String {
        match self {
            Gap::NoWindows => {
                "this cloud has no coherence windows: a preview cannot read what others predict"
                    .into()
            }
            Gap::Missing => words::of(&Reason::Missing),
            Gap::Unreadable(why) => format!("it could not be read: {why}"),
            Gap::NoSettings => words::of(&Reason::NoSettings),
            Gap::Paused(pauses) => words::of(&Reason::Paused(*pauses)),
            Gap::Refused(why) => why.clone(),
            Gap::Cycle(cycle) => format!("there is no order: {cycle}"),
            Gap::Below(stack) => format!("there is no prediction for {}", stack.short()),
            Gap::Skipped => "its preview was skipped in the queue".into(),
            Gap::Cancelled => "its preview was cancelled in the queue".into(),
            Gap::NoSummary => "its preview did not say what it found".into(),
            Gap::OldValues(stacks) => {
                let names: Vec<String> = stacks.iter().map(StackRef::short).collect();
                format!("it read old values of {}", names.join(", "))
            }
            Gap::Updated { from, to } => format!("updated meanwhile ({from} → {to})"),
        }
    }

    /// Whether the stack has a result that may be wrong, rather than no result.
    pub fn is_doubt(&self) -> bool {
        matches!(self, Gap::OldValues(_) | Gap::Updated { .. })
    }
}
