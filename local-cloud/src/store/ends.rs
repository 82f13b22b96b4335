//! The end of updates: the state, the stack, the history and the outbox change together or not at all.

use super::database::Store;
use super::updates::{self, UpdateRow, held_by};
use super::{bounds, events, history, joins, journal, outbox, references, stacks, states, windows};
use crate::domain::happenings::Happening;
use crate::domain::moment::Moment;
use crate::domain::simulation;
use crate::domain::stacks::StackPath;
use crate::domain::state::{
    Object, StackOutputs, State, joins as joined_in, references as found_in, replay,
};
use crate::domain::updates::{NewUpdate, UpdateError, UpdatePath, UpdateStatus};
use crate::parts::Digest;
use rusqlite::{OptionalExtension as _, Transaction, named_params};

/// What to do if entries of the journal are missing or invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnGap {
    /// Refuse to end the update.
    Refuse,
    /// Use the entries before: the others will not arrive.
    StopBefore,
}

impl Store {
    /// Ends a running update with its client's result. One that has already ended with this result stays unchanged.
    /// `predicted` are the outputs that a preview predicts.
    pub(crate) async fn complete_update(
        &self,
        path: UpdatePath,
        lease: Digest,
        status: UpdateStatus,
        predicted: StackOutputs,
        moment: Moment,
    ) -> Result<(), UpdateError> {
        self.write(move |transaction| {
            let row = updates::find(transaction, &path)?;
            held_by(&row, lease)?;
            if row.status == status {
                return Ok(());
            }
            let row = updates::leased(transaction, &path, lease, moment.steady)?;
            if status == UpdateStatus::Succeeded {
                windows::predict(transaction, &row, &predicted)?;
            }
            end(transaction, &row, status, &moment, OnGap::Refuse)
        })
        .await
    }

    /// Ends an update for its client, whether its lease is valid or not. One that was already cancelled stays unchanged.
    pub(crate) async fn cancel_update(
        &self,
        path: UpdatePath,
        moment: Moment,
    ) -> Result<(), UpdateError> {
        self.write(move |transaction| {
            let row = updates::find(transaction, &path)?;
            match row.status {
                UpdateStatus::Running => end(
                    transaction,
                    &row,
                    UpdateStatus::Cancelled,
                    &moment,
                    OnGap::StopBefore,
                ),
                UpdateStatus::Cancelled => Ok(()),
                UpdateStatus::NotStarted => Err(UpdateError::NotBegun),
                status => Err(UpdateError::Ended(status)),
            }
        })
        .await
    }

    /// The updates with expired leases, oldest first.
    pub(crate) async fn overdue_updates(
        &self,
        moment: Moment,
    ) -> Result<Vec<UpdatePath>, UpdateError> {
        self.read(move |transaction| updates::overdue(transaction, moment.steady))
            .await
    }

    /// Ends an update with an expired lease. Does nothing if it was renewed or has ended meanwhile.
    pub(crate) async fn expire_update(
        &self,
        path: UpdatePath,
        moment: Moment,
    ) -> Result<(), UpdateError> {
        self.write(move |transaction| {
            let row = updates::find(transaction, &path)?;
            if row.status == UpdateStatus::Running && row.lease_end <= moment.steady.as_second() {
                let (expired, gap) = (UpdateStatus::Expired, OnGap::StopBefore);
                end(transaction, &row, expired, &moment, gap)?;
            }
            Ok(())
        })
        .await
    }

    /// Imports a state as the stack's, as an update that takes no time; returns its ID.
    pub(crate) async fn import_state(
        &self,
        path: StackPath,
        new: NewUpdate,
        state: String,
        moment: Moment,
    ) -> Result<String, UpdateError> {
        self.write(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            must_be_idle(transaction, stack, &moment)?;
            let version = stacks::version(transaction, stack)? + 1;
            let (id, uid) = updates::insert(transaction, stack, &new, None)?;
            let sql = "UPDATE updates SET version = ?1, started = ?2 WHERE id = ?3";
            transaction.execute(sql, (version, moment.seconds(), id))?;
            states::put(transaction, stack, version, &state)?;
            let update = UpdatePath {
                stack: path,
                uid: uid.clone(),
            };
            let row = updates::find(transaction, &update)?;
            end(
                transaction,
                &row,
                UpdateStatus::Succeeded,
                &moment,
                OnGap::Refuse,
            )?;
            Ok(uid)
        })
        .await
    }
}

/// Records an operation that takes no time and does not change the stack's state, and notifies webhooks; returns its row.
/// `outputs` are those that a preview predicts, which override those of the stack.
pub(super) fn record(
    transaction: &Transaction<'_>,
    path: &StackPath,
    new: &NewUpdate,
    status: UpdateStatus,
    outputs: Object,
    moment: &Moment,
) -> Result<i64, UpdateError> {
    let stack = stacks::known_row(transaction, path)?;
    let before = stacks::version(transaction, stack)?;
    let version = if new.is_preview {
        before
    } else {
        must_be_idle(transaction, stack, moment)?;
        before + 1
    };
    let window = windows::join(transaction, path, stack, new, moment.steady)?;
    let (id, uid) = updates::insert(transaction, stack, new, window)?;
    let sql = "UPDATE updates SET version = ?1, started = ?2, resource_changes = '{\"same\":1}' WHERE id = ?3";
    transaction
        .prepare_cached(sql)?
        .execute((version, moment.seconds(), id))?;
    let row = updates::find(
        transaction,
        &UpdatePath {
            stack: path.clone(),
            uid,
        },
    )?;
    if new.is_preview && status == UpdateStatus::Succeeded {
        simulate(transaction, &row, outputs, moment)?;
    }
    end(transaction, &row, status, moment, OnGap::Refuse)?;
    Ok(id)
}

