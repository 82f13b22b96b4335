//! What the tests of the plugin, the command and the local cloud share.
//!
//! A test takes the least that shows what it is about: [`api`] speaks to a cloud over HTTP; [`process`] runs a program of
//! ours; [`session`] and [`workspace`] run the real Pulumi CLI, with its state on a local cloud or in a folder;
//! [`language`](mod@language) says what a program in each language needs around it;
//! `provider`, behind the feature `plugin`, is the provider in the test's own process, with the real protocol between.
//!
//! # What this may not do
//!
//! It holds no rule of the plugin or of the cloud, so it cannot hide a mistake of theirs, and no helper that only one
//! test target needs. Processes are ended by an id that the test was given, never by name. Whatever fails here panics.

#![cfg(unix)]

pub mod api;
pub mod by_hand;
pub mod clouds;
pub mod dice;
pub mod dotnet;
#[cfg(feature = "plugin")]
pub mod engine;
pub mod front;
pub mod git;
pub mod language;
#[cfg(feature = "plugin")]
pub mod monitor;
pub mod patience;
pub mod process;
#[cfg(feature = "plugin")]
pub mod provider;
pub mod proxy;
pub mod published;
pub mod pulumi;
pub mod session;
pub mod since;
pub mod states;
pub mod switches;
pub mod tools;
#[cfg(feature = "plugin")]
pub mod values;
pub mod workspace;
