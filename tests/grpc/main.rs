//! The provider in this process, asked as the engine asks it, with a local cloud behind it.

#[path = "../support/engine.rs"]
mod engine;
#[path = "../support/monitor.rs"]
mod monitor;
#[path = "../support/provider.rs"]
mod provider;
#[path = "../support/values.rs"]
mod values;

mod bad_input;
mod cascade;
mod component;
mod config;
mod dependency_graph;
mod exactly_once;
mod functions;
mod garbage;
mod protocol;
mod refresh;
mod webhook;
