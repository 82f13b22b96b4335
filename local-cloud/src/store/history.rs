//! The history of a stack's updates.

use super::database::Store;
use super::sql::{unreadable, word};
use super::stacks;
use crate::domain::stacks::StackPath;
use crate::domain::state::Raw;
use crate::domain::updates::{Update, UpdateError};
use rusqlite::{OptionalExtension as _, Row, Transaction};
use serde_json::value::RawValue;

const COLUMNS: &str = "uid, kind, is_preview, status, ifnull(version, 0), message, environment, config, ifnull(started, 0), ended,
    resource_changes, resource_count";

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    offset: i64,
    /// -1 for everything that follows.
    size: i64,
    is_ascending: bool,
}

impl Part {
    /// The whole list.
    pub(crate) const ALL: Part = Part {
        offset: 0,
        size: -1,
        is_ascending: false,
    };

    /// The first `size`.
    pub(crate) fn first(size: u32) -> Part {
        Part::page(1, size)
    }

    /// A page of this size, counted from 1; 0 means the first.
    pub(crate) fn page(number: u32, size: u32) -> Part {
        let (before, size) = (i64::from(number.max(1) - 1), i64::from(size));
        Part {
            offset: before.saturating_mul(size),
            size,
            is_ascending: false,
        }
    }

    /// The same part in the order with the oldest first.
    pub(crate) fn ascending(self) -> Part {
        Part {
            is_ascending: true,
            ..self
        }
    }
}

impl Store {
    /// The updates of a stack that have begun, newest first, without previews.
    pub(crate) async fn history(
        &self,
        path: StackPath,
        part: Part,
    ) -> Result<Vec<Update>, UpdateError> {
        self.begun(path, false, part).await
    }

    /// The previews of a stack that have begun, newest first.
    pub(crate) async fn previews(
        &self,
        path: StackPath,
        part: Part,
    ) -> Result<Vec<Update>, UpdateError> {
        self.begun(path, true, part).await
    }

    async fn begun(
        &self,
        path: StackPath,
        is_preview: bool,
        part: Part,
    ) -> Result<Vec<Update>, UpdateError> {
        self.read(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            let direction = if part.is_ascending { "ASC" } else { "DESC" };
            let sql = format!(
                "SELECT {COLUMNS} FROM updates WHERE stack = ?1 AND is_preview = ?2 AND version IS NOT NULL
                 ORDER BY version {direction}, id {direction} LIMIT ?3 OFFSET ?4"
            );
            let mut statement = transaction.prepare_cached(&sql)?;
            let found = statement.query_map((stack, is_preview, part.size, part.offset), read)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The preview with this ID, if it has begun.
    pub(crate) async fn preview(
        &self,
        path: StackPath,
        uid: String,
    ) -> Result<Update, UpdateError> {
        self.read(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            let sql = format!(
                "SELECT {COLUMNS} FROM updates WHERE stack = ?1 AND uid = ?2 AND is_preview AND version IS NOT NULL"
            );
            let found = transaction
                .prepare_cached(&sql)?
                .query_row((stack, &uid), read)
                .optional()?;
            found.ok_or(UpdateError::NoUpdate {
                stack: path,
                update: uid,
            })
        })
        .await
    }

    /// The number of updates or previews of a stack that have begun.
    pub(crate) async fn count_begun(
        &self,
        path: StackPath,
        is_preview: bool,
    ) -> Result<i64, UpdateError> {
        self.read(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            let sql = "SELECT count(*) FROM updates
                WHERE stack = ?1 AND is_preview = ?2 AND version IS NOT NULL";
            let mut statement = transaction.prepare_cached(sql)?;
            Ok(statement.query_row((stack, is_preview), |row| row.get(0))?)
        })
        .await
    }

    /// The update that gave the stack this version.
    pub(crate) async fn update_of_version(
        &self,
        path: StackPath,
        version: i64,
    ) -> Result<Update, UpdateError> {
        self.read(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            let sql = format!(
                "SELECT {COLUMNS} FROM updates WHERE stack = ?1 AND version = ?2 AND NOT is_preview"
            );
            let found = transaction
                .prepare_cached(&sql)?
                .query_row((stack, version), read)
                .optional()?;
            found.ok_or(UpdateError::NoVersion {
                stack: path,
                version,
            })
        })
        .await
    }
}

/// The update with this row.
pub(super) fn read_one(transaction: &Transaction<'_>, id: i64) -> rusqlite::Result<Update> {
    let sql = format!("SELECT {COLUMNS} FROM updates WHERE id = ?1");
    transaction.prepare_cached(&sql)?.query_row([id], read)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Update> {
    Ok(Update {
        uid: row.get(0)?,
        kind: word(row, 1)?,
        is_preview: row.get(2)?,
        status: word(row, 3)?,
        version: row.get(4)?,
        message: row.get(5)?,
        environment: raw(row, 6)?,
        config: raw(row, 7)?,
        started: row.get(8)?,
        ended: row.get(9)?,
        resource_changes: raw(row, 10)?,
        resource_count: row.get(11)?,
    })
}

fn raw(row: &Row<'_>, column: usize) -> rusqlite::Result<Raw> {
    RawValue::from_string(row.get(column)?).map_err(|why| unreadable(column, why))
}
