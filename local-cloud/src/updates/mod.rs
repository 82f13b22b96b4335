//! Updates: the runs of the CLI that change a stack, or only tell what they would change.
//!
//! An update is made, started and completed. While it runs it holds a lease, which it renews: one that is killed does
//! not come back, and the cloud ends it when its lease is over.

mod actions;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use actions::{
    begin, cancel, complete, end_abandoned, ended, import, lease_end, renew, upload_checkpoint,
    upload_delta, upload_verbatim,
};
pub(crate) use words::{
    Active, Ended, EventFilter, EventPage, Kind, LeaseDigest, NewUpdate, Outcome, Reference,
    Started, Status, Update, UpdatePath,
};

use crate::secrets::SecretsError;
use crate::stacks::{StackError, StackPath};
use crate::state::InvalidState;
use crate::store::StoreError;
use std::time::Duration;

/// How long a lease lasts when it is not renewed. The CLI assumes this, whatever it is told.
pub(crate) const LEASE: Duration = Duration::from_mins(5);

/// What was asked of an update cannot be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpdateError {
    #[error("stack `{0}` does not exist")]
    NoStack(StackPath),
    #[error("update `{update}` of stack `{stack}` does not exist")]
    NoUpdate { stack: StackPath, update: String },
    #[error("stack `{stack}` has no version {version}")]
    NoVersion { stack: StackPath, version: i64 },
    #[error("stack `{0}` has not been updated yet")]
    NoUpdates(StackPath),
    #[error("Another update is currently in progress.")]
    Busy,
    #[error("the update has already begun")]
    Begun,
    #[error("the update has already ended: {0}")]
    Ended(Status),
    #[error("the update has not begun yet")]
    NotBegun,
    #[error("the lease of the update is over")]
    LeaseOver,
    #[error("the update token is not the one of this update")]
    WrongLease,
    #[error("this update does not keep a journal")]
    NoJournal,
    #[error("this update keeps a journal, and takes no checkpoints")]
    Journal,
    #[error("a preview changes no state")]
    Preview,
    #[error("entry {0} of the journal is missing")]
    Gap(i64),
    #[error(transparent)]
    State(#[from] InvalidState),
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error("no token could be made")]
    Secret(#[from] SecretsError),
    #[error("the store could not answer")]
    Store(#[from] StoreError),
}
