//! Stacks.

use super::database::Store;
use super::sql::{stack_path, unreadable};
use crate::domain::stacks::{Stack, StackError, StackFilter, StackPath, check_tags};
use crate::parts::StoreError;
use rusqlite::{OptionalExtension as _, Row, Transaction};
use std::collections::BTreeMap;

const COLUMNS: &str =
    "uid, organization, project, name, tags, version, last_update, resource_count";

impl Store {
    /// One stack.
    pub(crate) async fn stack(&self, path: StackPath) -> Result<Stack, StackError> {
        self.read(move |transaction| {
            let sql = format!("SELECT {COLUMNS} FROM stacks WHERE id = ?1");
            let stack = known_row(transaction, &path)?;
            let mut statement = transaction.prepare_cached(&sql)?;
            Ok(statement.query_row([stack], read)?)
        })
        .await
    }

    /// The stacks that pass the filter, in the order of their names.
    pub(crate) async fn stacks(&self, filter: StackFilter) -> Result<Vec<Stack>, StoreError> {
        self.read(move |transaction| {
            let sql = format!(
                "SELECT {COLUMNS} FROM stacks
                 WHERE (?1 IS NULL OR organization = ?1) AND (?2 IS NULL OR project = ?2)
                 ORDER BY organization, project, name"
            );
            let mut statement = transaction.prepare_cached(&sql)?;
            let stacks = statement.query_map((&filter.organization, &filter.project), read)?;
            let stacks = stacks.collect::<Result<Vec<_>, _>>()?;
            Ok(stacks
                .into_iter()
                .filter(|stack| filter.passes_tags(stack))
                .collect())
        })
        .await
    }

    /// Whether the project has stacks.
    pub(crate) async fn has_stacks(
        &self,
        organization: String,
        project: String,
    ) -> Result<bool, StoreError> {
        self.read(move |transaction| {
            let sql = "SELECT 1 FROM stacks WHERE organization = ?1 AND project = ?2";
            Ok(transaction
                .prepare_cached(sql)?
                .exists([organization, project])?)
        })
        .await
    }

    /// Puts the tags of a stack through `change`.
    pub(crate) async fn change_tags(
        &self,
        path: StackPath,
        change: impl FnOnce(&mut BTreeMap<String, String>) + Send + 'static,
    ) -> Result<(), StackError> {
        self.write(move |transaction| {
            let stack = known_row(transaction, &path)?;
            let sql = "SELECT tags FROM stacks WHERE id = ?1";
            let mut tags = transaction.query_row(sql, [stack], |row| read_tags(row, 0))?;
            change(&mut tags);
            check_tags(&tags)?;
            Ok(set_tags(transaction, stack, &tags)?)
        })
        .await
    }
}

/// Replaces the tags of a stack.
pub(super) fn set_tags(
    transaction: &Transaction<'_>,
    stack: i64,
    tags: &BTreeMap<String, String>,
) -> rusqlite::Result<()> {
    let sql = "UPDATE stacks SET tags = ?1 WHERE id = ?2";
    transaction
        .prepare_cached(sql)?
        .execute((tags_text(tags), stack))?;
    Ok(())
}

/// The version that a stack has.
pub(super) fn version(transaction: &Transaction<'_>, stack: i64) -> rusqlite::Result<i64> {
    let sql = "SELECT version FROM stacks WHERE id = ?1";
    transaction
        .prepare_cached(sql)?
        .query_row([stack], |row| row.get(0))
}

/// The names that a stack has.
pub(super) fn path(transaction: &Transaction<'_>, stack: i64) -> rusqlite::Result<StackPath> {
    let sql = "SELECT organization, project, name FROM stacks WHERE id = ?1";
    let mut statement = transaction.prepare_cached(sql)?;
    statement.query_row([stack], |row| stack_path(row, 0))
}

/// The row of a stack.
pub(super) fn row(
    transaction: &Transaction<'_>,
    path: &StackPath,
) -> rusqlite::Result<Option<i64>> {
    transaction
        .prepare_cached(
            "SELECT id FROM stacks WHERE organization = ?1 AND project = ?2 AND name = ?3",
        )?
        .query_row([&path.organization, &path.project, &path.stack], |row| {
            row.get(0)
        })
        .optional()
}

/// The row of a stack, which must be there.
pub(super) fn known_row(
    transaction: &Transaction<'_>,
    path: &StackPath,
) -> Result<i64, StackError> {
    row(transaction, path)?.ok_or_else(|| StackError::NoStack(path.clone()))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Stack> {
    Ok(Stack {
        uid: row.get(0)?,
        path: stack_path(row, 1)?,
        tags: read_tags(row, 4)?,
        version: row.get(5)?,
        last_update: row.get(6)?,
        resource_count: row.get(7)?,
    })
}

fn read_tags(row: &Row<'_>, column: usize) -> rusqlite::Result<BTreeMap<String, String>> {
    serde_json::from_str(&row.get::<_, String>(column)?).map_err(|why| unreadable(column, why))
}

pub(super) fn tags_text(tags: &BTreeMap<String, String>) -> String {
    serde_json::to_string(tags).expect("a map of text to text is JSON")
}
