//! A component as the engine asks for it.
//!
//! # What this may not do
//!
//! Read its inputs.

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
    /// The organization to take if the inputs name none.
    pub organization: String,
    /// Where it is in the program.
    pub origin: Origin,
    /// Its options that do not reach its webhooks by themselves.
    pub given: Given,
}

/// A component that the engine wants built.
#[derive(Clone, Debug)]
pub struct Construct {
    /// Which one.
    pub kind: Kind,
    /// As the program writes it.
    pub request: Request,
    /// Whether this is a preview.
    pub preview: bool,
}

impl Construct {
    /// The URN that the component has, or will have.
    pub fn urn(&self) -> String {
        let Request { name, origin, .. } = &self.request;
        origin.urn(self.kind.token(), name).to_string()
    }
}
