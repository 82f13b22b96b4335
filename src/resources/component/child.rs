//! A child of a component: a webhook or a join.
//!
//! # What this may not do
//!
//! Know its component, apart from the names that it is given.

use super::planned::PlannedValue;
use crate::domain::StackRef;
use crate::engine::monitor::Former;
use crate::graph::Edge;
use crate::property::Value;
use crate::resources::tokens;
use std::collections::BTreeMap;

/// A child of a component: a webhook or a join.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    /// Its type token.
    pub token: &'static str,
    /// Its name in the program.
    pub name: String,
    /// The names that it may have in an older state.
    pub former: Vec<Former>,
    /// Its inputs with their dependencies.
    pub inputs: BTreeMap<&'static str, PlannedValue>,
    /// The properties whose changes are ignored.
    pub ignored: Vec<&'static str>,
}

impl Child {
    /// A webhook.
    pub fn webhook(
        name: String,
        former: Vec<Former>,
        inputs: BTreeMap<&'static str, PlannedValue>,
    ) -> Child {
        Child {
            token: tokens::WEBHOOK,
            name,
            former,
            inputs,
            ignored: Vec::new(),
        }
    }

    /// The edge that it makes, if known.
    pub fn edge(&self) -> Option<Edge> {
        let part = |name| text(&self.inputs.get(name)?.value);
        let (organization, project) = (part("organizationName")?, part("projectName")?);
        Some(Edge {
            upstream: StackRef::new(organization, project, part("stackName")?).ok()?,
            downstream: StackRef::parse_in(organization, part("payloadUrl")?).ok()?,
        })
    }
}

/// The text of a value under its marks.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value.peel().value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}
