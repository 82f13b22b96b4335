//! Facts about stacks on the cloud, each asked once for as long as the answer holds.
//!
//! A [`Survey`] belongs to a configured provider, or to one run of the command, and is shared by all its users: a
//! caller that asks for a fact, and however often, there is one request for each stack and kind until this process
//! changes what it is about (what is missing may come, and is asked for anew), and at most
//! [`MAX_AT_ONCE`](crate::cloud::MAX_AT_ONCE) at the same time. Read in this order: `questions` are asked one by one,
//! `answers` keeps what comes back, [`LiveEdge`] is one webhook that starts a stack, [`LiveJoin`] one join, [`Facts`]
//! what checks are made of, [`LiveGraph`] the whole graph of an organization, [`Past`] what happened to its stacks,
//! [`Standing`] what is decided from both.
//!
//! # What this may not do
//!
//! Change anything on the cloud, judge what it finds, or fail a deployment: what cannot be asked is an [`Unavailable`]
//! that the caller reports once.

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
