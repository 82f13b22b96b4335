//! `auto-deploy:index:Join`: a stack that runs once, after all of its upstream stacks.
//!
//! The program that declares it conducts: its Diff looks at the cloud and passes the observations, with what the join
//! remembers, to the decision of [`crate::cascade`]. If the stack may start, that is the difference, so a preview shows
//! what would start; the update starts it. The outputs are the memory.
//!
//! Read in this order: [`crate::joins`], [`check`], [`declared`], [`look`], [`judge`], [`act`].

pub mod act;
pub mod check;
pub mod declared;
pub mod judge;
pub mod look;
mod record;

pub use record::{Joins, MAX_STARTS, Planned};
