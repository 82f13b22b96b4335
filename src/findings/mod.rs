//! What is wrong, or worth knowing, about a graph of stacks: in plain words, with the cure.
//!
//! - [`mod@preflight`]: before the edges of a program are made, from what the cloud has;
//! - [`mod@shapes`]: the edges of a program by themselves, without the cloud;
//! - [`mod@conductor`]: the settings of the stack that conducts joins;
//! - [`mod@audit`]: the whole graph that is live.
//!
//! Each kind of finding has a [`Code`] that never changes, for people's scripts. The order of findings depends on what
//! is found alone.
//!
//! # What this may not do
//!
//! Ask the cloud, be async, or judge what is not known: no finding rests on an answer that did not come.

mod audit;
mod conductor;
mod cycles;
mod ends;
mod finding;
mod following;
mod joins;
mod preflight;
mod pushes;
mod shapes;
mod targets;
#[cfg(test)]
mod tests;
mod webhooks;
mod words;

pub use audit::audit;
pub use conductor::conductor;
pub use finding::{Code, Declared, Finding, Severity, Subject};
pub use following::Following;
pub use preflight::preflight;
pub use shapes::shapes;
pub use webhooks::Double;
