//! What happened and is still to be told to webhooks.
//!
//! A happening is written in the transaction that makes it happen, and leaves in the one that records what became of
//! it, so a process that is killed in between loses neither without the other.

use crate::domain::happenings::Happening;
use crate::parts::StoreError;
use rusqlite::Transaction;

/// Keeps a happening until it has been told.
pub(super) fn put(transaction: &Transaction<'_>, happening: &Happening) -> Result<(), StoreError> {
    let happening = serde_json::to_string(happening).expect("a happening is plain data");
    transaction
        .prepare_cached("INSERT INTO outbox (happening) VALUES (?1)")?
        .execute([happening])?;
    Ok(())
}
