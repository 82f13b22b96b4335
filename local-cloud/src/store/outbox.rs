//! Events that webhooks have yet to receive.
//!
//! An event is added in the transaction that causes it, and removed in the one that records its consequences. So a process
//! that is killed in between loses neither without the other.

use crate::domain::happenings::Happening;
use crate::parts::StoreError;
use rusqlite::Transaction;

/// Adds an event.
pub(super) fn put(transaction: &Transaction<'_>, happening: &Happening) -> Result<(), StoreError> {
    let happening = serde_json::to_string(happening).expect("a happening is plain data");
    transaction
        .prepare_cached("INSERT INTO outbox (happening) VALUES (?1)")?
        .execute([happening])?;
    Ok(())
}
