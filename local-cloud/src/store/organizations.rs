//! Organizations.

use super::database::Store;
use crate::domain::stacks::StackError;
use crate::parts::StoreError;
use rusqlite::{Connection, Transaction};

impl Store {
    /// The names of all organizations, sorted.
    pub(crate) async fn organizations(&self) -> Result<Vec<String>, StoreError> {
        self.read(|transaction| {
            let mut statement =
                transaction.prepare_cached("SELECT name FROM organizations ORDER BY name")?;
            let names = statement.query_map((), |row| row.get(0))?;
            Ok(names.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// An error if there is no organization with this name.
    pub(crate) async fn organization_must_exist(&self, name: String) -> Result<(), StackError> {
        self.read(move |transaction| must_exist(transaction, &name))
            .await
    }
}

/// Creates the organizations that do not exist.
pub(super) fn ensure(connection: &Connection, names: Vec<String>) -> rusqlite::Result<()> {
    for name in names {
        connection.execute(
            "INSERT OR IGNORE INTO organizations (name) VALUES (?1)",
            [name],
        )?;
    }
    Ok(())
}

/// Whether there is an organization with this name.
pub(super) fn exists(transaction: &Transaction<'_>, name: &str) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached("SELECT 1 FROM organizations WHERE name = ?1")?
        .exists([name])
}

/// An error if there is no organization with this name.
pub(super) fn must_exist(transaction: &Transaction<'_>, name: &str) -> Result<(), StackError> {
    if exists(transaction, name)? {
        Ok(())
    } else {
        Err(StackError::NoOrganization(name.to_owned()))
    }
}
