//! Environments, and the parsing and evaluation of their definitions.

pub(crate) mod definition;
mod diagnostic;
mod environment;
mod error;
mod evaluation;
pub(crate) mod exprs;
mod range;
pub(crate) mod secrets;
mod syntax;
pub(crate) mod text;
mod value;

pub(crate) use diagnostic::Diagnostic;
pub(crate) use environment::{
    CloneOptions, Environment, LATEST, Revision, RevisionTag, Tag, Version, check_revision_tag,
    check_tag,
};
pub(crate) use error::EnvironmentError;
pub(crate) use evaluation::{World, evaluate};
pub(crate) use secrets::Plain;
pub(crate) use value::{Data, Value};
