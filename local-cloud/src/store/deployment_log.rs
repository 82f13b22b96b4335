//! The steps of deployments, and their logs.

use super::database::Store;
use super::deployments::{DeploymentRow, finish};
use super::{deployment_updates, ends};
use crate::domain::deployments::StepStatus;
use crate::domain::moment::Moment;
use crate::domain::stacks::StackPath;
use crate::domain::state::Object;
use crate::domain::updates::{NewUpdate, UpdateError, UpdateStatus};
use crate::parts::StoreError;
use rusqlite::{Row, Transaction, named_params};

/// A step of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) status: String,
    /// Unix milliseconds.
    pub(crate) started: i64,
    /// Unix milliseconds.
    pub(crate) modified: i64,
}

/// A line of a deployment's log, or the header of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogLine {
    /// The position from which to continue.
    pub(crate) number: i64,
    /// Unix milliseconds.
    pub(crate) timestamp: i64,
    /// The name of the step, if this is its header.
    pub(crate) header: Option<String>,
    pub(crate) text: String,
}

/// A line from a deployment.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// Unix milliseconds.
    pub(crate) timestamp: i64,
    pub(crate) line: String,
}

/// A complete deployment with one step that took no time.
#[derive(Clone, Debug)]
pub(crate) struct Simulated {
    pub(crate) step: String,
    pub(crate) line: String,
    pub(crate) is_success: bool,
    pub(crate) stack: StackPath,
    /// The update of the stack.
    pub(crate) update: NewUpdate,
    /// The outputs that a preview predicts, which override those of the stack.
    pub(crate) outputs: Object,
}

impl Store {
    /// Begins the step at this position, counted from 0.
    pub(crate) async fn begin_step(
        &self,
        deployment: DeploymentRow,
        position: i64,
        name: String,
        now: i64,
    ) -> Result<(), StoreError> {
        self.write_quietly(move |transaction| {
            begin_step(transaction, deployment, position, &name, now)
        })
        .await
    }

    /// Adds lines to the log of a step. Does nothing if the deployment was deleted.
    pub(crate) async fn add_log(
        &self,
        deployment: DeploymentRow,
        position: i64,
        lines: Vec<Said>,
    ) -> Result<(), StoreError> {
        self.write_quietly(move |transaction| add_log(transaction, deployment, position, &lines))
            .await
    }

    /// Ends a step.
    pub(crate) async fn end_step(
        &self,
        deployment: DeploymentRow,
        position: i64,
        status: StepStatus,
        now: i64,
    ) -> Result<(), StoreError> {
        self.write_quietly(move |transaction| {
            end_step(transaction, deployment, position, status, now)
        })
        .await
    }

