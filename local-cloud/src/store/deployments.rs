//! Deployments and their queues.

use super::database::Store;
use super::sql::{stack_path, unreadable, word};
use super::{bounds, deployment_settings, outbox, stacks};
use crate::domain::deployments::{
    Deployment, DeploymentError, DeploymentSettings, DeploymentStatus, NewDeployment, Queued,
    overlay, superseded,
};
use crate::domain::moment::Moment;
use crate::domain::stacks::StackPath;
use crate::parts::StoreError;
use rusqlite::{OptionalExtension as _, Row, Transaction, named_params};
use uuid::Uuid;

/// How long a deployment may be queued before it is skipped.
const MAX_WAIT_MS: i64 = 7 * 24 * 60 * 60 * 1000;

pub(super) const COLUMNS: &str =
    "d.id, d.uid, s.organization, s.project, s.name, d.version, d.operation, d.status, d.initiator,
    d.inherits, d.created, d.modified, d.started";

/// The deployment to which a step or a line of its log belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeploymentRow(pub(super) i64);

/// A deployment that can run now.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) row: DeploymentRow,
    pub(crate) deployment: Deployment,
    /// The UID for which its secrets are encrypted.
    pub(crate) stack_uid: String,
    pub(crate) settings: DeploymentSettings,
}

impl Store {
    /// Puts a deployment into the queue of its stack.
    pub(crate) async fn create_deployment(
        &self,
        new: NewDeployment,
        moment: Moment,
    ) -> Result<Deployment, DeploymentError> {
        self.write(move |transaction| create(transaction, &new, &moment))
            .await
    }

    /// Takes the next deployment to run: the one that has been queued longest, among those whose stacks are not paused and
    /// have no other running. Those that have been queued too long are skipped.
    pub(crate) async fn accept_deployment(&self, now: i64) -> Result<Option<Job>, StoreError> {
        self.write(move |transaction| {
            let expire = "UPDATE deployments SET status = 'skipped', modified = ?1
                WHERE status = 'not-started' AND created < ?2";
            transaction
                .prepare_cached(expire)?
                .execute([now, now - MAX_WAIT_MS])?;
            let sql = format!(
                "SELECT {COLUMNS}, s.uid, d.settings FROM deployments d JOIN stacks s ON s.id = d.stack
                 WHERE d.status = 'not-started'
                   AND NOT EXISTS (SELECT 1 FROM deployments o
                       WHERE o.stack = d.stack AND o.status IN ('accepted', 'running'))
                   AND NOT EXISTS (SELECT 1 FROM deployment_pauses p
                       WHERE p.stack = d.stack OR p.stack IS NULL AND p.organization = s.organization)
                 ORDER BY d.id LIMIT 1"
            );
            let found = transaction.prepare_cached(&sql)?.query_row((), read_job).optional()?;
            let Some(mut job) = found else { return Ok(None) };
            set_status(transaction, job.row, DeploymentStatus::Accepted, now)?;
            job.deployment.status = DeploymentStatus::Accepted;
            job.deployment.modified = now;
            Ok(Some(job))
        })
        .await
    }

