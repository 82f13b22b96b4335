//! Stacks.

use super::updates::{must_be_idle, stack_row};
use super::{Store, StoreError, ends, is_taken, organizations, outbox, states, unreadable};
use crate::domain::happenings::Happening;
use crate::domain::stacks::{Stack, StackError, StackFilter, StackPath, check_tags};
use crate::domain::state::Rename;
use crate::domain::updates::{Ended, UpdateError};
use rusqlite::{OptionalExtension as _, Row, Transaction};
use std::collections::BTreeMap;

const COLUMNS: &str =
    "uid, organization, project, name, tags, version, last_update, resource_count";

impl Store {
    /// Makes a stack, with a state if there is one.
    pub(crate) async fn create_stack(
        &self,
        stack: Stack,
        state: Option<String>,
    ) -> Result<(), UpdateError> {
        self.write(move |transaction| {
            let Stack {
                uid, path, tags, ..
            } = stack;
            if !organizations::exists(transaction, &path.organization)? {
                return Err(StackError::NoOrganization(path.organization).into());
            }
            let sql = "INSERT INTO stacks (uid, organization, project, name, tags) VALUES (?1, ?2, ?3, ?4, ?5)";
            let names = [&uid, &path.organization, &path.project, &path.stack, &tags_text(&tags)];
            match transaction.execute(sql, names) {
                Ok(_) => {}
                Err(error) if is_taken(&error) => return Err(StackError::StackExists(path).into()),
                Err(error) => return Err(error.into()),
            }
            if let Some(state) = state {
                let stack = transaction.last_insert_rowid();
                states::put(transaction, stack, 0, &state)?;
                ends::settle(transaction, stack, &path)?;
            }
            Ok(outbox::put(transaction, &Happening::of_stack(&path, "created"))?)
        })
        .await
    }

    /// One stack.
    pub(crate) async fn stack(&self, path: StackPath) -> Result<Option<Stack>, StoreError> {
        self.read(move |transaction| {
            let sql = format!("SELECT {COLUMNS} FROM stacks WHERE organization = ?1 AND project = ?2 AND name = ?3");
            let mut statement = transaction.prepare_cached(&sql)?;
            Ok(statement.query_row([path.organization, path.project, path.stack], read).optional()?)
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

    /// Removes a stack and all that belongs to it. One that still has resources is removed only by force.
    pub(crate) async fn delete_stack(
        &self,
        path: StackPath,
        by_force: bool,
        ended: Ended,
    ) -> Result<(), UpdateError> {
        self.write(move |transaction| {
            let stack = stack_row(transaction, &path)?;
            must_be_idle(transaction, stack, &ended)?;
            let sql = "SELECT resource_count FROM stacks WHERE id = ?1";
            let n_resources: i64 = transaction.query_row(sql, [stack], |row| row.get(0))?;
            if n_resources > 0 && !by_force {
                return Err(StackError::HasResources.into());
            }
            transaction.execute("DELETE FROM stacks WHERE id = ?1", [stack])?;
            Ok(outbox::put(
                transaction,
                &Happening::of_stack(&path, "deleted"),
            )?)
        })
        .await
    }

    /// Gives a stack other names, also in its state.
    pub(crate) async fn rename_stack(
        &self,
        path: StackPath,
        new: StackPath,
        ended: Ended,
    ) -> Result<(), UpdateError> {
        self.write(move |transaction| {
            let stack = stack_row(transaction, &path)?;
            must_be_idle(transaction, stack, &ended)?;
            let sql = "UPDATE stacks SET project = ?1, name = ?2 WHERE id = ?3";
            if row(transaction, &new)?.is_some() {
                return Err(StackError::StackExists(new).into());
            }
            transaction.execute(sql, (&new.project, &new.stack, stack))?;
            let rename = Rename {
                old_project: path.project,
                old_stack: path.stack,
                new_project: new.project,
                new_stack: new.stack,
            };
            states::change(transaction, stack, |state| rename.apply(state))
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
            let Some(stack) = row(transaction, &path)? else {
                return Err(StackError::NoStack(path));
            };
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
    let read = |row: &Row<'_>| {
        Ok(StackPath {
            organization: row.get(0)?,
            project: row.get(1)?,
            stack: row.get(2)?,
        })
    };
    transaction.prepare_cached(sql)?.query_row([stack], read)
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

fn read(row: &Row<'_>) -> rusqlite::Result<Stack> {
    let path = StackPath {
        organization: row.get(1)?,
        project: row.get(2)?,
        stack: row.get(3)?,
    };
    Ok(Stack {
        uid: row.get(0)?,
        path,
        tags: read_tags(row, 4)?,
        version: row.get(5)?,
        last_update: row.get(6)?,
        resource_count: row.get(7)?,
    })
}

fn read_tags(row: &Row<'_>, column: usize) -> rusqlite::Result<BTreeMap<String, String>> {
    serde_json::from_str(&row.get::<_, String>(column)?).map_err(|why| unreadable(column, why))
}

fn tags_text(tags: &BTreeMap<String, String>) -> String {
    serde_json::to_string(tags).expect("a map of text to text is JSON")
}
