//! A component in the engine's request.
//!
//! # What this may not do
//!
//! Parse its inputs.

use super::kind::Kind;
use super::origin::Origin;
use super::reach::Given;
use crate::property::Map;

/// A component as a program writes it.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its name in the program.
    pub name: String,
    /// Its inputs.
    pub inputs: Map,
    /// The organization if the inputs name none.
    pub organization: String,
    /// Where it is in the program.
    pub origin: Origin,
    /// Its options that its webhooks do not inherit in the engine.
    pub given: Given,
}

/// A component to construct.
#[derive(Clone, Debug)]
pub struct Construct {
    /// Its kind.
    pub kind: Kind,
    /// As the program writes it.
    pub request: Request,
    /// Whether this is a preview.
    pub preview: bool,
}

impl Construct {
    /// The URN of the component.
    pub fn urn(&self) -> String {
        let Request { name, origin, .. } = &self.request;
        origin.urn(self.kind.token(), name).to_string()
    }
}
