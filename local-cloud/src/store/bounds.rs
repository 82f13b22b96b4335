//! Removes old data of a stack, so that a cloud does not grow forever: the engine's events, the logs of deployments, old
//! states. The history itself and the newest state stay.

use rusqlite::{Transaction, named_params};

/// The number of updates, previews and deployments of a stack for which everything is kept.
pub(super) const KEPT: i64 = 100;

/// How many old ones are cleaned up at once: more than one only in a database of an older version.
const N_AT_ONCE: i64 = 16;

/// Removes the events of the stack's oldest updates or previews, and their states.
pub(super) fn forget_updates(
    transaction: &Transaction<'_>,
    stack: i64,
    is_preview: bool,
) -> rusqlite::Result<()> {
    let events = "DELETE FROM events WHERE update_ IN (SELECT id FROM updates
        WHERE stack = :stack AND is_preview = :is_preview AND version IS NOT NULL
        ORDER BY version DESC, id DESC LIMIT :n OFFSET :kept)";
    transaction.prepare_cached(events)?.execute(named_params! {
        ":stack": stack,
        ":is_preview": is_preview,
        ":n": N_AT_ONCE,
        ":kept": KEPT,
    })?;
    if is_preview {
        return Ok(());
    }
    // An update that changed nothing has no state; so the newest one before the first that is kept is still needed.
    let states = "DELETE FROM states WHERE stack = :stack AND version < (SELECT max(s.version) FROM states s
        WHERE s.stack = :stack AND s.version <= 1 + (SELECT version FROM stacks WHERE id = :stack) - :kept)";
    transaction
        .prepare_cached(states)?
        .execute(named_params! { ":stack": stack, ":kept": KEPT })?;
    Ok(())
}

/// Removes the logs of the oldest deployments of this one's stack; their steps stay.
pub(super) fn forget_logs(transaction: &Transaction<'_>, deployment: i64) -> rusqlite::Result<()> {
    let sql = "DELETE FROM deployment_log WHERE line IS NOT NULL AND deployment IN (SELECT id FROM deployments
        WHERE stack = (SELECT stack FROM deployments WHERE id = :id)
        ORDER BY version DESC LIMIT :n OFFSET :kept)";
    transaction.prepare_cached(sql)?.execute(named_params! {
        ":id": deployment,
        ":n": N_AT_ONCE,
        ":kept": KEPT,
    })?;
    Ok(())
}
