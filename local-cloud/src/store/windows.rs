//! Coherence windows, and the outputs of stacks, which are read through them.

use super::database::Store;
use super::sql::{stack_path, unreadable, word};
use super::updates::{self, UpdateRow};
use super::{stacks, states};
use crate::domain::stacks::StackPath;
use crate::domain::state::{StackOutputs, State};
use crate::domain::updates::{NewUpdate, UpdateError, UpdatePath, UpdateStatus};
use crate::domain::windows::{Member, WindowError, WindowName, remembered_since, seen};
use crate::parts::StoreError;
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction};

/// A window from the perspective of one of its updates.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) name: String,
    pub(crate) others: Vec<InWindow>,
}

/// An update in a window.
#[derive(Clone, Debug)]
pub(crate) struct InWindow {
    pub(crate) stack: StackPath,
    pub(crate) uid: String,
    pub(crate) is_preview: bool,
    pub(crate) status: UpdateStatus,
    pub(crate) version: i64,
}

impl Store {
    /// The outputs of a stack after its latest completed update.
    pub(crate) async fn outputs(&self, path: StackPath) -> Result<StackOutputs, UpdateError> {
        self.read(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            stored(transaction, stack, None)
        })
        .await
    }

    /// The outputs of a stack for the update with the ID `reader`: if it is in a coherence window, all updates in the
    /// window see the same.
    pub(crate) async fn outputs_in_window(
        &self,
        path: StackPath,
        reader: String,
        now: Timestamp,
    ) -> Result<StackOutputs, UpdateError> {
        self.write_quietly(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            let sql = "SELECT window_ FROM updates WHERE uid = ?1";
            let window = transaction
                .prepare_cached(sql)?
                .query_row([&reader], |row| row.get(0))
                .optional()?;
            match window.ok_or(UpdateError::NoReader(reader))? {
                None => stored(transaction, stack, None),
                Some(window) => {
                    touch(transaction, window, now)?;
                    in_window(transaction, window, stack, now)
                }
            }
        })
        .await
    }

    /// The window of an update, if it has one, and the other updates in it, sorted by the names of their stacks.
    pub(crate) async fn window_of(&self, path: UpdatePath) -> Result<Option<Window>, UpdateError> {
        self.read(move |transaction| {
            let row = updates::find(transaction, &path)?;
            let Some(window) = row.window else {
                return Ok(None);
            };
            let sql = "SELECT name FROM windows WHERE id = ?1";
            let name = transaction
                .prepare_cached(sql)?
                .query_row([window], |row| row.get(0))?;
            let sql =
                "SELECT s.organization, s.project, s.name, u.uid, u.is_preview, u.status, u.version
                FROM updates u JOIN stacks s ON s.id = u.stack
                WHERE u.window_ = ?1 AND u.id <> ?2 AND u.version IS NOT NULL
                ORDER BY s.organization, s.project, s.name";
            let read = |row: &rusqlite::Row<'_>| {
                Ok(InWindow {
                    stack: stack_path(row, 0)?,
                    uid: row.get(3)?,
                    is_preview: row.get(4)?,
                    status: word(row, 5)?,
                    version: row.get(6)?,
                })
            };
            let mut statement = transaction.prepare_cached(sql)?;
            let others = statement.query_map((window, row.id), read)?;
            Ok(Some(Window {
                name,
                others: others.collect::<Result<_, _>>()?,
            }))
        })
        .await
    }

    /// Removes windows that have not been used for long and in which nothing is running.
    pub(crate) async fn forget_windows(&self, now: Timestamp) -> Result<(), StoreError> {
        self.write_quietly(move |transaction| Ok(forget(transaction, now)?))
            .await
    }
}

