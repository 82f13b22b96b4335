//! Auto Deploy: a Pulumi provider that keeps dependent stacks up to date.
//!
//! The modules, in the order in which a request passes through them:
//!
//! - [`rpc`] serves the engine's protocol, with the messages of [`pb`],
//! - [`property`] holds the engine's values,
//! - [`resources`] defines webhooks, `AutoDeployer`s and the others, [`engine`] registers them and shows advice,
//! - [`domain`] and [`graph`] are the terms and structures of the field,
//! - [`survey`] gathers facts about stacks, and [`findings`] says what is wrong with them,
//! - [`cascade`] says what happened to the stacks of a graph and what should happen next, [`joins`] what joins remember for
//!   that,
//! - [`cloud`] sends requests to Pulumi Cloud.
//!
//! [`config`] decides which cloud to use, [`schema`] is the package's contract, [`telemetry`] our own log, [`words`]
//! formats quotes in messages, and [`veil`] keeps secrets out of them.

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
