//! What components have in common: each is a parent of webhooks, one for each edge, and never on the cloud itself.
//!
//! Read in this order: [`plan`] is what a component amounts to, [`child`] one webhook of it, [`options`] what all
//! components can be told, [`programs`] what the whole program says, [`reach`] which options reach its webhooks,
//! [`preflight`] what the cloud says of it, [`owed`] who looks at it again, [`construct`] and `family` how it gets into
//! the engine's state.

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
