//! A webhook or a join, as a component declares it.
//!
//! # What this may not do
//!
//! Know which component it belongs to, beyond the names that it is given.

use super::planned::PlannedValue;
use crate::domain::StackRef;
use crate::engine::monitor::Former;
use crate::graph::Edge;
use crate::property::Value;
use crate::resources::tokens;
use std::collections::BTreeMap;

/// One webhook or join of a component.
#[derive(Clone, Debug, PartialEq)]
pub struct Child {
    /// Its type token.
    pub token: &'static str,
    /// Its name in the program.
    pub name: String,
    /// What it may be called in an older state.
    pub former: Vec<Former>,
    /// Its inputs, and what each depends on.
    pub inputs: BTreeMap<&'static str, PlannedValue>,
    /// The properties that are not to change, whatever differs.
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

    /// The edge that it makes, if that is known.
    pub fn edge(&self) -> Option<Edge> {
        let part = |name| text(&self.inputs.get(name)?.value);
        let (organization, project) = (part("organizationName")?, part("projectName")?);
        Some(Edge {
            upstream: StackRef::new(organization, project, part("stackName")?).ok()?,
            downstream: StackRef::parse_in(organization, part("payloadUrl")?).ok()?,
        })
    }
}

/// The text that a value is, whatever its marks.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value.peel().value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}