/// Adds an update that is about to be created to its window; returns the row of the window.
pub(super) fn join(
    transaction: &Transaction<'_>,
    path: &StackPath,
    stack: i64,
    new: &NewUpdate,
    now: Timestamp,
) -> Result<Option<i64>, UpdateError> {
    let Some(name) = &new.window else {
        return Ok(None);
    };
    forget(transaction, now)?;
    let sql = "INSERT INTO windows (organization, name, is_of_previews, last_used) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (organization, name) DO UPDATE SET last_used = excluded.last_used
        RETURNING id, is_of_previews";
    let (window, is_of_previews): (i64, bool) = transaction.prepare_cached(sql)?.query_row(
        (
            &path.organization,
            name.as_str(),
            new.is_preview,
            now.as_second(),
        ),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match (is_of_previews, new.is_preview) {
        (true, false) => return Err(WindowError::OfPreviews(name.clone()).into()),
        (false, true) => return Err(WindowError::OfUpdates(name.clone()).into()),
        _ => {}
    }
    if member(transaction, window, stack, now)?.is_some() {
        return Err(taken(name.clone(), path).into());
    }
    Ok(Some(window))
}

/// Makes an update that begins the one for its stack in its window.
pub(super) fn enter(
    transaction: &Transaction<'_>,
    row: &UpdateRow,
    now: Timestamp,
) -> Result<(), UpdateError> {
    let Some(window) = row.window else {
        return Ok(());
    };
    touch(transaction, window, now)?;
    if member(transaction, window, row.stack, now)?.is_none() {
        return Ok(());
    }
    let sql = "SELECT name FROM windows WHERE id = ?1";
    let name: String = transaction.query_row(sql, [window], |row| row.get(0))?;
    let name = WindowName::new(&name).expect("it was one when the update joined");
    Err(taken(name, &row.path.stack).into())
}

/// The outputs of a stack for a simulated update, in its window if it has one.
pub(super) fn read(
    transaction: &Transaction<'_>,
    reader: &UpdateRow,
    path: &StackPath,
    now: Timestamp,
) -> Result<StackOutputs, UpdateError> {
    let Some(stack) = stacks::row(transaction, path)? else {
        return Ok(StackOutputs::default());
    };
    match reader.window {
        None => stored(transaction, stack, None),
        Some(window) => in_window(transaction, window, stack, now),
    }
}

/// Stores the outputs that a preview in a window predicts. Those of other updates are ignored, because their results are in
/// the state.
pub(super) fn predict(
    transaction: &Transaction<'_>,
    row: &UpdateRow,
    outputs: &StackOutputs,
) -> rusqlite::Result<()> {
    let Some(window) = row.window.filter(|_| row.is_preview) else {
        return Ok(());
    };
    let sql = "INSERT INTO window_predictions (update_, window_, outputs) VALUES (?1, ?2, ?3)";
    transaction
        .prepare_cached(sql)?
        .execute((row.id, window, to_text(outputs)))?;
    Ok(())
}

fn taken(window: WindowName, stack: &StackPath) -> WindowError {
    WindowError::Taken {
        window,
        stack: stack.clone(),
    }
}

/// What the window sees of the stack, now and from now on.
fn in_window(
    transaction: &Transaction<'_>,
    window: i64,
    stack: i64,
    now: Timestamp,
) -> Result<StackOutputs, UpdateError> {
    let sql = "SELECT outputs FROM window_reads WHERE window_ = ?1 AND stack = ?2";
    let before = transaction
        .prepare_cached(sql)?
        .query_row((window, stack), |row| from_text(row, 0))
        .optional()?;
    if let Some(Some(before)) = before {
        return Ok(before);
    }
    let member = member(transaction, window, stack, now)?;
    let version = member.as_ref().and_then(Member::version_to_see);
    let seen = seen(member, stored(transaction, stack, version)?);
    let sql = "INSERT INTO window_reads (window_, stack, outputs) VALUES (?1, ?2, ?3)";
    transaction
        .prepare_cached(sql)?
        .execute((window, stack, to_text(&seen)))?;
    Ok(seen)
}

/// The window's update of the stack, if one has begun. A preview with an expired lease has expired, even before the cloud
/// ends it.
fn member(
    transaction: &Transaction<'_>,
    window: i64,
    stack: i64,
    now: Timestamp,
) -> rusqlite::Result<Option<Member>> {
    let sql = "SELECT u.is_preview, iif(u.is_preview AND u.status = 'running' AND u.lease_end <= ?3, 'expired', u.status),
            u.version, p.outputs
        FROM updates u
        LEFT JOIN window_predictions p ON p.update_ = u.id
        WHERE u.window_ = ?1 AND u.stack = ?2 AND u.status <> 'not-started'";
    let read = |row: &rusqlite::Row<'_>| {
        let is_preview: bool = row.get(0)?;
        let status: UpdateStatus = word(row, 1)?;
        Ok(match (is_preview, status) {
            (_, status) if !status.has_ended() => Member::Running,
            (false, _) => Member::Updated {
                version: row.get(2)?,
            },
            // A preview that reports no outputs has none.
            (true, UpdateStatus::Succeeded) => {
                Member::Predicted(from_text(row, 3)?.unwrap_or_default())
            }
            (true, _) => Member::Unpredicted,
        })
    };
    let mut statement = transaction.prepare_cached(sql)?;
    statement
        .query_row((window, stack, now.as_second()), read)
        .optional()
}

/// The outputs of the stack's version, or of its latest completed update.
fn stored(
    transaction: &Transaction<'_>,
    stack: i64,
    version: Option<i64>,
) -> Result<StackOutputs, UpdateError> {
    let version = match version {
        Some(version) => version,
        None => stacks::version(transaction, stack)?,
    };
    let state = states::before(transaction, stack, version + 1)?;
    Ok(StackOutputs::of(&State::from_text(&state)?))
}

fn touch(transaction: &Transaction<'_>, window: i64, now: Timestamp) -> rusqlite::Result<()> {
    let sql = "UPDATE windows SET last_used = ?1 WHERE id = ?2";
    transaction
        .prepare_cached(sql)?
        .execute((now.as_second(), window))?;
    Ok(())
}

fn forget(transaction: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<()> {
    let sql = "DELETE FROM windows WHERE last_used < ?1
        AND NOT EXISTS (SELECT 1 FROM updates WHERE window_ = windows.id AND status = 'running')";
    transaction
        .prepare_cached(sql)?
        .execute([remembered_since(now).as_second()])?;
    Ok(())
}

fn to_text(outputs: &StackOutputs) -> String {
    serde_json::to_string(outputs).expect("outputs are plain data")
}

/// Outputs in a column, if there are any.
fn from_text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<StackOutputs>> {
    let text: Option<String> = row.get(column)?;
    let read = text.map(|text| serde_json::from_str(&text));
    read.transpose().map_err(|why| unreadable(column, why))
}
