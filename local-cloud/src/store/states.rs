//! The states of stacks.

use super::database::Store;
use super::updates::{self, find, leased};
use super::{bounds, journal, stacks};
use crate::domain::moment::Moment;
use crate::domain::stacks::StackPath;
use crate::domain::state::{EMPTY, InvalidState, StackOutputs, State, replay, with_url};
use crate::domain::updates::{UpdateError, UpdatePath};
use crate::parts::Digest;
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction};
use std::collections::BTreeMap;

impl Store {
    /// The stack's current state, or that of a version. `client_url` is the client's address for the cloud.
    pub(crate) async fn export(
        &self,
        path: StackPath,
        version: Option<i64>,
        moment: Moment,
        client_url: String,
    ) -> Result<String, UpdateError> {
        self.read(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            let text = match version {
                None => so_far(transaction, stack, &path, &moment)?,
                Some(version) => {
                    let latest = stacks::version(transaction, stack)?;
                    if !(1..=latest).contains(&version) {
                        return Err(UpdateError::NoVersion {
                            stack: path,
                            version,
                        });
                    }
                    if version <= latest - bounds::KEPT {
                        return Err(UpdateError::Forgotten {
                            stack: path,
                            version,
                            kept: bounds::KEPT,
                        });
                    }
                    before(transaction, stack, version + 1)?
                }
            };
            Ok(with_url(text, &client_url))
        })
        .await
    }

    /// The contents of the stack's state: its outputs, and the number of resources of each type, without those that are
    /// about to be deleted.
    pub(crate) async fn contents(
        &self,
        path: StackPath,
    ) -> Result<(StackOutputs, BTreeMap<String, usize>), UpdateError> {
        self.read(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            let version = stacks::version(transaction, stack)?;
            let state = State::from_text(&before(transaction, stack, version + 1)?)?;
            let mut types = BTreeMap::new();
            for resource in &state.deployment.resources {
                if let Some(kind) = resource
                    .text("type")
                    .filter(|_| !resource.is_true("delete"))
                {
                    *types.entry(kind).or_default() += 1;
                }
            }
            Ok((StackOutputs::of(&state), types))
        })
        .await
    }

    /// Stores the state that `make` derives from the previous one, within an update. One whose sequence number is not
    /// greater than the previous ones is ignored.
    pub(crate) async fn upload_state(
        &self,
        path: UpdatePath,
        lease: Digest,
        now: Timestamp,
        sequence: Option<i64>,
        make: impl FnOnce(&str) -> Result<String, InvalidState> + Send + 'static,
    ) -> Result<(), UpdateError> {
        self.write_quietly(move |transaction| {
            let row = leased(transaction, &path, lease, now)?;
            if row.is_preview {
                return Err(UpdateError::Preview);
            }
            if row.journal_version.is_some() {
                return Err(UpdateError::Journal);
            }
            if sequence.is_some_and(|number| row.upload_sequence.is_some_and(|last| number <= last))
            {
                return Ok(());
            }
            let state = make(&current(transaction, row.stack)?)?;
            put(transaction, row.stack, row.version, &state)?;
            let sql =
                "UPDATE updates SET upload_sequence = ifnull(?1, upload_sequence) WHERE id = ?2";
            transaction
                .prepare_cached(sql)?
                .execute((sequence, row.id))?;
            Ok(())
        })
        .await
    }
}

/// The stack's state, including the journal of a running update.
fn so_far(
    transaction: &Transaction<'_>,
    stack: i64,
    path: &StackPath,
    moment: &Moment,
) -> Result<String, UpdateError> {
    let state = current(transaction, stack)?;
    let sql =
        "SELECT uid FROM updates WHERE stack = ?1 AND status = 'running' AND journal_version > 0";
    let uid = transaction
        .prepare_cached(sql)?
        .query_row([stack], |row| row.get(0))
        .optional()?;
    let Some(uid) = uid else { return Ok(state) };
    let row = find(
        transaction,
        &UpdatePath {
            stack: path.clone(),
            uid,
        },
    )?;
    let (entries, _) = journal::read(transaction, row.id)?;
    if entries.is_empty() {
        return Ok(state);
    }
    let origin = updates::origin(transaction, &row, moment)?;
    let replayed = replay(State::from_text(&state)?, entries, &origin);
    Ok(replayed.state.to_text())
}

/// The latest state of a stack.
pub(super) fn current(transaction: &Transaction<'_>, stack: i64) -> rusqlite::Result<String> {
    before(transaction, stack, i64::MAX)
}

/// The latest state of a stack before this version.
pub(super) fn before(
    transaction: &Transaction<'_>,
    stack: i64,
    version: i64,
) -> rusqlite::Result<String> {
    let sql =
        "SELECT body FROM states WHERE stack = ?1 AND version < ?2 ORDER BY version DESC LIMIT 1";
    let mut statement = transaction.prepare_cached(sql)?;
    let found = statement
        .query_row((stack, version), |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or_else(|| EMPTY.to_owned()))
}

/// Stores the state of a stack's version.
pub(super) fn put(
    transaction: &Transaction<'_>,
    stack: i64,
    version: i64,
    body: &str,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO states (stack, version, body) VALUES (?1, ?2, ?3)
        ON CONFLICT (stack, version) DO UPDATE SET body = excluded.body";
    transaction
        .prepare_cached(sql)?
        .execute((stack, version, body))?;
    Ok(())
}

/// Replaces the latest state of a stack.
pub(super) fn change(
    transaction: &Transaction<'_>,
    stack: i64,
    change: impl FnOnce(&mut State),
) -> Result<(), UpdateError> {
    let sql = "SELECT version, body FROM states WHERE stack = ?1 ORDER BY version DESC LIMIT 1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found: Option<(i64, String)> = transaction
        .prepare_cached(sql)?
        .query_row([stack], read)
        .optional()?;
    if let Some((version, body)) = found {
        let mut state = State::from_text(&body)?;
        change(&mut state);
        put(transaction, stack, version, &state.to_text())?;
    }
    Ok(())
}
