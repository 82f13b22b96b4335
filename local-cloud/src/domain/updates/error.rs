//! Errors of updates.

use super::words::UpdateStatus;
use crate::domain::stacks::{StackError, StackPath};
use crate::domain::state::{InvalidState, Misfit};
use crate::domain::windows::WindowError;
use crate::parts::{Refusal, SecretsError, StoreError};
use std::time::Duration;

/// How long a lease lasts without renewal. The CLI assumes this, whatever the answer says.
pub(crate) const LEASE: Duration = Duration::from_mins(5);

/// When a lease that begins now ends, in Unix seconds.
pub(crate) fn lease_end(now: jiff::Timestamp) -> i64 {
    now.as_second() + i64::try_from(LEASE.as_secs()).expect("a lease is short")
}

/// Why an operation on an update failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpdateError {
    #[error("update `{update}` of stack `{stack}` does not exist")]
    NoUpdate { stack: StackPath, update: String },
    #[error("stack `{stack}` has no version {version}")]
    NoVersion { stack: StackPath, version: i64 },
    #[error(
        "the state that stack `{stack}` had with version {version} is not kept any more: those of the newest {kept} versions are"
    )]
    Forgotten {
        stack: StackPath,
        version: i64,
        kept: i64,
    },
    #[error("there is no update `{0}` that could read")]
    NoReader(String),
    #[error(transparent)]
    Window(#[from] WindowError),
    #[error("stack `{0}` has not been updated yet")]
    NoUpdates(StackPath),
    #[error("Another update is currently in progress.")]
    Busy,
    #[error("the update has already begun")]
    Begun,
    #[error("the update has already ended: {0}")]
    Ended(UpdateStatus),
    #[error("the update has not begun yet")]
    NotBegun,
    #[error(
        "the lease of this update has expired: run `pulumi up`, or the command that it came from, again"
    )]
    LeaseOver,
    #[error("the update token is not the one of this update")]
    WrongLease,
    #[error("this update does not keep a journal")]
    NoJournal,
    #[error("this update keeps a journal, and takes no checkpoints")]
    Journal,
    #[error("a preview changes no state")]
    Preview,
    #[error(
        "entry {sequence_id} has version {version}, and this update keeps a journal of version {known}"
    )]
    NewerEntry {
        sequence_id: i64,
        version: i64,
        known: i64,
    },
    #[error("entry {0} of the journal is missing")]
    Gap(i64),
    #[error(transparent)]
    Misfit(#[from] Misfit),
    #[error(transparent)]
    State(#[from] InvalidState),
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error("no token could be made")]
    Secret(#[from] SecretsError),
    #[error("the store could not answer")]
    Store(#[from] StoreError),
}

impl UpdateError {
    /// The kind of answer for this error.
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            UpdateError::Stack(error) => error.refusal(),
            UpdateError::Window(error) => error.refusal(),
            UpdateError::NoUpdate { .. }
            | UpdateError::NoReader(_)
            | UpdateError::NoVersion { .. }
            | UpdateError::Forgotten { .. }
            | UpdateError::NoUpdates(_) => Refusal::NotFound,
            UpdateError::Busy
            | UpdateError::Begun
            | UpdateError::Ended(_)
            | UpdateError::NotBegun => Refusal::Conflict,
            // The client would interpret "unauthorized" as a need to log in again.
            UpdateError::LeaseOver | UpdateError::WrongLease | UpdateError::Preview => {
                Refusal::Forbidden
            }
            UpdateError::NoJournal
            | UpdateError::Journal
            | UpdateError::NewerEntry { .. }
            | UpdateError::Gap(_)
            | UpdateError::Misfit(_)
            | UpdateError::State(_) => Refusal::Invalid,
            UpdateError::Secret(_) | UpdateError::Store(_) => Refusal::Internal,
        }
    }
}
