//! A resource before and after an operation.
//!
//! # What this may not do
//!
//! Know which resource it is.

use crate::property::diff::DetailedDiff;
use crate::property::{CheckFailure, Map};

/// Checked inputs: those of the program, and defaults for the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The inputs, complete as far as they are known.
    pub inputs: Map,
    /// Every invalid property.
    pub failures: Vec<CheckFailure>,
}

/// What an update would change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    /// The differences by path.
    pub changes: DetailedDiff,
    /// What the user should know, one sentence each.
    pub notes: Vec<String>,
}

/// A created resource: its ID and outputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// The ID; empty if a preview cannot predict it.
    pub id: String,
    /// The outputs.
    pub state: Map,
    /// What the user should know about it, one sentence each.
    pub advice: Vec<String>,
    /// Other events, which are not problems, one sentence each.
    pub notes: Vec<String>,
}

/// An updated resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changed {
    /// The outputs.
    pub state: Map,
    /// What the user should know about it, one sentence each.
    pub advice: Vec<String>,
    /// Other events, which are not problems, one sentence each.
    pub notes: Vec<String>,
}

/// A resource after its last successful operation; both maps are empty if there was none, as in an import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Olds {
    /// The outputs.
    pub state: Map,
    /// The inputs.
    pub inputs: Map,
}

/// A resource of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The id.
    pub id: String,
    /// The name that users see.
    pub name: String,
}

/// A resource that was read from the cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The id.
    pub id: String,
    /// The current outputs.
    pub state: Map,
    /// The inputs that would create it as it is.
    pub inputs: Map,
}

/// Whether an operation has effects or is a preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preview {
    /// It has no effects, and makes no requests to the cloud.
    Yes,
    /// It has effects.
    No,
}
