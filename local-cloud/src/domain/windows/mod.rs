//! Coherence windows: the updates that name one see the same outputs of each stack that they read.
//!
//! The rules are those that the published client of Pulumi Cloud states (`AppUpdateProgramRequest` and
//! `StackOutputsResponse` in `pulumi-cloud-sdk`). What it leaves open is chosen here, and said to be.

mod error;
mod name;
mod sight;

pub(crate) use error::WindowError;
pub(crate) use name::WindowName;
pub(crate) use sight::{Member, remembered_since, seen};
