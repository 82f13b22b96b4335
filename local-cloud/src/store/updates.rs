//! Updates and their leases.

use super::database::Store;
use super::sql::word;
use super::stacks;
use crate::domain::moment::Moment;
use crate::domain::stacks::StackPath;
use crate::domain::state::Origin;
use crate::domain::updates::{
    ActiveUpdate, NewUpdate, UpdateError, UpdateKind, UpdatePath, UpdateStatus, lease_end,
};
use crate::parts::Digest;
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, named_params};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The row of an update.
#[derive(Debug)]
pub(super) struct UpdateRow {
    pub(super) id: i64,
    pub(super) stack: i64,
    pub(super) path: UpdatePath,
    pub(super) is_preview: bool,
    pub(super) status: UpdateStatus,
    /// 0 before it starts.
    pub(super) version: i64,
    /// The version of the journal that it writes instead of sending checkpoints.
    pub(super) journal_version: Option<i64>,
    pub(super) upload_sequence: Option<i64>,
    /// The row of its coherence window.
    pub(super) window: Option<i64>,
    lease: Vec<u8>,
    pub(super) lease_end: i64,
}

const COLUMNS: &str =
    "id, stack, uid, is_preview, status, ifnull(version, 0), nullif(journal_version, 0), upload_sequence,
    ifnull(lease, x''), ifnull(lease_end, 0), window_";

impl Store {
    /// Whether the lease is valid now.
    pub(crate) async fn check_lease(
        &self,
        path: UpdatePath,
        lease: Digest,
    ) -> Result<(), UpdateError> {
        self.read(move |transaction| {
            let row = find(transaction, &path)?;
            held_by(&row, lease)
        })
        .await
    }

    /// Renews the lease of a running update from now on; returns when it ends, in Unix seconds.
    pub(crate) async fn renew_lease(
        &self,
        path: UpdatePath,
        lease: Digest,
        now: Timestamp,
    ) -> Result<i64, UpdateError> {
        self.write_quietly(move |transaction| {
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

    /// The status of an update.
    pub(crate) async fn update_status(
        &self,
        path: UpdatePath,
    ) -> Result<UpdateStatus, UpdateError> {
        self.read(move |transaction| Ok(find(transaction, &path)?.status))
            .await
    }

    /// The latest update of a stack, without previews. It counts as running while its lease is valid.
    pub(crate) async fn active_update(
        &self,
        path: StackPath,
        now: Timestamp,
    ) -> Result<Option<ActiveUpdate>, UpdateError> {
        self.read(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            let sql = "SELECT uid, kind, started, status = 'running' AND lease_end > ?2 FROM updates
                WHERE stack = ?1 AND NOT is_preview AND version IS NOT NULL ORDER BY version DESC LIMIT 1";
            let read = |row: &rusqlite::Row<'_>| {
                Ok(ActiveUpdate {
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

/// Creates an update in this window; returns its row and ID.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    stack: i64,
    new: &NewUpdate,
    window: Option<i64>,
) -> rusqlite::Result<(i64, String)> {
    let uid = Uuid::new_v4().to_string();
    let environment =
        serde_json::to_string(&new.environment).expect("a map of text to text is JSON");
    let sql =
        "INSERT INTO updates (uid, stack, kind, is_preview, status, message, environment, config, window_)
        VALUES (:uid, :stack, :kind, :is_preview, 'not-started', :message, :environment, :config, :window)";
    transaction.prepare_cached(sql)?.execute(named_params! {
        ":uid": uid,
        ":stack": stack,
        ":kind": new.kind.as_str(),
        ":is_preview": new.is_preview,
        ":message": new.message,
        ":environment": environment,
        ":config": new.config.as_ref().map_or("{}", |config| config.get()),
        ":window": window,
    })?;
    Ok((transaction.last_insert_rowid(), uid))
}

/// Records the renaming of a stack as a completed update. It has no version, so no history contains it.
pub(super) fn insert_rename(transaction: &Transaction<'_>, stack: i64) -> rusqlite::Result<String> {
    let new = NewUpdate {
        kind: UpdateKind::Rename,
        is_preview: false,
        message: String::new(),
        environment: BTreeMap::new(),
        config: None,
        window: None,
    };
    let (id, uid) = insert(transaction, stack, &new, None)?;
    transaction.execute(
        "UPDATE updates SET status = 'succeeded' WHERE id = ?1",
        [id],
    )?;
    Ok(uid)
}

/// The row of an existing update.
pub(super) fn find(
    transaction: &Transaction<'_>,
    path: &UpdatePath,
) -> Result<UpdateRow, UpdateError> {
    let stack = stacks::known_row(transaction, &path.stack)?;
    let sql = format!("SELECT {COLUMNS} FROM updates WHERE stack = ?1 AND uid = ?2");
    let mut statement = transaction.prepare_cached(&sql)?;
    let found = statement.query_row((stack, &path.uid), |row| read(row, &path.stack));
    found.optional()?.ok_or_else(|| UpdateError::NoUpdate {
        stack: path.stack.clone(),
        update: path.uid.clone(),
    })
}

/// The row of a running update with this lease.
pub(super) fn leased(
    transaction: &Transaction<'_>,
    path: &UpdatePath,
    lease: Digest,
    now: Timestamp,
) -> Result<UpdateRow, UpdateError> {
    let row = find(transaction, path)?;
    held_by(&row, lease)?;
    match row.status {
        UpdateStatus::Running if row.lease_end > now.as_second() => Ok(row),
        UpdateStatus::Running | UpdateStatus::Expired => Err(UpdateError::LeaseOver),
        UpdateStatus::NotStarted => Err(UpdateError::NotBegun),
        status => Err(UpdateError::Ended(status)),
    }
}

/// Whether this is or was the update's lease.
pub(super) fn held_by(row: &UpdateRow, lease: Digest) -> Result<(), UpdateError> {
    if lease.is_kept_as(&row.lease) {
        Ok(())
    } else {
        Err(UpdateError::WrongLease)
    }
}

/// The running updates with expired leases.
pub(super) fn overdue(
    transaction: &Transaction<'_>,
    now: Timestamp,
) -> Result<Vec<UpdatePath>, UpdateError> {
    let sql =
        "SELECT uid, stack FROM updates WHERE status = 'running' AND lease_end <= ?1 ORDER BY id";
    let mut statement = transaction.prepare_cached(sql)?;
    let found = statement.query_map([now.as_second()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found: Vec<(String, i64)> = found.collect::<Result<_, _>>()?;
    let path = |(uid, stack)| {
        let stack = stacks::path(transaction, stack)?;
        Ok(UpdatePath { stack, uid })
    };
    found.into_iter().map(path).collect()
}

/// What a state that the update writes says about its origin.
pub(super) fn origin(
    transaction: &Transaction<'_>,
    row: &UpdateRow,
    moment: &Moment,
) -> rusqlite::Result<Origin> {
    let sql = "SELECT environment ->> '$.\"pulumi.version\"' FROM updates WHERE id = ?1";
    Ok(Origin {
        now: moment.now,
        cli: transaction
            .prepare_cached(sql)?
            .query_row([row.id], |row| row.get(0))?,
        path: row.path.stack.clone(),
        url: moment.base_url.clone(),
    })
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
        journal_version: row.get(6)?,
        upload_sequence: row.get(7)?,
        lease: row.get(8)?,
        lease_end: row.get(9)?,
        window: row.get(10)?,
    })
}
