//! A join's inputs, typed.
//!
//! # What this may not do
//!
//! Apply a rule that needs more than one property; that is `check` in `resources::join`.

use crate::domain::StackRef;
use crate::graph::Edge;
use crate::property::decode::MISSING;
use crate::property::modes::modes;
use crate::property::{CheckFailure, Fields, Input, Known, Map};
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// The list whose order and duplicates do not matter.
pub const UPSTREAM_REFS: &str = "upstreamRefs";

/// The input that says what makes the stack due.
pub const START_ON: &str = "startOn";

modes! {
    /// What makes the stack of a join due.
    StartOn {
        /// Each successful update of an upstream stack.
        Updates = "updates",
        /// An update that changes an output that the stack holds.
        Outputs = "outputs",
    }
}

/// The inputs of a join as a program wrote them. `None` means that the property is absent.
#[derive(Clone, Debug)]
pub struct JoinInputs {
    /// The organization of all its stacks.
    pub organization: Option<Input<String>>,
    /// The project of the stack that the join starts.
    pub project: Input<String>,
    /// The stack that the join starts.
    pub stack: Input<String>,
    /// The stacks that the join waits for.
    pub upstream_refs: Input<Vec<Input<String>>>,
    /// Whether the join, when it is created, starts a stack that is already behind.
    pub catch_up: Option<Input<bool>>,
    /// How many seconds to wait for a webhook that also starts the stack.
    pub grace: Option<Input<usize>>,
    /// What makes the stack due.
    pub start_on: Option<Input<StartOn>>,
}

/// A join whose inputs are all known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The stack that the join starts.
    pub stack: StackRef,
    /// The stacks that the join waits for.
    pub upstream: BTreeSet<StackRef>,
    /// Whether the names of the stacks that it waits for are secret.
    pub is_secret: bool,
    /// Whether the join, when it is created, starts a stack that is already behind.
    pub catches_up: bool,
    /// How long to wait for a webhook that also starts the stack; `None` if there is none.
    pub grace: Option<SignedDuration>,
    /// What makes the stack due.
    pub start_on: StartOn,
}

impl JoinInputs {
    /// Parses a join's properties; also returns those that are invalid.
    pub fn read(map: &Map) -> (JoinInputs, Vec<CheckFailure>) {
        let mut fields = Fields::of(map);
        let organization = fields.optional("organization");
        let (project, stack) = (fields.required("project"), fields.required("stack"));
        let upstream_refs = fields.list(UPSTREAM_REFS);
        let is_missing = upstream_refs.is_none();
        let inputs = JoinInputs {
            organization,
            project,
            stack,
            upstream_refs: upstream_refs.unwrap_or(Input {
                value: Known::Later,
                secret: false,
                dependencies: BTreeSet::new(),
            }),
            catch_up: fields.optional("catchUp"),
            grace: fields.optional("grace"),
            start_on: fields.optional(START_ON),
        };
        let mut failures = fields.finish();
        if is_missing {
            failures.push(CheckFailure::new(UPSTREAM_REFS, MISSING));
        }
        (inputs, failures)
    }

    /// The stack that the join starts, if its names are known and valid.
    pub fn target(&self) -> Option<StackRef> {
        let organization = self.organization.as_ref()?.now()?;
        StackRef::new(organization, self.project.now()?, self.stack.now()?).ok()
    }

    /// Whether the names of the stacks that it waits for are secret.
    pub fn is_secret(&self) -> bool {
        let is_secret = |item: &Input<String>| item.secret;
        let items = self.upstream_refs.now().into_iter().flatten();
        self.upstream_refs.secret || items.into_iter().any(is_secret)
    }
}

impl Wanted {
    /// The join of checked inputs; `None` while any of them is unknown.
    pub fn of(inputs: &Map) -> Option<Wanted> {
        let (inputs, _) = JoinInputs::read(inputs);
        let stack = inputs.target()?;
        let upstream = inputs.upstream_refs.now()?.iter().map(|item| {
            let given = item.now()?;
            StackRef::parse_in(stack.organization(), given).ok()
        });
        let catch_up = inputs.catch_up.as_ref();
        let grace = match &inputs.grace {
            Some(given) => *given.now()?,
            None => 0,
        };
        let start_on = match &inputs.start_on {
            Some(given) => *given.now()?,
            None => StartOn::Updates,
        };
        let grace = i64::try_from(grace).ok().filter(|seconds| *seconds > 0);
        Some(Wanted {
            upstream: upstream.collect::<Option<_>>()?,
            is_secret: inputs.is_secret(),
            catches_up: match catch_up {
                Some(given) => *given.now()?,
                None => false,
            },
            grace: grace.map(SignedDuration::from_secs),
            start_on,
            stack,
        })
    }

    /// The edges that it declares.
    pub fn edges(&self) -> impl Iterator<Item = Edge> {
        self.upstream.iter().map(|upstream| Edge {
            upstream: upstream.clone(),
            downstream: self.stack.clone(),
        })
    }
}
