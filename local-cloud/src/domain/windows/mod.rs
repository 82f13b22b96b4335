//! Coherence windows: the updates in one see the same outputs of each stack that they read.
//!
//! The rules are those in the published client of Pulumi Cloud (`AppUpdateProgramRequest` and `StackOutputsResponse` in
//! `pulumi-cloud-sdk`). What it leaves open is our choice, and marked as such.

mod error;
mod name;
mod sight;

pub(crate) use error::WindowError;
pub(crate) use name::WindowName;
pub(crate) use sight::{Member, remembered_since, seen};
