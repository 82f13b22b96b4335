//! Queries of deployments: one, many, counts.

use super::database::Store;
use super::deployments::{COLUMNS, DeploymentRow, find, read};
use super::sql::unreadable;
use super::{organizations, pauses, stacks};
use crate::domain::deployments::{
    Deployment, DeploymentError, DeploymentSettings, DeploymentStatus,
};
use crate::domain::stacks::StackPath;
use rusqlite::{OptionalExtension as _, named_params};

/// The owner of the deployments to list.
#[derive(Clone, Debug)]
pub(crate) enum DeploymentsOf {
    Stack(StackPath),
    Organization(String),
}

/// A page of a list: newest first, unless the other order is requested.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paging {
    /// Counts from 1.
    pub(crate) number: u32,
    pub(crate) size: u32,
    pub(crate) is_ascending: bool,
    /// Only those with this status.
    pub(crate) status: Option<DeploymentStatus>,
}

/// The numbers of an organization's deployments.
#[derive(Clone, Debug)]
pub(crate) struct OrganizationCounts {
    pub(crate) is_paused: bool,
    /// For each status, in the order of [`DeploymentStatus::ALL`].
    pub(crate) by_status: [i64; DeploymentStatus::ALL.len()],
}

impl Store {
    /// A deployment of a stack, by its UID or its version.
    pub(crate) async fn deployment(
        &self,
        stack: StackPath,
        given: String,
    ) -> Result<(DeploymentRow, Deployment), DeploymentError> {
        self.read(move |transaction| find(transaction, &stack, &given))
            .await
    }

    /// The settings of a deployment.
    pub(crate) async fn settings_of_deployment(
        &self,
        DeploymentRow(id): DeploymentRow,
    ) -> Result<DeploymentSettings, DeploymentError> {
        self.read(move |transaction| {
            let sql = "SELECT settings FROM deployments WHERE id = ?1";
            let read = |row: &rusqlite::Row<'_>| {
                let text: String = row.get(0)?;
                DeploymentSettings::from_kept(&text).map_err(|why| unreadable(0, why))
            };
            Ok(transaction.prepare_cached(sql)?.query_row([id], read)?)
        })
        .await
    }

    /// The latest version of a stack's deployments; 0 if there are none.
    pub(crate) async fn latest_deployment(&self, path: StackPath) -> Result<i64, DeploymentError> {
        self.read(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            let sql = "SELECT coalesce(max(version), 0) FROM deployments WHERE stack = ?1";
            let mut statement = transaction.prepare_cached(sql)?;
            Ok(statement.query_row([stack], |row| row.get(0))?)
        })
        .await
    }

    /// The status of a deployment of any stack.
    pub(crate) async fn deployment_status(&self, uid: String) -> Result<String, DeploymentError> {
        self.read(move |transaction| {
            let sql = "SELECT status FROM deployments WHERE uid = ?1";
            let mut statement = transaction.prepare_cached(sql)?;
            let found = statement.query_row([&uid], |row| row.get(0)).optional()?;
            found.ok_or(DeploymentError::Unknown(uid))
        })
        .await
    }

    /// A page of deployments, and the total number.
    pub(crate) async fn list_deployments(
        &self,
        of: DeploymentsOf,
        page: Paging,
    ) -> Result<(Vec<(DeploymentRow, Deployment)>, i64), DeploymentError> {
        self.read(move |transaction| {
            let (stack, organization) = match of {
                DeploymentsOf::Stack(path) => {
                    let stack = stacks::known_row(transaction, &path)?;
                    (Some(stack), path.organization)
                }
                DeploymentsOf::Organization(name) => {
                    organizations::must_exist(transaction, &name)?;
                    (None, name)
                }
            };
            let status = page.status.map(DeploymentStatus::as_str);
            let from = "FROM deployments d JOIN stacks s ON s.id = d.stack
                WHERE s.organization = :organization AND (:stack IS NULL OR d.stack = :stack)
                  AND (:status IS NULL OR d.status = :status)";
            let filter = named_params! { ":organization": organization, ":stack": stack, ":status": status };
            let total = transaction
                .prepare_cached(&format!("SELECT count(*) {from}"))?
                .query_row(filter, |row| row.get(0))?;
            let order = if page.is_ascending { "ASC" } else { "DESC" };
            let sql = format!(
                "SELECT {COLUMNS} {from} ORDER BY d.id {order} LIMIT :size OFFSET :offset"
            );
            let mut statement = transaction.prepare_cached(&sql)?;
            let found = statement.query_map(
                named_params! {
                    ":organization": organization, ":stack": stack, ":status": status, ":size": page.size,
                    ":offset": u64::from(page.number.saturating_sub(1)).saturating_mul(page.size.into()).min(i64::MAX as u64).cast_signed(),
                },
                read,
            )?;
            Ok((found.collect::<Result<_, _>>()?, total))
        })
        .await
    }

    /// The numbers of an organization's deployments, and whether it is paused.
    pub(crate) async fn count_deployments(
        &self,
        organization: String,
    ) -> Result<OrganizationCounts, DeploymentError> {
        self.read(move |transaction| {
            organizations::must_exist(transaction, &organization)?;
            let sql = "SELECT d.status, count(*) FROM deployments d JOIN stacks s ON s.id = d.stack
                WHERE s.organization = ?1 GROUP BY d.status";
            let mut statement = transaction.prepare_cached(sql)?;
            let counts = statement.query_map([&organization], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
            })?;
            let mut by_status = [0; DeploymentStatus::ALL.len()];
            for count in counts {
                let (name, n) = count?;
                let place = DeploymentStatus::ALL
                    .iter()
                    .position(|status| status.as_str() == name);
                if let Some(count) = place.and_then(|place| by_status.get_mut(place)) {
                    *count = n;
                }
            }
            Ok(OrganizationCounts {
                is_paused: pauses::is_organization_paused(transaction, &organization)?,
                by_status,
            })
        })
        .await
    }
}
