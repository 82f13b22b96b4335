//! What a change would do to a stack and everything below it, from previews that read what the previews above them
//! predicted.
//!
//! Read in this order: [`Members`] says which stacks are previewed and in which order. [`Seen`] is what the engine reported
//! in one preview, and [`OutputChange`] how its outputs compare with the stored ones. [`proof`](mod@proof) compares what a
//! preview read with what the others predicted. [`Row`] is the result for one stack, and [`Outcome`] the result for all.
//! # What this may not do
//!
//! Make a request or read a clock. Count a stack that could not be previewed as unchanged.

mod events;
mod gap;
mod members;
mod outcome;
mod outputs;
pub mod proof;
mod rest;
mod row;

pub use events::{Change, Op, Read, Seen, Violation};
pub use gap::Gap;
pub use members::{Member, Members, Onlooker, Tie, Ties};
pub use outcome::{FailOn, Outcome, Summary};
pub use outputs::{Output, OutputChange, Outputs, changed};
pub use rest::{Rest, join_rests};
pub use row::{Link, Result, Row, Times};
