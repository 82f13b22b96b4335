//! The plan of a component: its outputs, and the webhooks and joins that make its edges.
//!
//! # What this may not do
//!
//! Know which component it is: `auto_deployer::plan` and `dependency_graph::plan` do.

use super::children::Children;
use super::modes::CheckMode;
use super::planned::PlannedValue;
use crate::domain::StackRef;
use crate::graph::Edge;
use crate::property::{CheckFailure, Known};
use crate::veil::without;
use std::collections::{BTreeMap, BTreeSet};

/// What to register, and what to report.
#[derive(Debug)]
pub struct Plan {
    /// The webhooks and joins for the known edges.
    pub children: Box<dyn Children>,
    /// The output with the names of the webhooks.
    pub webhooks: Webhooks,
    /// The other outputs, with their dependencies.
    pub outputs: BTreeMap<&'static str, PlannedValue>,
    /// The known edges.
    pub edges: Vec<Edge>,
    /// The stack that the component is for, if it is for one stack and that is known.
    pub about: Option<StackRef>,
    /// The stacks that resources of the program may create. If one of them does not exist yet, that is not a finding.
    pub made_here: BTreeSet<StackRef>,
    /// The stacks with secret names.
    pub hidden: BTreeSet<StackRef>,
    /// The input that failures about the edges name.
    pub edges_from: &'static str,
    /// The events that start the downstream stacks; `None` while one is unknown.
    pub events: Option<Vec<String>>,
    /// Whether the edges will start anything, as far as known.
    pub is_active: bool,
    /// The joins, if there are any.
    pub joined: Option<Joined>,
    /// How findings on the cloud are reported.
    pub checks: CheckMode,
    /// Advice for the user.
    pub advice: Vec<String>,
}

/// The joins of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The program's own stack, whose runs start the stacks of joins.
    pub conductor: StackRef,
    /// The stacks that joins start.
    pub stacks: BTreeSet<StackRef>,
    /// The most stacks that one run starts, if the program limits it.
    pub max_starts: Option<usize>,
}

/// The output with the names of the webhooks.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhooks {
    /// The name of the output.
    pub output: &'static str,
    /// For each item, the place of a webhook among the children; `None` while unknown. Unknown as a whole if the list is.
    pub places: Known<Vec<Option<usize>>>,
    /// Whether the list is secret.
    pub secret: bool,
}

impl Plan {
    /// Whether to make checks on the cloud.
    pub fn is_checked(&self) -> bool {
        self.checks != CheckMode::Off && self.is_active
    }

    /// Whether findings are errors.
    pub fn is_strict(&self) -> bool {
        self.checks == CheckMode::Error
    }

    /// A failure about the edges, without secret names.
    pub fn refusal(&self, reason: &str) -> CheckFailure {
        CheckFailure::new(self.edges_from, self.veil(reason))
    }

    /// The text without the secret names of stacks.
    pub fn veil(&self, text: &str) -> String {
        veil(&self.hidden, text)
    }
}

/// The text without the names of these stacks.
pub fn veil(hidden: &BTreeSet<StackRef>, text: &str) -> String {
    let names = hidden
        .iter()
        .flat_map(|stack| [stack.to_string(), stack.short()]);
    without(&names.collect(), text)
}