    /// Marks a deployment that was taken as running, and notifies webhooks. False if it was cancelled or deleted meanwhile.
    pub(crate) async fn begin_deployment(
        &self,
        DeploymentRow(id): DeploymentRow,
        moment: Moment,
    ) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let Some((deployment, is_cancelled)) = find_by_row(transaction, id)? else {
                return Ok(false);
            };
            if is_cancelled || deployment.status != DeploymentStatus::Accepted {
                return Ok(false);
            }
            let sql = "UPDATE deployments SET status = 'running', modified = ?2, started = ?2 WHERE id = ?1";
            transaction.prepare_cached(sql)?.execute([id, moment.ms()])?;
            let begun = Deployment {
                status: DeploymentStatus::Running,
                ..deployment
            };
            outbox::put(
                transaction,
                &begun.happening("deployment_started", &moment.base_url),
            )?;
            Ok(true)
        })
        .await
    }

    /// Ends a deployment, notifies webhooks, and skips queued ones that need not run any more. Does nothing if it has ended
    /// already or was deleted.
    pub(crate) async fn finish_deployment(
        &self,
        row: DeploymentRow,
        is_success: bool,
        moment: Moment,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| finish(transaction, row, is_success, &moment))
            .await
    }

    /// The deployments that a previous process was running, oldest first.
    pub(crate) async fn unfinished_deployments(
        &self,
    ) -> Result<Vec<(DeploymentRow, String)>, StoreError> {
        self.read(|transaction| {
            let sql = "SELECT id, uid FROM deployments WHERE status IN ('accepted', 'running') ORDER BY id";
            let mut statement = transaction.prepare_cached(sql)?;
            let found = statement.query_map((), |row| Ok((DeploymentRow(row.get(0)?), row.get(1)?)))?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Cancels a deployment in the queue, which makes it fail. One that has left the queue must be stopped: then it is
    /// returned. One that has ended cannot be cancelled. `given` is its UID or its version.
    pub(crate) async fn cancel_deployment(
        &self,
        stack: StackPath,
        given: String,
        now: i64,
    ) -> Result<Option<(DeploymentRow, String)>, DeploymentError> {
        self.write(move |transaction| {
            let (DeploymentRow(id), deployment) = find(transaction, &stack, &given)?;
            match deployment.status {
                // It has no job, which distinguishes it from one that ran and failed. There is no event for this.
                DeploymentStatus::NotStarted => {
                    set_status(
                        transaction,
                        DeploymentRow(id),
                        DeploymentStatus::Failed,
                        now,
                    )?;
                    Ok(None)
                }
                DeploymentStatus::Accepted | DeploymentStatus::Running => {
                    let sql = "UPDATE deployments SET is_cancelled = 1 WHERE id = ?1";
                    transaction.execute(sql, [id])?;
                    Ok(Some((DeploymentRow(id), deployment.uid)))
                }
                status @ (DeploymentStatus::Failed
                | DeploymentStatus::Succeeded
                | DeploymentStatus::Skipped) => Err(DeploymentError::Over {
                    version: deployment.version,
                    status: status.as_str(),
                }),
            }
        })
        .await
    }
}

/// Puts a deployment into the queue of its stack, and notifies webhooks.
pub(super) fn create(
    transaction: &Transaction<'_>,
    new: &NewDeployment,
    moment: &Moment,
) -> Result<Deployment, DeploymentError> {
    let stack = stacks::known_row(transaction, &new.stack)?;
    // A request without settings of its own can only mean those of the stack: typed clients send `false` by default.
    let inherits = new.inherits || new.changes.is_empty();
    let kept = if inherits {
        deployment_settings::find(transaction, stack)?
    } else {
        None
    };
    let is_configured = kept.is_some() || !new.changes.is_empty();
    let settings = overlay(kept.map(|kept| kept.settings), new.changes.clone());
    if !is_configured {
        return Err(DeploymentError::NotConfigured(new.stack.clone()));
    }
    settings.check()?;
    if settings.view()?.source().is_none() {
        return Err(DeploymentError::NoSource(new.stack.clone()));
    }
    let sql = "SELECT coalesce(max(version), 0) + 1 FROM deployments WHERE stack = ?1";
    let version = transaction
        .prepare_cached(sql)?
        .query_row([stack], |row| row.get(0))?;
    let made = Deployment {
        uid: Uuid::new_v4().to_string(),
        stack: new.stack.clone(),
        version,
        operation: new.operation,
        status: DeploymentStatus::NotStarted,
        initiator: new.initiator.clone(),
        inherits,
        created: moment.ms(),
        modified: moment.ms(),
        started: None,
    };
    insert(transaction, stack, &made, &settings)?;
    outbox::put(
        transaction,
        &made.happening("deployment_queued", &moment.base_url),
    )?;
    Ok(made)
}

fn insert(
    transaction: &Transaction<'_>,
    stack: i64,
    made: &Deployment,
    settings: &DeploymentSettings,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO deployments
            (uid, stack, version, operation, status, initiator, inherits, settings, created, modified)
        VALUES (:uid, :stack, :version, :operation, :status, :initiator, :inherits, :settings, :now, :now)";
    transaction.prepare_cached(sql)?.execute(named_params! {
        ":uid": made.uid,
        ":stack": stack,
        ":version": made.version,
        ":operation": made.operation.as_str(),
        ":status": made.status.as_str(),
        ":initiator": made.initiator,
        ":inherits": made.inherits,
        ":settings": settings.to_kept(),
        ":now": made.created,
    })?;
    Ok(())
}

/// See [`Store::finish_deployment`].
pub(super) fn finish(
    transaction: &Transaction<'_>,
    DeploymentRow(id): DeploymentRow,
    is_success: bool,
    moment: &Moment,
) -> Result<(), StoreError> {
    let Some((deployment, _)) = find_by_row(transaction, id)? else {
        return Ok(());
    };
    if !matches!(
        deployment.status,
        DeploymentStatus::Accepted | DeploymentStatus::Running
    ) {
        return Ok(());
    }
    let (status, event) = if is_success {
        (DeploymentStatus::Succeeded, "deployment_succeeded")
    } else {
        (DeploymentStatus::Failed, "deployment_failed")
    };
    set_status(transaction, DeploymentRow(id), status, moment.ms())?;
    let over = Deployment {
        status,
        ..deployment
    };
    outbox::put(transaction, &over.happening(event, &moment.base_url))?;
    bounds::forget_logs(transaction, id)?;
    skip_superseded(transaction, id, moment.ms())
}

/// Skips queued deployments after one that has ended, if a later one of their kind is directly behind them.
fn skip_superseded(transaction: &Transaction<'_>, over: i64, now: i64) -> Result<(), StoreError> {
    let sql = "SELECT id, operation, settings FROM deployments
        WHERE stack = (SELECT stack FROM deployments WHERE id = ?1) AND status = 'not-started' ORDER BY id";
    let mut statement = transaction.prepare_cached(sql)?;
    let waiting = statement.query_map([over], |row| {
        let settings: String = row.get(2)?;
        let view = DeploymentSettings::from_kept(&settings).map(|settings| settings.view());
        let view = view.map_err(|why| unreadable(2, why))?;
        let view = view.map_err(|why| unreadable(2, why))?;
        Ok(Queued {
            id: row.get(0)?,
            operation: word(row, 1)?,
            skips_intermediate: view.operation_context.options.skip_intermediate_deployments,
        })
    })?;
    let waiting = waiting.collect::<Result<Vec<_>, _>>()?;
    for id in superseded::<i64>(&waiting) {
        skip(transaction, id, now)?;
    }
    Ok(())
}

/// Removes a deployment from the queue.
fn skip(transaction: &Transaction<'_>, id: i64, now: i64) -> rusqlite::Result<()> {
    set_status(
        transaction,
        DeploymentRow(id),
        DeploymentStatus::Skipped,
        now,
    )
}

fn set_status(
    transaction: &Transaction<'_>,
    DeploymentRow(id): DeploymentRow,
    status: DeploymentStatus,
    now: i64,
) -> rusqlite::Result<()> {
    let sql = "UPDATE deployments SET status = ?2, modified = ?3 WHERE id = ?1";
    transaction
        .prepare_cached(sql)?
        .execute((id, status.as_str(), now))?;
    Ok(())
}

/// A deployment of a stack, by its UID or its version.
pub(super) fn find(
    transaction: &Transaction<'_>,
    stack: &StackPath,
    given: &str,
) -> Result<(DeploymentRow, Deployment), DeploymentError> {
    let row = stacks::known_row(transaction, stack)?;
    let sql = format!(
        "SELECT {COLUMNS} FROM deployments d JOIN stacks s ON s.id = d.stack
         WHERE d.stack = :stack AND (d.uid = :given OR d.version = :version)"
    );
    let version: Option<i64> = given.parse().ok();
    let found = transaction
        .prepare_cached(&sql)?
        .query_row(
            named_params! { ":stack": row, ":given": given, ":version": version },
            read,
        )
        .optional()?;
    found.ok_or_else(|| DeploymentError::NoDeployment {
        stack: stack.clone(),
        given: given.to_owned(),
    })
}

fn find_by_row(
    transaction: &Transaction<'_>,
    id: i64,
) -> rusqlite::Result<Option<(Deployment, bool)>> {
    let sql = format!(
        "SELECT {COLUMNS}, d.is_cancelled FROM deployments d JOIN stacks s ON s.id = d.stack WHERE d.id = ?1"
    );
    transaction
        .prepare_cached(&sql)?
        .query_row([id], |row| {
            let (_, deployment) = read(row)?;
            Ok((deployment, row.get(13)?))
        })
        .optional()
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<(DeploymentRow, Deployment)> {
    let deployment = Deployment {
        uid: row.get(1)?,
        stack: stack_path(row, 2)?,
        version: row.get(5)?,
        operation: word(row, 6)?,
        status: word(row, 7)?,
        initiator: row.get(8)?,
        inherits: row.get(9)?,
        created: row.get(10)?,
        modified: row.get(11)?,
        started: row.get(12)?,
    };
    Ok((DeploymentRow(row.get(0)?), deployment))
}

fn read_job(row: &Row<'_>) -> rusqlite::Result<Job> {
    let (number, deployment) = read(row)?;
    let settings: String = row.get(14)?;
    Ok(Job {
        row: number,
        deployment,
        stack_uid: row.get(13)?,
        settings: DeploymentSettings::from_kept(&settings).map_err(|why| unreadable(14, why))?,
    })
}
