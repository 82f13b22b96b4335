//! The references between stacks.

use super::database::Store;
use super::sql::stack_path;
use super::stacks;
use crate::domain::stacks::StackPath;
use crate::domain::updates::{Reference, UpdateError};
use rusqlite::{Row, Transaction};

impl Store {
    /// The existing stacks to which the latest state of this one refers.
    pub(crate) async fn upstream(&self, path: StackPath) -> Result<Vec<Reference>, UpdateError> {
        self.read(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            let sql = "SELECT other.organization, other.project, other.name, other.version
                FROM stack_references AS reference
                JOIN stacks AS other USING (organization, project, name)
                WHERE reference.stack = ?1 ORDER BY 1, 2, 3";
            let mut statement = transaction.prepare_cached(sql)?;
            let found = statement.query_map([stack], read)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The stacks whose latest states refer to this one.
    pub(crate) async fn downstream(&self, path: StackPath) -> Result<Vec<Reference>, UpdateError> {
        self.read(move |transaction| {
            stacks::known_row(transaction, &path)?;
            let sql = "SELECT other.organization, other.project, other.name, other.version
                FROM stack_references AS reference JOIN stacks AS other ON other.id = reference.stack
                WHERE reference.organization = ?1 AND reference.project = ?2 AND reference.name = ?3
                ORDER BY 1, 2, 3";
            let mut statement = transaction.prepare_cached(sql)?;
            let found = statement.query_map([path.organization, path.project, path.stack], read)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// Replaces the references of a stack.
pub(super) fn replace(
    transaction: &Transaction<'_>,
    stack: i64,
    references: &[StackPath],
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM stack_references WHERE stack = ?1")?
        .execute([stack])?;
    let sql =
        "INSERT INTO stack_references (stack, organization, project, name) VALUES (?1, ?2, ?3, ?4)";
    let mut statement = transaction.prepare_cached(sql)?;
    for path in references {
        statement.execute((stack, &path.organization, &path.project, &path.stack))?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Reference> {
    Ok(Reference {
        path: stack_path(row, 0)?,
        version: row.get(3)?,
    })
}
