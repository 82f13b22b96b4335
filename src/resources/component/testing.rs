//! Helpers for the tests of plans.
//!
//! # What this may not do
//!
//! Be in a product.

use super::child::Child;
use super::origin::Origin;
use super::plan::Plan;
use super::reach::Given;
use super::request::Request;
use crate::property::{CheckFailure, Map, testing};

/// The place of the components in the tests.
pub(crate) fn origin() -> Origin {
    Origin {
        stack: "dev".to_owned(),
        project: "wiring".to_owned(),
        parent: "urn:pulumi:dev::wiring::pulumi:pulumi:Stack::wiring-dev".to_owned(),
        home: None,
    }
}

/// A component with these inputs.
pub(crate) fn request(inputs: &Map) -> Request {
    Request {
        name: "deployer".to_owned(),
        inputs: inputs.clone(),
        organization: "home".to_owned(),
        origin: origin(),
        given: Given::default(),
    }
}

/// The children of a plan.
pub(crate) fn children(plan: &Plan) -> Vec<Child> {
    let places = 0..plan.children.count();
    places.map(|place| plan.children.child(place)).collect()
}

/// The names of a plan's children.
pub(crate) fn names(plan: &Plan) -> Vec<String> {
    let children = children(plan).into_iter();
    children.map(|child| child.name).collect()
}

/// The inputs of a child.
pub(crate) fn child_inputs(child: &Child) -> serde_json::Value {
    let inputs = child.inputs.iter();
    testing::json(
        &inputs
            .map(|(name, input)| ((*name).to_owned(), input.value.clone()))
            .collect(),
    )
}

/// The failures, one line per property.
pub(crate) fn lines(failures: &[CheckFailure]) -> String {
    let lines = failures
        .iter()
        .map(|failure| format!("{}: {}", failure.path, failure.reason));
    lines.collect::<Vec<_>>().join("\n")
}
