//! The settings of deployments, one of each stack at most.

use super::database::Store;
use super::sql::unreadable;
use super::stacks;
use crate::domain::deployments::{DeploymentError, DeploymentSettings};
use crate::domain::stacks::StackPath;
use crate::parts::StoreError;
use rusqlite::{OptionalExtension as _, Transaction};

/// Settings as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptSettings {
    /// Counts the changes, from 1.
    pub(crate) version: i64,
    /// Who made them, such as `api`.
    pub(crate) source: String,
    pub(crate) settings: DeploymentSettings,
}

impl Store {
    /// The settings of a stack.
    pub(crate) async fn deployment_settings(
        &self,
        stack: StackPath,
    ) -> Result<KeptSettings, DeploymentError> {
        self.read(move |transaction| {
            let row = stacks::known_row(transaction, &stack)?;
            find(transaction, row)?.ok_or(DeploymentError::NoSettings(stack))
        })
        .await
    }

    /// Changes the settings of a stack as `change` says, with no other change in between. It is given none if there are
    /// none.
    pub(crate) async fn change_deployment_settings(
        &self,
        stack: StackPath,
        source: String,
        change: impl FnOnce(Option<DeploymentSettings>) -> Result<DeploymentSettings, DeploymentError>
        + Send
        + 'static,
    ) -> Result<KeptSettings, DeploymentError> {
        self.write(move |transaction| {
            let row = stacks::known_row(transaction, &stack)?;
            let kept = find(transaction, row)?;
            let version = kept.as_ref().map_or(1, |kept| kept.version + 1);
            let settings = change(kept.map(|kept| kept.settings))?;
            let sql = "INSERT INTO deployment_settings (stack, version, source, settings) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (stack) DO UPDATE SET version = ?2, source = ?3, settings = ?4";
            transaction.execute(sql, (row, version, &source, settings.to_kept()))?;
            Ok(KeptSettings {
                version,
                source,
                settings,
            })
        })
        .await
    }

    /// Removes the settings of a stack. What is in its queue keeps those that it was made with.
    pub(crate) async fn delete_deployment_settings(
        &self,
        stack: StackPath,
    ) -> Result<(), DeploymentError> {
        self.write(move |transaction| {
            let row = stacks::known_row(transaction, &stack)?;
            let n =
                transaction.execute("DELETE FROM deployment_settings WHERE stack = ?1", [row])?;
            if n == 0 {
                return Err(DeploymentError::NoSettings(stack));
            }
            Ok(())
        })
        .await
    }
}

/// The settings of the stack in this row.
pub(super) fn find(
    transaction: &Transaction<'_>,
    stack: i64,
) -> Result<Option<KeptSettings>, StoreError> {
    let sql = "SELECT version, source, settings FROM deployment_settings WHERE stack = ?1";
    let found = transaction.prepare_cached(sql)?.query_row([stack], |row| {
        let settings: String = row.get(2)?;
        Ok(KeptSettings {
            version: row.get(0)?,
            source: row.get(1)?,
            settings: DeploymentSettings::from_kept(&settings).map_err(|why| unreadable(2, why))?,
        })
    });
    Ok(found.optional()?)
}