/// Records the events of a simulated preview, and its predicted outputs.
fn simulate(
    transaction: &Transaction<'_>,
    row: &UpdateRow,
    outputs: Object,
    moment: &Moment,
) -> Result<(), UpdateError> {
    let state = State::from_text(&states::current(transaction, row.stack)?)?;
    let read = |other: &StackPath| windows::read(transaction, row, other, moment.steady);
    let said = simulation::preview(&row.path.stack, &state, outputs, read)?;
    let numbered: Vec<_> = (0..).zip(said.events).collect();
    events::append(transaction, row.id, &numbered)?;
    Ok(windows::predict(transaction, row, &said.outputs)?)
}

/// Ends an update: its state is final, its lease is invalid, the stack is free, and webhooks are notified.
fn end(
    transaction: &Transaction<'_>,
    row: &UpdateRow,
    status: UpdateStatus,
    moment: &Moment,
    on_gap: OnGap,
) -> Result<(), UpdateError> {
    let now = moment.seconds();
    let mut n_resources = 0;
    if !row.is_preview {
        if row.journal_version.is_some() {
            fold_journal(transaction, row, moment, on_gap)?;
        }
        n_resources = settle(transaction, row.stack, &row.path.stack)?;
        let sql = "UPDATE stacks SET version = ?1, last_update = ?2 WHERE id = ?3";
        transaction
            .prepare_cached(sql)?
            .execute((row.version, now, row.stack))?;
    }
    let sql =
        "UPDATE updates SET status = :status, ended = :now, resource_count = :n WHERE id = :id";
    transaction.prepare_cached(sql)?.execute(named_params! {
        ":status": status.as_str(),
        ":now": now,
        ":n": n_resources,
        ":id": row.id,
    })?;
    bounds::forget_updates(transaction, row.stack, row.is_preview)?;
    let update = history::read_one(transaction, row.id)?;
    let changes = serde_json::from_str(update.resource_changes.get()).unwrap_or_default();
    let happening = Happening::of_update(&row.path.stack, &update, &moment.base_url, changes);
    Ok(outbox::put(transaction, &happening)?)
}

/// Ensures that no update of the stack is running. One with an expired lease is ended.
pub(super) fn must_be_idle(
    transaction: &Transaction<'_>,
    stack: i64,
    moment: &Moment,
) -> Result<(), UpdateError> {
    let sql = "SELECT uid FROM updates WHERE stack = ?1 AND status = 'running' AND NOT is_preview";
    let uid = transaction
        .prepare_cached(sql)?
        .query_row([stack], |row| row.get(0))
        .optional()?;
    let Some(uid) = uid else { return Ok(()) };
    let stack = stacks::path(transaction, stack)?;
    let row = updates::find(transaction, &UpdatePath { stack, uid })?;
    if row.lease_end > moment.steady.as_second() {
        return Err(UpdateError::Busy);
    }
    end(
        transaction,
        &row,
        UpdateStatus::Expired,
        moment,
        OnGap::StopBefore,
    )
}

/// Turns the journal of an update into the stack's state.
fn fold_journal(
    transaction: &Transaction<'_>,
    row: &UpdateRow,
    moment: &Moment,
    on_gap: OnGap,
) -> Result<(), UpdateError> {
    let (entries, gap) = journal::read(transaction, row.id)?;
    if let (Some(missing), OnGap::Refuse) = (gap, on_gap) {
        return Err(UpdateError::Gap(missing));
    }
    if !entries.is_empty() {
        let origin = updates::origin(transaction, row, moment)?;
        let base = states::before(transaction, row.stack, row.version)?;
        let replayed = replay(State::from_text(&base)?, entries, &origin);
        if let (Some(misfit), OnGap::Refuse) = (replayed.misfit, on_gap) {
            return Err(misfit.into());
        }
        let state = replayed.state.to_text();
        states::put(transaction, row.stack, row.version, &state)?;
    }
    journal::forget(transaction, row.id)?;
    Ok(())
}

/// Derives from the stack's state the number of its resources, its references, and its joins.
pub(super) fn settle(
    transaction: &Transaction<'_>,
    stack: i64,
    path: &StackPath,
) -> Result<i64, UpdateError> {
    let state = State::from_text(&states::current(transaction, stack)?)?;
    let n_resources =
        i64::try_from(state.deployment.resources.len()).expect("there are not that many");
    let sql = "UPDATE stacks SET resource_count = ?1 WHERE id = ?2";
    transaction
        .prepare_cached(sql)?
        .execute((n_resources, stack))?;
    references::replace(transaction, stack, &found_in(path, &state))?;
    joins::replace(transaction, stack, &joined_in(path, &state))?;
    Ok(n_resources)
}
