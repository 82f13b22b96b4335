//! Updates: the runs of the CLI that change a stack, or only tell what they would change.
//!
//! An update is made, started and completed. While it runs it holds a lease, which it renews: one that is killed does
//! not come back, and the cloud ends it when its lease is over.

mod error;
mod words;

pub(crate) use error::{UpdateError, lease_end};
pub(crate) use words::{
    ActiveUpdate, EventFilter, EventPage, NewUpdate, Outcome, Reference, Started, Update,
    UpdateKind, UpdatePath, UpdateStatus,
};
