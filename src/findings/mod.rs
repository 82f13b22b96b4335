//! What is wrong or notable about a graph of stacks, in plain words and with what to do about it.
//!
//! - [`mod@preflight`]: before the edges of a program are created, from what is on the cloud;
//! - [`mod@shapes`]: the edges of a program alone, without the cloud;
//! - [`mod@conductor`]: the settings of the stack that conducts joins;
//! - [`mod@audit`]: the whole live graph.
//!
//! Each kind of finding has a [`Code`] that never changes, for scripts. The order of findings depends only on what is
//! found.
//!
//! # What this may not do
//!
//! Make a request, be async, or judge what is unknown: no finding is based on an answer that is missing.

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
