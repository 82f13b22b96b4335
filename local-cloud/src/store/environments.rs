//! Environments: creating, listing and deleting them.

use super::database::Store;
use super::environment_rows::{known_row, row};
use super::sql::{is_taken, time};
use super::{environment_revisions, environment_tags, organizations, outbox};
use crate::domain::environments::{CloneOptions, Environment, EnvironmentError};
use crate::domain::happenings::Happening;
use crate::domain::moment::Moment;
use crate::domain::stacks::{EnvironmentPath, StackError};
use rusqlite::{Row, Transaction};
use serde_json::Value;
use uuid::Uuid;

/// The columns of an environment, from the tables `e` and `r`; the latter is its newest revision.
const COLUMNS: &str =
    "e.id, e.organization, e.project, e.name, e.uid, e.created, e.is_protected, r.created";

const TABLES: &str = "environments e JOIN environment_revisions r ON r.environment = e.id
    AND r.number = (SELECT max(number) FROM environment_revisions WHERE environment = e.id)";

impl Store {
    /// Creates an environment with an empty definition. An existing one that has never had a definition counts as created,
    /// because its client may have been interrupted.
    pub(crate) async fn create_environment(
        &self,
        path: EnvironmentPath,
        moment: Moment,
    ) -> Result<(), EnvironmentError> {
        self.write(move |transaction| {
            organizations::must_exist(transaction, &path.organization)?;
            if let Some(row) = row(transaction, &path)?
                && is_untouched(transaction, row)?
            {
                return Ok(());
            }
            let row = insert(transaction, &path, &moment)?;
            environment_revisions::insert(transaction, row, 1, "", &moment)?;
            Ok(())
        })
        .await
    }

    /// Creates an environment with the definition of another.
    pub(crate) async fn clone_environment(
        &self,
        from: EnvironmentPath,
        to: EnvironmentPath,
        options: CloneOptions,
        moment: Moment,
    ) -> Result<(), EnvironmentError> {
        self.write(move |transaction| {
            let old = known_row(transaction, &from)?;
            let new = insert(transaction, &to, &moment)?;
            environment_revisions::copy(transaction, (old, &from), new, &options, &moment)?;
            if options.has_tags {
                environment_tags::copy(transaction, old, new)?;
            }
            Ok(())
        })
        .await
    }

    /// The environments of an organization, or of all organizations, sorted by name.
    pub(crate) async fn environments(
        &self,
        organization: Option<String>,
    ) -> Result<Vec<Environment>, EnvironmentError> {
        self.read(move |transaction| {
            if let Some(organization) = &organization {
                organizations::must_exist(transaction, organization)?;
            }
            let sql = format!(
                "SELECT {COLUMNS} FROM {TABLES} WHERE ?1 IS NULL OR e.organization = ?1
                 ORDER BY e.organization, e.project, e.name"
            );
            let mut statement = transaction.prepare_cached(&sql)?;
            let found = statement.query_map([organization], read)?;
            let found = found.collect::<Result<Vec<_>, _>>()?;
            let with_tags = |found| with_tags(transaction, found);
            Ok(found.into_iter().map(with_tags).collect::<Result<_, _>>()?)
        })
        .await
    }

    /// An environment.
    pub(crate) async fn environment(
        &self,
        path: EnvironmentPath,
    ) -> Result<Environment, EnvironmentError> {
        self.read(move |transaction| {
            let row = known_row(transaction, &path)?;
            let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE e.id = ?1");
            let found = transaction.prepare_cached(&sql)?.query_row([row], read)?;
            Ok(with_tags(transaction, found)?)
        })
        .await
    }

    /// Sets whether an environment is protected against deletion.
    pub(crate) async fn protect_environment(
        &self,
        path: EnvironmentPath,
        is_protected: bool,
    ) -> Result<(), EnvironmentError> {
        self.write(move |transaction| {
            let row = known_row(transaction, &path)?;
            let sql = "UPDATE environments SET is_protected = ?1 WHERE id = ?2";
            transaction.execute(sql, (is_protected, row))?;
            Ok(())
        })
        .await
    }

    /// Deletes an environment with everything that belongs to it.
    pub(crate) async fn delete_environment(
        &self,
        path: EnvironmentPath,
    ) -> Result<(), EnvironmentError> {
        self.write(move |transaction| {
            let row = known_row(transaction, &path)?;
            let sql = "DELETE FROM environments WHERE id = ?1 AND NOT is_protected";
            if transaction.execute(sql, [row])? == 0 {
                return Err(EnvironmentError::Protected(path));
            }
            let happening = Happening::of_environment(&path, "environment", "deleted", Value::Null);
            Ok(outbox::put(transaction, &happening)?)
        })
        .await
    }
}

fn insert(
    transaction: &Transaction<'_>,
    path: &EnvironmentPath,
    moment: &Moment,
) -> Result<i64, EnvironmentError> {
    let sql = "INSERT INTO environments (organization, project, name, uid, created) VALUES (?1, ?2, ?3, ?4, ?5)";
    let uid = Uuid::new_v4().to_string();
    let EnvironmentPath {
        organization,
        project,
        environment,
    } = path;
    match transaction.execute(sql, (organization, project, environment, uid, moment.ms())) {
        Ok(_) => {}
        Err(error) if is_taken(&error) => {
            return Err(StackError::EnvironmentExists(path.clone()).into());
        }
        Err(error) => return Err(error.into()),
    }
    let row = transaction.last_insert_rowid();
    let happening = Happening::of_environment(path, "environment", "created", Value::Null);
    outbox::put(transaction, &happening)?;
    Ok(row)
}

/// Whether an environment has not changed since it was created.
fn is_untouched(transaction: &Transaction<'_>, row: i64) -> rusqlite::Result<bool> {
    let sql = "SELECT
        (SELECT max(number) FROM environment_revisions WHERE environment = e.id) = 1
        AND (SELECT definition FROM environment_revisions WHERE environment = e.id) = ''
        AND NOT EXISTS (SELECT 1 FROM environment_tags WHERE environment = e.id)
        AND NOT EXISTS (SELECT 1 FROM webhooks WHERE environment = e.id)
        AND NOT is_protected
        FROM environments e WHERE id = ?1";
    transaction
        .prepare_cached(sql)?
        .query_row([row], |row| row.get(0))
}

fn with_tags(
    transaction: &Transaction<'_>,
    (row, environment): (i64, Environment),
) -> rusqlite::Result<Environment> {
    let tags = environment_tags::of(transaction, row)?;
    Ok(Environment {
        tags,
        ..environment
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<(i64, Environment)> {
    let environment = Environment {
        path: EnvironmentPath {
            organization: row.get(1)?,
            project: row.get(2)?,
            environment: row.get(3)?,
        },
        uid: row.get(4)?,
        created: time(row, 5)?,
        is_protected: row.get(6)?,
        modified: time(row, 7)?,
        tags: Vec::new(),
    };
    Ok((row.get(0)?, environment))
}
