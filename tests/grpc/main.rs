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
mod components;
mod config;
mod dependency_graph;
mod exactly_once;
mod functions;
mod garbage;
mod hooks;
mod protocol;
mod refresh;
mod replacement;
mod two_programs;
mod webhook;
