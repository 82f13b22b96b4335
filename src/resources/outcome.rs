//! A resource before an operation and after it.
//!
//! # What this may not do
//!
//! Know which resource it is.

use crate::property::diff::DetailedDiff;
use crate::property::{CheckFailure, Map};

/// Checked inputs: what the program wrote, and the defaults for what it did not.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The inputs, complete as far as they are known.
    pub inputs: Map,
    /// Every property that cannot be right.
    pub failures: Vec<CheckFailure>,
}

/// What an update would change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compared {
    /// What differs, by path.
    pub changes: DetailedDiff,
    /// What a person should know, a sentence each.
    pub notes: Vec<String>,
}

/// A resource that was made: its id and its outputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// The id; empty in a preview that cannot tell it.
    pub id: String,
    /// The outputs.
    pub state: Map,
    /// What a person should know about it, a sentence each.
    pub advice: Vec<String>,
    /// What happened besides and need not be wrong, a sentence each.
    pub notes: Vec<String>,
}

/// A resource that was changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changed {
    /// The outputs.
    pub state: Map,
    /// What a person should know about it, a sentence each.
    pub advice: Vec<String>,
    /// What happened besides and need not be wrong, a sentence each.
    pub notes: Vec<String>,
}

/// A resource as it was after the last success; both maps are empty if there was none, as on an import.
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
    /// What people call it.
    pub name: String,
}

/// A resource that was found on the cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The id.
    pub id: String,
    /// The outputs as they are.
    pub state: Map,
    /// The inputs that would make it as it is.
    pub inputs: Map,
}

/// Whether effects are wanted or only the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preview {
    /// No effects, and no calls to the cloud.
    Yes,
    /// For real.
    No,
}
