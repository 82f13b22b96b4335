//! The provider in this process, called as the engine calls it, with a local cloud behind it.

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
mod join;
mod login;
mod organization;
mod outputs;
mod protocol;
mod refresh;
mod replacement;
mod schedule;
mod spelling;
mod two_programs;
mod veil;
mod webhook;
mod whose;
