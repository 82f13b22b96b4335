//! The state of a stack, which the CLI calls a deployment, in the form in which it is uploaded and exported.
//!
//! # What this may not do
//!
//! Know SQL or HTTP, or convert a number to a float. Everything here is a function from data to data.

mod delta;
mod document;
mod finish;
mod integrity;
mod joins;
mod journal;
mod migration;
mod outputs;
mod provider;
mod raw;
mod references;
mod rename;
mod replay;
mod urns;

pub(crate) use delta::{Edit, apply_delta};
pub(crate) use document::{EMPTY, InvalidState, State, Untyped, with_url};
pub(crate) use joins::{Join, joins};
pub(crate) use journal::{Entry, journal_for};
pub(crate) use outputs::StackOutputs;
pub(crate) use raw::{Object, Raw, SIGNATURE};
pub(crate) use references::{references, referred};
pub(crate) use rename::Rename;
pub(crate) use replay::{Misfit, Origin, replay};
pub(crate) use urns::ROOT;
