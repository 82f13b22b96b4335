//! The operations on updates.

use crate::app::App;
use crate::domain::capabilities::Capability;
use crate::domain::stacks::StackPath;
use crate::domain::state::{
    Edit, InvalidState, Raw, StackOutputs, State, Untyped, apply_delta, journal_for,
};
use crate::domain::updates::{NewUpdate, Outcome, Started, UpdateError, UpdateKind, UpdatePath};
use crate::parts::{Digest, log, random_hex};
use std::collections::BTreeMap;
use tracing::info;

/// The prefix of a lease token, which makes one recognizable in the wrong place.
const TOKEN_PREFIX: &str = "lease-";

/// Begins an update that was created, and gives it a lease. `tags` replace those of the stack; `journal` is the newest
/// version of the journal that the client supports.
pub(crate) async fn begin(
    app: &App,
    path: UpdatePath,
    tags: Option<BTreeMap<String, String>>,
    journal: Option<i64>,
) -> Result<Started, UpdateError> {
    let token = format!("{TOKEN_PREFIX}{}", random_hex::<32>()?);
    let journal = journal_for(journal, app.capabilities().has(Capability::StateMigrations));
    let started = app
        .store()
        .start_update(path, tags, journal, Digest::of(&token), app.moment())
        .await?;
    Ok(Started { token, ..started })
}

/// Renews the lease from now on; returns when it ends, in Unix seconds.
pub(crate) async fn renew(app: &App, path: UpdatePath, lease: Digest) -> Result<i64, UpdateError> {
    app.store()
        .renew_lease(path, lease, app.clock().steady())
        .await
}

/// Ends an update with the result that its client reports. Repeating the same result is not an error. `predicted` are the
/// outputs that a preview predicts.
pub(crate) async fn complete(
    app: &App,
    path: UpdatePath,
    lease: Digest,
    outcome: Outcome,
    predicted: StackOutputs,
) -> Result<(), UpdateError> {
    app.store()
        .complete_update(path, lease, outcome.into(), predicted, app.moment())
        .await?;
    Ok(())
}

/// Cancels an update for someone other than its client. Repeating this is not an error.
pub(crate) async fn cancel(app: &App, path: UpdatePath) -> Result<(), UpdateError> {
    app.store().cancel_update(path, app.moment()).await?;
    Ok(())
}

/// Ends the updates whose leases are over: their clients were killed or have lost the connection. If one cannot be ended,
/// the others still are.
pub(crate) async fn end_abandoned(app: &App) -> Result<(), UpdateError> {
    let overdue = app.store().overdue_updates(app.moment()).await?;
    let mut n_ended = 0;
    for path in overdue {
        let what = format!(
            "update {} of stack `{}` cannot be ended",
            path.uid, path.stack
        );
        match app.store().expire_update(path, app.moment()).await {
            Ok(()) => n_ended += 1,
            Err(error) => log::warn(&what, &error),
        }
    }
    if n_ended > 0 {
        info!(
            updates = n_ended,
            "ended {n_ended} updates whose leases were over"
        );
    }
    Ok(())
}

/// Imports `state` as the stack's state, as a separate update; returns its ID.
pub(crate) async fn import(
    app: &App,
    path: StackPath,
    state: Untyped,
) -> Result<String, UpdateError> {
    let text = state.to_text()?;
    let update = NewUpdate {
        kind: UpdateKind::Import,
        is_preview: false,
        message: String::new(),
        environment: BTreeMap::new(),
        config: None,
        window: None,
    };
    let uid = app
        .store()
        .import_state(path, update, text, app.moment())
        .await?;
    Ok(uid)
}

/// Stores a whole state in the middle of an update.
pub(crate) async fn upload_checkpoint(
    app: &App,
    path: UpdatePath,
    lease: Digest,
    state: Untyped,
) -> Result<(), UpdateError> {
    let text = state.to_text()?;
    app.store()
        .upload_state(path, lease, app.clock().steady(), None, |_| Ok(text))
        .await
}

/// Stores a whole state whose text is the base of later edits. A known sequence number changes nothing.
pub(crate) async fn upload_verbatim(
    app: &App,
    path: UpdatePath,
    lease: Digest,
    sequence: i64,
    state: Raw,
) -> Result<(), UpdateError> {
    State::check_given(state.get())?;
    let text = String::from(Box::<str>::from(state));
    app.store()
        .upload_state(path, lease, app.clock().steady(), Some(sequence), |_| {
            Ok(text)
        })
        .await
}

/// Applies edits to the previous state. A known sequence number changes nothing.
pub(crate) async fn upload_delta(
    app: &App,
    path: UpdatePath,
    lease: Digest,
    sequence: i64,
    edits: Vec<Edit>,
    hash: String,
) -> Result<(), UpdateError> {
    let apply = move |before: &str| -> Result<String, InvalidState> {
        let text = apply_delta(before, &edits, &hash)?;
        State::check_given(&text)?;
        Ok(text)
    };
    app.store()
        .upload_state(path, lease, app.clock().steady(), Some(sequence), apply)
        .await
}

#[cfg(test)]
#[path = "updates_tests.rs"]
mod tests;
