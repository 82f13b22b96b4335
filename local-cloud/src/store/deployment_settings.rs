//! The settings of deployments, at most one per stack.

use super::database::Store;
use super::sql::unreadable;
use super::stacks;
use crate::domain::deployments::{DeploymentError, DeploymentSettings};
use crate::domain::stacks::StackPath;
use crate::parts::StoreError;
use rusqlite::{OptionalExtension as _, Transaction};

/// Settings in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptSettings {
    /// The number of changes, from 1.
    pub(crate) version: i64,
    /// Who changed them, such as `api`.
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

    /// Changes the settings of a stack by `change`, without any other change in between. `change` gets `None` if there are
    /// no settings.
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

    /// Deletes the settings of a stack. Queued deployments keep their own copy.
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

/// The settings of the stack with this row.
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
