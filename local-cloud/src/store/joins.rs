//! The stacks that other stacks' programs start by joins.

use super::sql::stack_path;
use crate::domain::stacks::StackPath;
use crate::domain::state::Join;
use rusqlite::Transaction;

/// A stack waits for another because of a join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JoinEdge {
    /// The stack whose program conducts the join.
    pub(crate) conductor: StackPath,
    /// As `project/stack` in the same organization; it may not exist.
    pub(crate) from: String,
    /// As `project/stack` in the same organization; it may not exist.
    pub(crate) to: String,
}

/// Replaces the joins that a stack conducts.
pub(super) fn replace(
    transaction: &Transaction<'_>,
    conductor: i64,
    joins: &[Join],
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM joins WHERE conductor = ?1")?
        .execute([conductor])?;
    let sql = "INSERT OR IGNORE INTO joins (conductor, downstream, upstream) VALUES (?1, ?2, ?3)";
    let mut statement = transaction.prepare_cached(sql)?;
    for join in joins {
        for upstream in &join.upstream {
            statement.execute((conductor, &join.stack, upstream))?;
        }
    }
    Ok(())
}

/// The joins of an organization, sorted by the stacks that they start.
pub(super) fn of_organization(
    transaction: &Transaction<'_>,
    organization: &str,
) -> rusqlite::Result<Vec<JoinEdge>> {
    let sql = "SELECT s.organization, s.project, s.name, j.upstream, j.downstream
        FROM joins j JOIN stacks s ON s.id = j.conductor
        WHERE s.organization = ?1 ORDER BY j.downstream, j.upstream, s.project, s.name";
    let mut statement = transaction.prepare_cached(sql)?;
    let found = statement.query_map([organization], |row| {
        Ok(JoinEdge {
            conductor: stack_path(row, 0)?,
            from: row.get(3)?,
            to: row.get(4)?,
        })
    })?;
    found.collect()
}

/// Whether a join starts a stack.
pub(super) fn has(transaction: &Transaction<'_>, path: &StackPath) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM joins j JOIN stacks s ON s.id = j.conductor
        WHERE s.organization = ?1 AND j.downstream = ?2)";
    let name = format!("{}/{}", path.project, path.stack);
    let mut statement = transaction.prepare_cached(sql)?;
    statement.query_row((&path.organization, name), |row| row.get(0))
}
