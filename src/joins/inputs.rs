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

/// The list in which order and repetition mean nothing.
pub const UPSTREAM_REFS: &str = "upstreamRefs";

/// The input with what makes a stack due.
pub const START_ON: &str = "startOn";

modes! {
    /// What makes the stack of a join due.
    StartOn {
        /// Each successful update of an upstream stack.
        Updates = "updates",
        /// An update that changes an output which the stack holds.
        Outputs = "outputs",
    }
}

/// What a program wrote for a join. `None` is a property that was not written.
#[derive(Clone, Debug)]
pub struct JoinInputs {
    /// The organization that all of its stacks are in.
    pub organization: Option<Input<String>>,
    /// The project of the stack that is started.
    pub project: Input<String>,
    /// The stack that is started.
    pub stack: Input<String>,
    /// The stacks that it waits for.
    pub upstream_refs: Input<Vec<Input<String>>>,
    /// Whether the join, when it is made, starts a stack that is behind already.
    pub catch_up: Option<Input<bool>>,
    /// How many seconds a webhook is given to start the stack.
    pub grace: Option<Input<usize>>,
    /// What makes the stack due.
    pub start_on: Option<Input<StartOn>>,
}

/// A join of which everything is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The stack that is started.
    pub stack: StackRef,
    /// The stacks that it waits for.
    pub upstream: BTreeSet<StackRef>,
    /// Whether what it waits for is never shown.
    pub is_secret: bool,
    /// Whether it starts, when it is made, a stack that is behind already.
    pub catches_up: bool,
    /// How long a webhook is given to start the stack first; `None` if no webhook does.
    pub grace: Option<SignedDuration>,
    /// What makes the stack due.
    pub start_on: StartOn,
}

impl JoinInputs {
    /// Reads a join's properties, with every one that cannot be read as what it should be.
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

    /// The stack that is started, if its names are known and can be right.
    pub fn target(&self) -> Option<StackRef> {
        let organization = self.organization.as_ref()?.now()?;
        StackRef::new(organization, self.project.now()?, self.stack.now()?).ok()
    }

    /// Whether what it waits for is never shown.
    pub fn is_secret(&self) -> bool {
        let is_secret = |item: &Input<String>| item.secret;
        let items = self.upstream_refs.now().into_iter().flatten();
        self.upstream_refs.secret || items.into_iter().any(is_secret)
    }
}

impl Wanted {
    /// The join of checked inputs; `None` while something about it is not known.
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
