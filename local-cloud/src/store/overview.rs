//! The overview of an organization in the console: the states of its stacks, and which start which.

use super::database::Store;
use super::joins::{self, JoinEdge};
use super::sql::{stack_path, word};
use super::{organizations, pauses};
use crate::domain::stacks::{StackError, StackPath};
use crate::domain::updates::{UpdateKind, UpdateStatus};
use rusqlite::{Row, Transaction, named_params};

/// The activity of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Activity {
    pub(crate) path: StackPath,
    pub(crate) resource_count: i64,
    pub(crate) is_updating: bool,
    pub(crate) is_deploying: bool,
    /// The number of queued deployments.
    pub(crate) n_waiting: i64,
    /// The latest completed update, without previews.
    pub(crate) last_update: Option<LastUpdate>,
    /// The latest deployment that succeeded or failed.
    pub(crate) last_deployment: Option<LastDeployment>,
}

/// The result of a stack's latest update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastUpdate {
    pub(crate) version: i64,
    pub(crate) kind: UpdateKind,
    pub(crate) status: UpdateStatus,
    /// Unix seconds.
    pub(crate) ended: i64,
}

/// The result of a stack's latest deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LastDeployment {
    pub(crate) version: i64,
    pub(crate) is_success: bool,
    /// Unix milliseconds.
    pub(crate) ended: i64,
}

/// A webhook of a stack that starts deployments of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trigger {
    pub(crate) from: StackPath,
    pub(crate) webhook: String,
    /// As `project/stack` in the same organization; it may not exist.
    pub(crate) to: String,
    pub(crate) is_active: bool,
}

/// The overview of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Overview {
    /// Sorted by name.
    pub(crate) stacks: Vec<Activity>,
    pub(crate) triggers: Vec<Trigger>,
    /// Sorted by the stacks that they start.
    pub(crate) joins: Vec<JoinEdge>,
    /// Whether deployments are paused.
    pub(crate) is_paused: bool,
}

impl Store {
    /// The overview of an organization.
    pub(crate) async fn overview(&self, organization: String) -> Result<Overview, StackError> {
        self.read(move |transaction| {
            organizations::must_exist(transaction, &organization)?;
            Ok(Overview {
                stacks: activities(transaction, &organization, None)?,
                triggers: triggers(transaction, &organization, None)?,
                joins: joins::of_organization(transaction, &organization)?,
                is_paused: pauses::is_organization_paused(transaction, &organization)?,
            })
        })
        .await
    }

    /// The webhooks that start deployments of a stack.
    pub(crate) async fn triggers_of(&self, path: StackPath) -> Result<Vec<Trigger>, StackError> {
        self.read(move |transaction| {
            let target = format!("{}/{}", path.project, path.stack);
            Ok(triggers(transaction, &path.organization, Some(&target))?)
        })
        .await
    }

    /// Whether a join starts a stack.
    pub(crate) async fn is_joined(&self, path: StackPath) -> Result<bool, StackError> {
        self.read(move |transaction| Ok(joins::has(transaction, &path)?))
            .await
    }

    /// The activity of a stack.
    pub(crate) async fn activity(&self, path: StackPath) -> Result<Activity, StackError> {
        self.read(move |transaction| {
            let mut found = activities(transaction, &path.organization, Some(&path))?;
            found.pop().ok_or(StackError::NoStack(path))
        })
        .await
    }
}

fn activities(
    transaction: &Transaction<'_>,
    organization: &str,
    only: Option<&StackPath>,
) -> rusqlite::Result<Vec<Activity>> {
    // Each part of it uses an index on the stack.
    let sql = "SELECT s.organization, s.project, s.name, s.resource_count,
            EXISTS (SELECT 1 FROM updates WHERE stack = s.id AND status = 'running' AND NOT is_preview),
            EXISTS (SELECT 1 FROM deployments WHERE stack = s.id AND status = 'running'),
            (SELECT count(*) FROM deployments WHERE stack = s.id AND status IN ('not-started', 'accepted')),
            u.version, u.kind, u.status, u.ended, d.version, d.status = 'succeeded', d.modified
        FROM stacks s
        LEFT JOIN updates u ON u.id = (SELECT id FROM updates
            WHERE stack = s.id AND is_preview = 0 AND version IS NOT NULL AND ended IS NOT NULL
            ORDER BY version DESC LIMIT 1)
        LEFT JOIN deployments d ON d.id = (SELECT id FROM deployments
            WHERE stack = s.id AND status IN ('succeeded', 'failed') ORDER BY version DESC LIMIT 1)
        WHERE s.organization = :organization
            AND (:project IS NULL OR s.project = :project) AND (:stack IS NULL OR s.name = :stack)
        ORDER BY s.project, s.name";
    let mut statement = transaction.prepare_cached(sql)?;
    let found = statement.query_map(
        named_params! {
            ":organization": organization,
            ":project": only.map(|path| &path.project),
            ":stack": only.map(|path| &path.stack),
        },
        read,
    )?;
    found.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Activity> {
    let last_update = match row.get(7)? {
        None => None,
        Some(version) => Some(LastUpdate {
            version,
            kind: word(row, 8)?,
            status: word(row, 9)?,
            ended: row.get(10)?,
        }),
    };
    let last_deployment = match row.get(11)? {
        None => None,
        Some(version) => Some(LastDeployment {
            version,
            is_success: row.get(12)?,
            ended: row.get(13)?,
        }),
    };
    Ok(Activity {
        path: stack_path(row, 0)?,
        resource_count: row.get(3)?,
        is_updating: row.get(4)?,
        is_deploying: row.get(5)?,
        n_waiting: row.get(6)?,
        last_update,
        last_deployment,
    })
}

/// The webhooks of an organization's stacks that start deployments, in the order of their creation; all, or those with this
/// target.
fn triggers(
    transaction: &Transaction<'_>,
    organization: &str,
    target: Option<&str>,
) -> rusqlite::Result<Vec<Trigger>> {
    let sql = "SELECT s.organization, s.project, s.name, w.name, w.payload_url, w.active
        FROM webhooks w JOIN stacks s ON s.id = w.stack
        WHERE w.organization = ?1 AND w.format = 'pulumi_deployments' AND (?2 IS NULL OR w.payload_url = ?2)
        ORDER BY w.id";
    let mut statement = transaction.prepare_cached(sql)?;
    let found = statement.query_map((organization, target), |row| {
        Ok(Trigger {
            from: stack_path(row, 0)?,
            webhook: row.get(3)?,
            to: row.get(4)?,
            is_active: row.get(5)?,
        })
    })?;
    found.collect()
}
