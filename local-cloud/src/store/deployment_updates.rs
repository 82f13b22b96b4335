//! The updates of deployments.

use super::database::Store;
use super::deployments::DeploymentRow;
use super::{history, stacks, starts};
use crate::domain::stacks::StackPath;
use crate::domain::updates::{NewUpdate, Update, UpdateError, UpdatePath, UpdateStatus};
use crate::parts::StoreError;
use jiff::Timestamp;
use rusqlite::Transaction;

impl Store {
    /// Creates an update that has not started, for the deployment with this UID; returns its ID.
    pub(crate) async fn create_update_of(
        &self,
        deployment: String,
        path: StackPath,
        new: NewUpdate,
        now: Timestamp,
    ) -> Result<String, UpdateError> {
        self.write(move |transaction| {
            let (id, uid) = starts::make(transaction, &path, &new, now)?;
            let sql = "INSERT INTO deployment_updates (deployment, update_)
                SELECT id, ?2 FROM deployments WHERE uid = ?1";
            transaction.execute(sql, (deployment, id))?;
            Ok(uid)
        })
        .await
    }

    /// The updates of each of these deployments, in the order of their creation.
    pub(crate) async fn updates_of(
        &self,
        deployments: Vec<DeploymentRow>,
    ) -> Result<Vec<Vec<Update>>, StoreError> {
        self.read(move |transaction| {
            let of_one = |DeploymentRow(id)| {
                let ids = ids(transaction, id)?;
                let found = ids
                    .into_iter()
                    .map(|(id, _)| history::read_one(transaction, id));
                Ok(found.collect::<Result<_, _>>()?)
            };
            deployments.into_iter().map(of_one).collect()
        })
        .await
    }

    /// The running updates of a deployment.
    pub(crate) async fn running_updates_of(
        &self,
        DeploymentRow(id): DeploymentRow,
    ) -> Result<Vec<UpdatePath>, StoreError> {
        self.read(move |transaction| {
            let mut running = Vec::new();
            for (id, stack) in ids(transaction, id)? {
                let update = history::read_one(transaction, id)?;
                if update.status == UpdateStatus::Running {
                    running.push(UpdatePath {
                        stack: stacks::path(transaction, stack)?,
                        uid: update.uid,
                    });
                }
            }
            Ok(running)
        })
        .await
    }
}

/// Records that a deployment has made an update.
pub(super) fn link(
    transaction: &Transaction<'_>,
    DeploymentRow(deployment): DeploymentRow,
    update: i64,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO deployment_updates (deployment, update_) VALUES (?1, ?2)";
    transaction
        .prepare_cached(sql)?
        .execute((deployment, update))?;
    Ok(())
}

/// The rows of a deployment's updates, and of their stacks.
fn ids(transaction: &Transaction<'_>, deployment: i64) -> rusqlite::Result<Vec<(i64, i64)>> {
    let sql = "SELECT u.id, u.stack FROM deployment_updates d JOIN updates u ON u.id = d.update_
        WHERE d.deployment = ?1 ORDER BY u.id";
    let mut statement = transaction.prepare_cached(sql)?;
    let found = statement.query_map([deployment], |row| Ok((row.get(0)?, row.get(1)?)))?;
    found.collect()
}
