//! The paused stacks and organizations.

use super::database::Store;
use super::deployments::DeploymentRow;
use super::{deployment_settings, organizations, stacks};
use crate::domain::deployments::DeploymentError;
use crate::domain::stacks::StackPath;
use crate::parts::StoreError;
use rusqlite::Transaction;

/// What pauses the deployments of a stack, if anything does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paused {
    pub(crate) stack: bool,
    pub(crate) organization: bool,
}

impl Store {
    /// Pauses or resumes a stack, which must have deployment settings.
    pub(crate) async fn pause_stack(
        &self,
        path: StackPath,
        is_paused: bool,
    ) -> Result<(), DeploymentError> {
        self.write(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            if deployment_settings::find(transaction, stack)?.is_none() {
                return Err(DeploymentError::NothingToPause(path));
            }
            let sql = if is_paused {
                "INSERT OR IGNORE INTO deployment_pauses (organization, stack) VALUES (?1, ?2)"
            } else {
                "DELETE FROM deployment_pauses WHERE organization = ?1 AND stack = ?2"
            };
            transaction.execute(sql, (path.organization, stack))?;
            Ok(())
        })
        .await
    }

    /// Pauses or resumes an organization.
    pub(crate) async fn pause_organization(
        &self,
        organization: String,
        is_paused: bool,
    ) -> Result<(), DeploymentError> {
        self.write(move |transaction| {
            organizations::must_exist(transaction, &organization)?;
            let sql = if is_paused {
                "INSERT OR IGNORE INTO deployment_pauses (organization) VALUES (?1)"
            } else {
                "DELETE FROM deployment_pauses WHERE organization = ?1 AND stack IS NULL"
            };
            transaction.execute(sql, [organization])?;
            Ok(())
        })
        .await
    }

    /// For each of these deployments, whether its stack is paused.
    pub(crate) async fn paused_deployments(
        &self,
        deployments: Vec<DeploymentRow>,
    ) -> Result<Vec<bool>, StoreError> {
        self.read(move |transaction| {
            let sql = "SELECT EXISTS (SELECT 1 FROM deployment_pauses p, deployments d JOIN stacks s ON s.id = d.stack
                WHERE d.id = ?1 AND (p.stack = d.stack OR p.stack IS NULL AND p.organization = s.organization))";
            let mut statement = transaction.prepare_cached(sql)?;
            let ask = |DeploymentRow(id)| Ok(statement.query_row([id], |row| row.get(0))?);
            deployments.into_iter().map(ask).collect()
        })
        .await
    }

    /// Whether a stack is paused.
    pub(crate) async fn paused(&self, path: StackPath) -> Result<Paused, DeploymentError> {
        self.read(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            let sql = "SELECT 1 FROM deployment_pauses WHERE stack = ?1";
            Ok(Paused {
                stack: transaction.prepare_cached(sql)?.exists([stack])?,
                organization: is_organization_paused(transaction, &path.organization)?,
            })
        })
        .await
    }
}

/// Whether an organization is paused.
pub(super) fn is_organization_paused(
    transaction: &Transaction<'_>,
    organization: &str,
) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached(
            "SELECT 1 FROM deployment_pauses WHERE organization = ?1 AND stack IS NULL",
        )?
        .exists([organization])
}
