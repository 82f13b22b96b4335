//! Facts about stacks on the cloud, each requested once while the answer is valid.
//!
//! A [`Survey`] belongs to a configured provider, or to one run of the command, and all its users share it: however often a
//! fact is needed, there is one request for each stack and kind until this process changes the subject ("not found" is
//! requested again), and at most [`MAX_AT_ONCE`](crate::cloud::MAX_AT_ONCE) at the same time. Read in this order:
//! `questions` has the single requests, `answers` keeps their results, [`LiveEdge`] is a webhook that starts a stack,
//! [`LiveJoin`] a join, [`Facts`] the basis of checks, [`LiveGraph`] the whole graph of an organization, [`Past`] the past
//! of its stacks, and [`Standing`] the decision on both.
//!
//! # What this may not do
//!
//! Change anything on the cloud, judge what it finds, or fail a deployment: a failed request is an [`Unavailable`], which
//! the caller reports once.

mod answers;
mod attention;
mod conducted;
mod edge;
mod facts;
mod lists;
mod live;
mod outputs;
mod past;
mod questions;
mod unavailable;
mod world;

pub use attention::Attention;
pub use conducted::{Conductor, LiveJoin};
pub use edge::LiveEdge;
pub use facts::Facts;
pub use live::{Detail, LiveGraph, LiveStack, Stray};
pub use past::Past;
pub use questions::Survey;
pub use unavailable::Unavailable;
pub use world::Standing;
