//! Environments: only that they exist. What is in them is not kept.

use super::database::Store;
use super::organizations;
use super::sql::is_taken;
use crate::domain::stacks::{EnvironmentPath, StackError};
use crate::parts::StoreError;
use rusqlite::{OptionalExtension as _, Transaction};

impl Store {
    /// Makes an environment.
    pub(crate) async fn create_environment(&self, path: EnvironmentPath) -> Result<(), StackError> {
        self.write(move |transaction| {
            organizations::must_exist(transaction, &path.organization)?;
            let sql = "INSERT INTO environments (organization, project, name) VALUES (?1, ?2, ?3)";
            match transaction.execute(sql, [&path.organization, &path.project, &path.environment]) {
                Ok(_) => Ok(()),
                Err(error) if is_taken(&error) => Err(StackError::EnvironmentExists(path)),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// Removes an environment and its webhooks. Tells whether it was there.
    pub(crate) async fn delete_environment(
        &self,
        path: EnvironmentPath,
    ) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let sql =
                "DELETE FROM environments WHERE organization = ?1 AND project = ?2 AND name = ?3";
            Ok(transaction.execute(sql, [path.organization, path.project, path.environment])? > 0)
        })
        .await
    }
}

/// The row of an environment.
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
