//! Updates and their leases.

use super::{Store, StoreError, ends, stacks, unreadable};
use crate::domain::stacks::{StackPath, check_tags};
use crate::domain::updates::{
    Active, Ended, LeaseDigest, NewUpdate, Started, Status, UpdateError, UpdatePath, lease_end,
};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, named_params};
use std::collections::BTreeMap;
use std::str::FromStr;
use uuid::Uuid;

/// What a row says about an update.
#[derive(Debug)]
pub(super) struct UpdateRow {
    pub(super) id: i64,
    pub(super) stack: i64,
    pub(super) path: UpdatePath,
    pub(super) is_preview: bool,
    pub(super) status: Status,
    /// 0 until it starts.
    pub(super) version: i64,
    pub(super) keeps_journal: bool,
    pub(super) upload_sequence: Option<i64>,
    lease: Vec<u8>,
    lease_end: i64,
}

const COLUMNS: &str =
    "id, stack, uid, is_preview, status, ifnull(version, 0), keeps_journal, upload_sequence,
    ifnull(lease, x''), ifnull(lease_end, 0)";

impl Store {
    /// Makes an update that is still to start; tells its id.
    pub(crate) async fn create_update(
        &self,
        path: StackPath,
        new: NewUpdate,
    ) -> Result<String, UpdateError> {
        self.write(move |transaction| {
            let stack = stack_row(transaction, &path)?;
            Ok(insert(transaction, stack, &new)?.1)
        })
        .await
    }

    /// Starts an update, if no other of the stack runs. The token is left to the caller.
    pub(crate) async fn start_update(
        &self,
        path: UpdatePath,
        tags: Option<BTreeMap<String, String>>,
        wants_journal: bool,
        lease: LeaseDigest,
        ended: Ended,
    ) -> Result<Started, UpdateError> {
        self.write(move |transaction| {
            let row = find(transaction, &path)?;
            match row.status {
                Status::NotStarted => {}
                Status::Running => return Err(UpdateError::Begun),
                status => return Err(UpdateError::Ended(status)),
            }
            if !row.is_preview {
                must_be_idle(transaction, row.stack, &ended)?;
            }
            if let Some(tags) = tags {
                check_tags(&tags)?;
                stacks::set_tags(transaction, row.stack, &tags)?;
            }
            let before = stacks::version(transaction, row.stack)?;
            let version = if row.is_preview { before } else { before + 1 };
            let keeps_journal = wants_journal && !row.is_preview;
            let expires = lease_end(ended.now);
            let sql = "UPDATE updates SET status = 'running', version = :version, keeps_journal = :keeps_journal,
                lease = :lease, lease_end = :lease_end, started = :now WHERE id = :id";
            transaction.prepare_cached(sql)?.execute(named_params! {
                ":version": version,
                ":keeps_journal": keeps_journal,
                ":lease": lease.as_bytes(),
                ":lease_end": expires,
                ":now": ended.now.as_second(),
                ":id": row.id,
            })?;
            Ok(Started { version, keeps_journal, token: String::new(), expires })
        })
        .await
    }

    /// Whether the lease lets its holder in now.
    pub(crate) async fn check_lease(
        &self,
        path: UpdatePath,
        lease: LeaseDigest,
    ) -> Result<(), UpdateError> {
        self.read(move |transaction| {
            let row = find(transaction, &path)?;
            held_by(&row, lease)
        })
        .await
    }

    /// Makes the lease of a running update last from now on; tells when it is over, in Unix seconds.
    pub(crate) async fn renew_lease(
        &self,
        path: UpdatePath,
        lease: LeaseDigest,
        now: Timestamp,
    ) -> Result<i64, UpdateError> {
        self.write(move |transaction| {
            let row = leased(transaction, &path, lease, now)?;
            let end = lease_end(now);
            transaction.execute(
                "UPDATE updates SET lease_end = ?1 WHERE id = ?2",
                (end, row.id),
            )?;
            Ok(end)
        })
        .await
    }

    /// How far an update is.
    pub(crate) async fn update_status(&self, path: UpdatePath) -> Result<Status, UpdateError> {
        self.read(move |transaction| Ok(find(transaction, &path)?.status))
            .await
    }

    /// The latest update of a stack that was no preview. It counts as running as long as its lease holds.
    pub(crate) async fn active_update(
        &self,
        path: StackPath,
        now: Timestamp,
    ) -> Result<Option<Active>, UpdateError> {
        self.read(move |transaction| {
            let stack = stack_row(transaction, &path)?;
            let sql = "SELECT uid, kind, started, status = 'running' AND lease_end > ?2 FROM updates
                WHERE stack = ?1 AND NOT is_preview AND version IS NOT NULL ORDER BY version DESC LIMIT 1";
            let read = |row: &rusqlite::Row<'_>| {
                Ok(Active {
                    uid: row.get(0)?,
                    kind: word(row, 1)?,
                    started: row.get(2)?,
                    is_running: row.get(3)?,
                })
            };
            let mut statement = transaction.prepare_cached(sql)?;
            Ok(statement.query_row((stack, now.as_second()), read).optional()?)
        })
        .await
    }
}

