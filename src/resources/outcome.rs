//! What becomes of a resource when it is made or read.
//!
//! # What this may not do
//!
//! Know which resource it is.

use crate::property::Map;

/// A resource that was made: its id and its outputs.
#[derive(Clone, Debug, PartialEq)]
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
