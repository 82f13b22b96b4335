//! Which stacks the programs of others start after several.

use super::sql::stack_path;
use crate::domain::stacks::StackPath;
use crate::domain::state::Join;
use rusqlite::Transaction;

/// That a join lets a stack wait for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JoinEdge {
    /// The stack whose program decides.
    pub(crate) conductor: StackPath,
    /// As `project/stack` in the same organization; such a stack may not be there.
    pub(crate) from: String,
    /// Likewise.
    pub(crate) to: String,
}

/// Writes down what a stack conducts now.
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

/// What joins of an organization wait for, by what they start.
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
