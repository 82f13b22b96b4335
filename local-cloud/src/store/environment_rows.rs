//! Finds the rows of environments.

use crate::domain::stacks::{EnvironmentPath, StackError};
use crate::parts::StoreError;
use rusqlite::{OptionalExtension as _, Transaction};

/// The row of an environment; `None` if it does not exist.
pub(super) fn row(
    transaction: &Transaction<'_>,
    path: &EnvironmentPath,
) -> rusqlite::Result<Option<i64>> {
    transaction
        .prepare_cached(
            "SELECT id FROM environments WHERE organization = ?1 AND project = ?2 AND name = ?3",
        )?
        .query_row(
            [&path.organization, &path.project, &path.environment],
            |row| row.get(0),
        )
        .optional()
}

/// The row of an environment; an error if it does not exist.
pub(super) fn known_row(
    transaction: &Transaction<'_>,
    path: &EnvironmentPath,
) -> Result<i64, StackError> {
    let found = row(transaction, path).map_err(StoreError::from)?;
    found.ok_or_else(|| StackError::NoEnvironment(path.clone()))
}
