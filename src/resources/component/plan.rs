//! The plan of a component: its outputs, and the webhooks and joins that make its edges.
//!
//! # What this may not do
//!
//! Know which component it is; that is `auto_deployer::plan` and `dependency_graph::plan`.

use super::children::Children;
use super::modes::CheckMode;
use super::planned::PlannedValue;
use crate::domain::StackRef;
use crate::graph::Edge;
use crate::property::{CheckFailure, Known};
use crate::veil::without;
use std::collections::{BTreeMap, BTreeSet};

/// What to register, and what to say about it.
#[derive(Debug)]
pub struct Plan {
    /// The webhooks, and the joins if there are any, for the edges that are known.
    pub children: Box<dyn Children>,
    /// The output with the names of the webhooks.
    pub webhooks: Webhooks,
    /// The other outputs, and what each depends on.
    pub outputs: BTreeMap<&'static str, PlannedValue>,
    /// What starts what, as far as it is known.
    pub edges: Vec<Edge>,
    /// The stack that the component is about, if it is about one and that is known.
    pub about: Option<StackRef>,
    /// The stacks that resources of the program may be about to make: that one is not there yet is not a finding.
    pub made_here: BTreeSet<StackRef>,
    /// The stacks whose names are secrets.
    pub hidden: BTreeSet<StackRef>,
    /// The input that a failure about the edges is about.
    pub edges_from: &'static str,
    /// The events that start the downstream stacks; `None` while one is not known.
    pub events: Option<Vec<String>>,
    /// Whether the edges will start anything, as far as it is known.
    pub is_active: bool,
    /// What joins do, if there are any.
    pub joined: Option<Joined>,
    /// What to do about what is found on the cloud.
    pub checks: CheckMode,
    /// Advice for the user.
    pub advice: Vec<String>,
}

/// What the joins of a component need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The program's own stack, whose runs start what joins wait for.
    pub conductor: StackRef,
    /// The stacks that joins start.
    pub stacks: BTreeSet<StackRef>,
    /// How many of them are started in one run, if the program says.
    pub max_starts: Option<usize>,
}

/// The output with the names of the webhooks.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhooks {
    /// Its name.
    pub output: &'static str,
    /// For each of its items the place of a webhook among the children; `None` while it is not known. Unknown as a whole
    /// if the list is.
    pub places: Known<Vec<Option<usize>>>,
    /// Whether it is never shown.
    pub secret: bool,
}

impl Plan {
    /// Whether the cloud is looked at for what there is to say.
    pub fn is_checked(&self) -> bool {
        self.checks != CheckMode::Off && self.is_active
    }

    /// Whether findings are errors.
    pub fn is_strict(&self) -> bool {
        self.checks == CheckMode::Error
    }

    /// A failure about the edges. Names that are secrets are not shown.
    pub fn refusal(&self, reason: &str) -> CheckFailure {
        CheckFailure::new(self.edges_from, self.veil(reason))
    }

    /// The text without the names of stacks that are secrets.
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
