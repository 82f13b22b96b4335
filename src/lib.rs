//! Auto Deploy: a Pulumi provider that keeps dependent stacks up to date.
//!
//! The modules in the order in which a request passes through them:
//!
//! - [`rpc`] serves the engine's protocol, [`pb`] has its messages,
//! - [`property`] holds the engine's values,
//! - [`resources`] says what a webhook and an `AutoDeployer` are, [`engine`] registers them and shows advice,
//! - [`domain`] and [`graph`] have the words and shapes of the field,
//! - [`survey`] gathers facts about stacks, [`findings`] says what is wrong with them,
//! - [`cascade`] says what happened to the stacks of a graph, and what is to happen, [`joins`] what joins keep for it,
//! - [`cloud`] asks Pulumi Cloud.
//!
//! [`config`] finds out which cloud, [`schema`] is the package's contract, [`telemetry`] our own log, [`words`] how
//! what someone wrote is quoted, [`veil`] what no message shows.

pub mod cascade;
pub mod cloud;
pub mod config;
pub mod domain;
pub mod engine;
pub mod findings;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod graph;
pub mod joins;
pub mod pb;
pub mod property;
pub mod resources;
pub mod rpc;
pub mod schema;
pub mod survey;
pub mod telemetry;
pub mod veil;
pub mod words;