/// The row of a stack that is there.
pub(super) fn stack_row(
    transaction: &Transaction<'_>,
    path: &StackPath,
) -> Result<i64, UpdateError> {
    stacks::row(transaction, path)?.ok_or_else(|| UpdateError::NoStack(path.clone()))
}

/// Makes an update; gives its row and id.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    stack: i64,
    new: &NewUpdate,
) -> rusqlite::Result<(i64, String)> {
    let uid = Uuid::new_v4().to_string();
    let environment =
        serde_json::to_string(&new.environment).expect("a map of text to text is JSON");
    let sql =
        "INSERT INTO updates (uid, stack, kind, is_preview, status, message, environment, config)
        VALUES (:uid, :stack, :kind, :is_preview, 'not-started', :message, :environment, :config)";
    transaction.prepare_cached(sql)?.execute(named_params! {
        ":uid": uid,
        ":stack": stack,
        ":kind": new.kind.as_str(),
        ":is_preview": new.is_preview,
        ":message": new.message,
        ":environment": environment,
        ":config": new.config.as_ref().map_or("{}", |config| config.get()),
    })?;
    Ok((transaction.last_insert_rowid(), uid))
}

/// The row of an update that is there.
pub(super) fn find(
    transaction: &Transaction<'_>,
    path: &UpdatePath,
) -> Result<UpdateRow, UpdateError> {
    let stack = stack_row(transaction, &path.stack)?;
    let sql = format!("SELECT {COLUMNS} FROM updates WHERE stack = ?1 AND uid = ?2");
    let mut statement = transaction.prepare_cached(&sql)?;
    let found = statement.query_row((stack, &path.uid), |row| read(row, &path.stack));
    found.optional()?.ok_or_else(|| UpdateError::NoUpdate {
        stack: path.stack.clone(),
        update: path.uid.clone(),
    })
}

/// The row of a running update whose lease this is.
pub(super) fn leased(
    transaction: &Transaction<'_>,
    path: &UpdatePath,
    lease: LeaseDigest,
    now: Timestamp,
) -> Result<UpdateRow, UpdateError> {
    let row = find(transaction, path)?;
    held_by(&row, lease)?;
    match row.status {
        Status::Running if row.lease_end > now.as_second() => Ok(row),
        Status::Running | Status::Expired => Err(UpdateError::LeaseOver),
        Status::NotStarted => Err(UpdateError::NotBegun),
        status => Err(UpdateError::Ended(status)),
    }
}

/// Whether this is, or was, the update's lease.
pub(super) fn held_by(row: &UpdateRow, lease: LeaseDigest) -> Result<(), UpdateError> {
    if lease.is(&row.lease) {
        Ok(())
    } else {
        Err(UpdateError::WrongLease)
    }
}

/// Whether no update of the stack runs. One whose lease is over is ended.
pub(super) fn must_be_idle(
    transaction: &Transaction<'_>,
    stack: i64,
    ended: &Ended,
) -> Result<(), UpdateError> {
    let sql = "SELECT uid FROM updates WHERE stack = ?1 AND status = 'running' AND NOT is_preview";
    let uid = transaction
        .prepare_cached(sql)?
        .query_row([stack], |row| row.get(0))
        .optional()?;
    let Some(uid) = uid else { return Ok(()) };
    let stack = stacks::path(transaction, stack)?;
    let row = find(transaction, &UpdatePath { stack, uid })?;
    if row.lease_end > ended.now.as_second() {
        return Err(UpdateError::Busy);
    }
    ends::end(
        transaction,
        &row,
        Status::Expired,
        ended,
        ends::OnGap::StopBefore,
    )
}

/// The running updates whose leases are over.
pub(super) fn overdue(
    transaction: &Transaction<'_>,
    now: Timestamp,
) -> Result<Vec<UpdateRow>, UpdateError> {
    let sql =
        "SELECT uid, stack FROM updates WHERE status = 'running' AND lease_end <= ?1 ORDER BY id";
    let mut statement = transaction.prepare_cached(sql)?;
    let found = statement.query_map([now.as_second()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found: Vec<(String, i64)> = found.collect::<Result<_, _>>()?;
    let find = |(uid, stack)| {
        let stack = stacks::path(transaction, stack)?;
        find(transaction, &UpdatePath { stack, uid })
    };
    found.into_iter().map(find).collect()
}

/// A column with a word that we wrote ourselves.
pub(super) fn word<T>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|why| unreadable(column, why))
}

fn read(row: &rusqlite::Row<'_>, stack: &StackPath) -> rusqlite::Result<UpdateRow> {
    Ok(UpdateRow {
        id: row.get(0)?,
        stack: row.get(1)?,
        path: UpdatePath {
            stack: stack.clone(),
            uid: row.get(2)?,
        },
        is_preview: row.get(3)?,
        status: word(row, 4)?,
        version: row.get(5)?,
        keeps_journal: row.get(6)?,
        upload_sequence: row.get(7)?,
        lease: row.get(8)?,
        lease_end: row.get(9)?,
    })
}

impl From<rusqlite::Error> for UpdateError {
    fn from(error: rusqlite::Error) -> UpdateError {
        StoreError::from(error).into()
    }
}
