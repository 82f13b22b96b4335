//! What happens to updates, apart from looking at them.

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

/// What a lease token begins with, so it is known for what it is where it does not belong.
const TOKEN_PREFIX: &str = "lease-";

/// Begins an update that was made, and gives it a lease. `tags` replace those of the stack; `journal` is the newest form
/// of journal that the client can keep.
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

/// Makes the lease last from now on; returns when it is over, in Unix seconds.
pub(crate) async fn renew(app: &App, path: UpdatePath, lease: Digest) -> Result<i64, UpdateError> {
    app.store()
        .renew_lease(path, lease, app.clock().steady())
        .await
}

/// Ends an update with its client's word for how it went. A second time with the same word is not an error. `predicted`
/// are the outputs that a preview says the stack would have.
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

/// Ends an update for someone other than its client. A second time is not an error.
pub(crate) async fn cancel(app: &App, path: UpdatePath) -> Result<(), UpdateError> {
    app.store().cancel_update(path, app.moment()).await?;
    Ok(())
}

/// Ends the updates whose leases are over: their clients were killed, or lost the way here. Each by itself: one that cannot
/// be ended holds up no other.
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

/// Takes `state` for the stack's state, as its own update; returns its id.
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

/// Takes a whole state in the middle of an update.
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

/// Takes a whole state whose text later edits speak of. A sequence number that was there already changes nothing.
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

/// Takes edits of the state before. A sequence number that was there already changes nothing.
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
