//! Stacks.

use super::database::Store;
use super::sql::{stack_path, unreadable};
use crate::domain::stacks::{Stack, StackError, StackFilter, StackPart, StackPath};
use crate::domain::tags::{TagChange, Tags};
use crate::parts::StoreError;
use rusqlite::{OptionalExtension as _, Row, Transaction, named_params};

const COLUMNS: &str =
    "uid, organization, project, name, tags, version, last_update, resource_count";

impl Store {
    /// A stack.
    pub(crate) async fn stack(&self, path: StackPath) -> Result<Stack, StackError> {
        self.read(move |transaction| {
            let sql = format!("SELECT {COLUMNS} FROM stacks WHERE id = ?1");
            let stack = known_row(transaction, &path)?;
            let mut statement = transaction.prepare_cached(&sql)?;
            Ok(statement.query_row([stack], read)?)
        })
        .await
    }

    /// The stacks in a part of the list that match the filter, sorted by name, and the next part, if there are more.
    pub(crate) async fn stacks(
        &self,
        filter: StackFilter,
        StackPart { after, size }: StackPart,
    ) -> Result<(Vec<Stack>, Option<StackPath>), StoreError> {
        self.read(move |transaction| {
            let sql = format!(
                "SELECT {COLUMNS} FROM stacks
                 WHERE (:organization IS NULL OR organization = :organization) AND (:project IS NULL OR project = :project)
                   AND (:in IS NULL OR (organization, project, name) > (:in, :of, :after))
                 ORDER BY organization, project, name"
            );
            let mut statement = transaction.prepare_cached(&sql)?;
            let stacks = statement.query_map(
                named_params! {
                    ":organization": filter.organization,
                    ":project": filter.project,
                    ":in": after.as_ref().map(|path| &path.organization),
                    ":of": after.as_ref().map(|path| &path.project),
                    ":after": after.as_ref().map(|path| &path.stack),
                },
                read,
            )?;
            let mut found = Vec::new();
            for stack in stacks {
                let stack = stack?;
                if !filter.passes_tags(&stack) {
                    continue;
                }
                if size == Some(found.len()) {
                    let last = found.last().map(|last: &Stack| last.path.clone());
                    return Ok((found, last));
                }
                found.push(stack);
            }
            Ok((found, None))
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

    /// Changes the tags of a stack.
    pub(crate) async fn change_tags(
        &self,
        path: StackPath,
        change: TagChange,
    ) -> Result<(), StackError> {
        self.write(move |transaction| {
            let stack = known_row(transaction, &path)?;
            let tags = tags(transaction, stack)?;
            let changed = change
                .apply(&path.project, tags)
                .map_err(StackError::from)?;
            Ok(set_tags(transaction, stack, &changed)?)
        })
        .await
    }
}

/// The tags of a stack.
pub(super) fn tags(transaction: &Transaction<'_>, stack: i64) -> rusqlite::Result<Tags> {
    let sql = "SELECT tags FROM stacks WHERE id = ?1";
    transaction
        .prepare_cached(sql)?
        .query_row([stack], |row| read_tags(row, 0))
}

/// Replaces the tags of a stack.
pub(super) fn set_tags(
    transaction: &Transaction<'_>,
    stack: i64,
    tags: &Tags,
) -> rusqlite::Result<()> {
    let sql = "UPDATE stacks SET tags = ?1 WHERE id = ?2";
    transaction
        .prepare_cached(sql)?
        .execute((tags_text(tags), stack))?;
    Ok(())
}

/// The current version of a stack.
pub(super) fn version(transaction: &Transaction<'_>, stack: i64) -> rusqlite::Result<i64> {
    let sql = "SELECT version FROM stacks WHERE id = ?1";
    transaction
        .prepare_cached(sql)?
        .query_row([stack], |row| row.get(0))
}

/// The names of a stack.
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

/// The row of a stack, which must exist.
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

fn read_tags(row: &Row<'_>, column: usize) -> rusqlite::Result<Tags> {
    serde_json::from_str(&row.get::<_, String>(column)?).map_err(|why| unreadable(column, why))
}

pub(super) fn tags_text(tags: &Tags) -> String {
    serde_json::to_string(tags).expect("a map of text to text is JSON")
}