    /// Ends a deployment whose process no longer exists: its steps fail, and its log says why.
    pub(crate) async fn fail_deployment(
        &self,
        deployment: DeploymentRow,
        why: String,
        moment: Moment,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let DeploymentRow(id) = deployment;
            let sql = "SELECT max(position) FROM deployment_steps WHERE deployment = ?1";
            let last: Option<i64> = transaction.query_row(sql, [id], |row| row.get(0))?;
            if last.is_none() {
                begin_step(transaction, deployment, 0, "Start", moment.ms())?;
            }
            let last = last.unwrap_or(0);
            let said = Said {
                timestamp: moment.ms(),
                line: why + "\n",
            };
            add_log(transaction, deployment, last, &[said])?;
            end_step(
                transaction,
                deployment,
                last,
                StepStatus::Failed,
                moment.ms(),
            )?;
            finish(transaction, deployment, false, &moment)
        })
        .await
    }

    /// Records a deployment that has begun and took no time, with the update of its stack. It fails if someone else is
    /// updating the stack, because there is only one update at a time.
    pub(crate) async fn finish_simulated(
        &self,
        deployment: DeploymentRow,
        simulated: Simulated,
        moment: Moment,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let Simulated {
                step,
                line,
                is_success,
                stack,
                update,
                outputs,
            } = simulated;
            let status = if is_success {
                UpdateStatus::Succeeded
            } else {
                UpdateStatus::Failed
            };
            let recorded = ends::record(transaction, &stack, &update, status, outputs, &moment);
            let (line, is_success) = match recorded {
                Ok(id) => {
                    deployment_updates::link(transaction, deployment, id)?;
                    (line, is_success)
                }
                Err(UpdateError::Store(error)) => return Err(error),
                Err(refused) => (format!("error: {refused}\n"), false),
            };
            begin_step(transaction, deployment, 0, &step, moment.ms())?;
            let said = Said {
                timestamp: moment.ms(),
                line,
            };
            add_log(transaction, deployment, 0, &[said])?;
            end_step(transaction, deployment, 0, is_success.into(), moment.ms())?;
            finish(transaction, deployment, is_success, &moment)
        })
        .await
    }

    /// The steps of each of these deployments, in order.
    pub(crate) async fn steps(
        &self,
        deployments: Vec<DeploymentRow>,
    ) -> Result<Vec<Vec<Step>>, StoreError> {
        self.read(move |transaction| {
            let sql =
                "SELECT name, status, started, modified FROM deployment_steps WHERE deployment = ?1
                ORDER BY position";
            let mut statement = transaction.prepare_cached(sql)?;
            let steps = deployments.into_iter().map(|DeploymentRow(id)| {
                let steps = statement.query_map([id], read_step)?;
                Ok(steps.collect::<Result<_, _>>()?)
            });
            steps.collect()
        })
        .await
    }

    /// At most `n` lines of a log after the one with this number, for one step or all.
    pub(crate) async fn log(
        &self,
        DeploymentRow(id): DeploymentRow,
        after: i64,
        n: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        self.read(move |transaction| {
            let sql = "SELECT l.id, l.timestamp, l.line, p.name FROM deployment_log l
                JOIN deployment_steps p ON p.deployment = l.deployment AND p.position = l.step
                WHERE l.deployment = ?1 AND l.id > ?2 ORDER BY l.id LIMIT ?3";
            let mut statement = transaction.prepare_cached(sql)?;
            let lines = statement.query_map((id, after, n), read_line)?;
            Ok(lines.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// At most `n` lines of the log of one step, without the first `offset`.
    pub(crate) async fn step_log(
        &self,
        DeploymentRow(id): DeploymentRow,
        step: i64,
        offset: i64,
        n: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        self.read(move |transaction| {
            let sql = "SELECT id, timestamp, line, '' FROM deployment_log
                WHERE deployment = :id AND step = :step AND line IS NOT NULL ORDER BY id LIMIT :n OFFSET :offset";
            let mut statement = transaction.prepare_cached(sql)?;
            let lines = statement.query_map(
                named_params! { ":id": id, ":step": step, ":n": n, ":offset": offset },
                read_line,
            )?;
            Ok(lines.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn exists(
    transaction: &Transaction<'_>,
    DeploymentRow(id): DeploymentRow,
) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached("SELECT 1 FROM deployments WHERE id = ?1")?
        .exists([id])
}

fn begin_step(
    transaction: &Transaction<'_>,
    deployment: DeploymentRow,
    position: i64,
    name: &str,
    now: i64,
) -> Result<(), StoreError> {
    if !exists(transaction, deployment)? {
        return Ok(());
    }
    let DeploymentRow(id) = deployment;
    let step =
        "INSERT INTO deployment_steps (deployment, position, name, status, started, modified)
        VALUES (?1, ?2, ?3, 'running', ?4, ?4)";
    transaction
        .prepare_cached(step)?
        .execute((id, position, name, now))?;
    let header = "INSERT INTO deployment_log (deployment, step, timestamp) VALUES (?1, ?2, ?3)";
    transaction
        .prepare_cached(header)?
        .execute((id, position, now))?;
    Ok(())
}

fn add_log(
    transaction: &Transaction<'_>,
    deployment: DeploymentRow,
    position: i64,
    lines: &[Said],
) -> Result<(), StoreError> {
    if !exists(transaction, deployment)? {
        return Ok(());
    }
    let DeploymentRow(id) = deployment;
    let sql =
        "INSERT INTO deployment_log (deployment, step, timestamp, line) VALUES (?1, ?2, ?3, ?4)";
    let mut statement = transaction.prepare_cached(sql)?;
    for Said { timestamp, line } in lines {
        statement.execute((id, position, timestamp, line))?;
    }
    Ok(())
}

fn end_step(
    transaction: &Transaction<'_>,
    DeploymentRow(id): DeploymentRow,
    position: i64,
    status: StepStatus,
    now: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE deployment_steps SET status = ?3, modified = ?4 WHERE deployment = ?1 AND position = ?2";
    transaction
        .prepare_cached(sql)?
        .execute((id, position, status.as_str(), now))?;
    Ok(())
}

fn read_step(row: &Row<'_>) -> rusqlite::Result<Step> {
    Ok(Step {
        name: row.get(0)?,
        status: row.get(1)?,
        started: row.get(2)?,
        modified: row.get(3)?,
    })
}

fn read_line(row: &Row<'_>) -> rusqlite::Result<LogLine> {
    let text: Option<String> = row.get(2)?;
    Ok(LogLine {
        number: row.get(0)?,
        timestamp: row.get(1)?,
        header: if text.is_none() {
            Some(row.get(3)?)
        } else {
            None
        },
        text: text.unwrap_or_default(),
    })
}
