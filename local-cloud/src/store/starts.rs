//! Creates and starts updates.

use super::database::Store;
use super::ends::must_be_idle;
use super::updates::{find, insert};
use super::{stacks, windows};
use crate::domain::moment::Moment;
use crate::domain::stacks::{StackError, StackPath};
use crate::domain::tags;
use crate::domain::updates::{
    NewUpdate, Started, UpdateError, UpdatePath, UpdateStatus, lease_end,
};
use crate::parts::Digest;
use jiff::Timestamp;
use rusqlite::{Transaction, named_params};
use std::collections::BTreeMap;

impl Store {
    /// Creates an update that has not started; returns its ID.
    pub(crate) async fn create_update(
        &self,
        path: StackPath,
        new: NewUpdate,
        now: Timestamp,
    ) -> Result<String, UpdateError> {
        self.write(move |transaction| Ok(make(transaction, &path, &new, now)?.1))
            .await
    }

    /// Starts an update if no other of the stack is running. `journal` is the version of the journal that its client
    /// writes; a preview writes none. The caller adds the token.
    pub(crate) async fn start_update(
        &self,
        path: UpdatePath,
        tags: Option<BTreeMap<String, String>>,
        journal: Option<i64>,
        lease: Digest,
        moment: Moment,
    ) -> Result<Started, UpdateError> {
        self.write(move |transaction| {
            let row = find(transaction, &path)?;
            match row.status {
                UpdateStatus::NotStarted => {}
                UpdateStatus::Running => return Err(UpdateError::Begun),
                status => return Err(UpdateError::Ended(status)),
            }
            if !row.is_preview {
                must_be_idle(transaction, row.stack, &moment)?;
            }
            windows::enter(transaction, &row, moment.steady)?;
            if let Some(tags) = tags {
                tags::check(&tags).map_err(StackError::from)?;
                stacks::set_tags(transaction, row.stack, &tags)?;
            }
            let before = stacks::version(transaction, row.stack)?;
            let version = if row.is_preview { before } else { before + 1 };
            let journal_version = journal.filter(|_| !row.is_preview);
            let expires = lease_end(moment.steady);
            let sql = "UPDATE updates SET status = 'running', version = :version, journal_version = :journal_version,
                lease = :lease, lease_end = :lease_end, started = :now WHERE id = :id";
            transaction.prepare_cached(sql)?.execute(named_params! {
                ":version": version,
                ":journal_version": journal_version.unwrap_or_default(),
                ":lease": lease.as_bytes(),
                ":lease_end": expires,
                ":now": moment.seconds(),
                ":id": row.id,
            })?;
            Ok(Started { version, journal_version, token: String::new(), expires })
        })
        .await
    }
}

/// Creates an update of a stack, in its window if it has one; returns its row and ID.
pub(super) fn make(
    transaction: &Transaction<'_>,
    path: &StackPath,
    new: &NewUpdate,
    now: Timestamp,
) -> Result<(i64, String), UpdateError> {
    let stack = stacks::known_row(transaction, path)?;
    let window = windows::join(transaction, path, stack, new, now)?;
    Ok(insert(transaction, stack, new, window)?)
}
