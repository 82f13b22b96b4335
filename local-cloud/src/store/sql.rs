//! Helpers for all tables: words in columns, and the meaning of SQLite's errors.

use crate::domain::deployments::DeploymentError;
use crate::domain::environments::EnvironmentError;
use crate::domain::stacks::{StackError, StackPath};
use crate::domain::updates::UpdateError;
use crate::domain::webhooks::WebhookError;
use crate::parts::StoreError;
use jiff::Timestamp;
use std::str::FromStr;

/// Whether the error says that a row with this key already exists.
pub(super) fn is_taken(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
    )
}

/// An error for a column with invalid content: the database was changed manually.
pub(super) fn unreadable(
    column: usize,
    why: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(why))
}

/// A column with one of our words.
pub(super) fn word<T>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|why| unreadable(column, why))
}

/// A column with a time in Unix milliseconds.
pub(super) fn time(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(row.get(column)?).map_err(|why| unreadable(column, why))
}

/// The names of a stack, from three columns beginning with this one.
pub(super) fn stack_path(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<StackPath> {
    Ok(StackPath {
        organization: row.get(first)?,
        project: row.get(first + 1)?,
        stack: row.get(first + 2)?,
    })
}

impl From<rusqlite::Error> for DeploymentError {
    fn from(error: rusqlite::Error) -> DeploymentError {
        StoreError::from(error).into()
    }
}

impl From<rusqlite::Error> for UpdateError {
    fn from(error: rusqlite::Error) -> UpdateError {
        StoreError::from(error).into()
    }
}

impl From<rusqlite::Error> for WebhookError {
    fn from(error: rusqlite::Error) -> WebhookError {
        StoreError::from(error).into()
    }
}

impl From<rusqlite::Error> for StackError {
    fn from(error: rusqlite::Error) -> StackError {
        StoreError::from(error).into()
    }
}

impl From<rusqlite::Error> for EnvironmentError {
    fn from(error: rusqlite::Error) -> EnvironmentError {
        StoreError::from(error).into()
    }
}
