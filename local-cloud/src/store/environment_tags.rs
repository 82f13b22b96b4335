//! Tags of environments.

use super::database::Store;
use super::environment_rows::known_row;
use super::outbox;
use super::sql::time;
use crate::domain::environments::{EnvironmentError, Tag};
use crate::domain::happenings::Happening;
use crate::domain::moment::Moment;
use crate::domain::stacks::EnvironmentPath;
use rusqlite::Transaction;
use serde_json::json;

impl Store {
    /// Creates a tag.
    pub(crate) async fn create_environment_tag(
        &self,
        path: EnvironmentPath,
        name: String,
        value: String,
        moment: Moment,
    ) -> Result<Tag, EnvironmentError> {
        self.write(move |transaction| {
            let row = known_row(transaction, &path)?;
            if of(transaction, row)?.iter().any(|tag| tag.name == name) {
                return Err(EnvironmentError::TagExists { path, name });
            }
            put(transaction, row, &name, &value, &moment)?;
            tell(transaction, &path, "created", &name)?;
            find(transaction, row, &path, &name)
        })
        .await
    }

    /// Changes the value or the name of a tag, if it still has the value that the client has read.
    pub(crate) async fn change_environment_tag(
        &self,
        path: EnvironmentPath,
        name: String,
        expected: String,
        (new_name, new_value): (String, String),
        moment: Moment,
    ) -> Result<Tag, EnvironmentError> {
        self.write(move |transaction| {
            let row = known_row(transaction, &path)?;
            let old = find(transaction, row, &path, &name)?;
            if old.value != expected {
                return Err(EnvironmentError::TagChanged { name, expected });
            }
            if new_name != name && of(transaction, row)?.iter().any(|tag| tag.name == new_name) {
                return Err(EnvironmentError::TagExists {
                    path,
                    name: new_name,
                });
            }
            let sql = "UPDATE environment_tags SET name = ?3, value = ?4, modified = ?5
                WHERE environment = ?1 AND name = ?2";
            transaction.execute(sql, (row, &name, &new_name, &new_value, moment.ms()))?;
            tell(transaction, &path, "updated", &new_name)?;
            find(transaction, row, &path, &new_name)
        })
        .await
    }

    /// Deletes a tag.
    pub(crate) async fn delete_environment_tag(
        &self,
        path: EnvironmentPath,
        name: String,
    ) -> Result<(), EnvironmentError> {
        self.write(move |transaction| {
            let row = known_row(transaction, &path)?;
            find(transaction, row, &path, &name)?;
            let sql = "DELETE FROM environment_tags WHERE environment = ?1 AND name = ?2";
            transaction.execute(sql, (row, &name))?;
            tell(transaction, &path, "deleted", &name)
        })
        .await
    }
}

/// The tags of an environment, sorted by name.
pub(super) fn of(transaction: &Transaction<'_>, environment: i64) -> rusqlite::Result<Vec<Tag>> {
    let sql = "SELECT name, value, created, modified FROM environment_tags WHERE environment = ?1 ORDER BY name";
    let mut statement = transaction.prepare_cached(sql)?;
    let found = statement.query_map([environment], |row| {
        Ok(Tag {
            name: row.get(0)?,
            value: row.get(1)?,
            created: time(row, 2)?,
            modified: time(row, 3)?,
        })
    })?;
    found.collect()
}

/// Copies the tags of an environment to a new one.
pub(super) fn copy(transaction: &Transaction<'_>, old: i64, new: i64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO environment_tags (environment, name, value, created, modified)
        SELECT ?2, name, value, created, modified FROM environment_tags WHERE environment = ?1";
    transaction.execute(sql, (old, new))?;
    Ok(())
}

fn find(
    transaction: &Transaction<'_>,
    environment: i64,
    path: &EnvironmentPath,
    name: &str,
) -> Result<Tag, EnvironmentError> {
    let mut tags = of(transaction, environment)?.into_iter();
    let found = tags.find(|tag| tag.name == name);
    found.ok_or_else(|| EnvironmentError::NoTag {
        path: path.clone(),
        name: name.to_owned(),
    })
}

fn put(
    transaction: &Transaction<'_>,
    environment: i64,
    name: &str,
    value: &str,
    moment: &Moment,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO environment_tags (environment, name, value, created, modified) VALUES (?1, ?2, ?3, ?4, ?4)";
    transaction.execute(sql, (environment, name, value, moment.ms()))?;
    Ok(())
}

fn tell(
    transaction: &Transaction<'_>,
    path: &EnvironmentPath,
    action: &str,
    name: &str,
) -> Result<(), EnvironmentError> {
    let fields = json!({ "tagName": name });
    let happening = Happening::of_environment(path, "environment_tag", action, fields);
    Ok(outbox::put(transaction, &happening)?)
}
