//! The common part of all components. Each is a parent of webhooks, one per edge, and does not exist on the cloud itself.
//!
//! Read in this order: [`plan`] is what a component consists of, [`child`] one of its webhooks, [`options`] the inputs
//! shared by all components, [`programs`] the declarations of the whole program, [`reach`] the options that are passed to
//! webhooks, [`preflight`] the checks on the cloud, [`owed`] who makes the final check, [`construct`] and `family` the
//! registration with the engine.

pub mod begun;
pub mod child;
pub mod children;
pub mod construct;
mod family;
pub mod kind;
pub mod modes;
pub mod options;
pub mod origin;
pub mod owed;
pub mod plan;
pub mod planned;
pub mod preflight;
pub mod programs;
pub mod reach;
pub mod remarks;
pub mod request;
pub mod target;
#[cfg(test)]
pub(crate) mod testing;
