//! Updates: the runs of the CLI that change a stack, or show what they would change.
//!
//! An update is created, started and completed. While it runs it holds a lease, which its client renews. If the client was
//! killed, the cloud ends the update when its lease is over.

mod error;
mod words;

pub(crate) use error::{UpdateError, lease_end};
pub(crate) use words::{
    ActiveUpdate, EventFilter, EventPage, NewUpdate, Outcome, Reference, Started, Update,
    UpdateKind, UpdatePath, UpdateStatus,
};
