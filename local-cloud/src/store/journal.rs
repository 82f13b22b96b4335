//! The journals of running updates.

use super::database::Store;
use super::sql::unreadable;
use super::updates::leased;
use crate::domain::state::{Entry, Raw};
use crate::domain::updates::{UpdateError, UpdatePath};
use crate::parts::Digest;
use jiff::Timestamp;
use rusqlite::Transaction;

impl Store {
    /// Stores entries of a running update's journal with their original texts. Those already stored stay unchanged.
    pub(crate) async fn append_journal(
        &self,
        path: UpdatePath,
        lease: Digest,
        now: Timestamp,
        entries: Vec<(Entry, Raw)>,
    ) -> Result<(), UpdateError> {
        self.write_quietly(move |transaction| {
            let row = leased(transaction, &path, lease, now)?;
            let known = row.journal_version.ok_or(UpdateError::NoJournal)?;
            let sql =
                "INSERT OR IGNORE INTO journal (update_, sequence, entry) VALUES (?1, ?2, ?3)";
            let mut statement = transaction.prepare_cached(sql)?;
            for (entry, text) in &entries {
                if entry.version > known {
                    return Err(UpdateError::NewerEntry {
                        sequence_id: entry.sequence_id,
                        version: entry.version,
                        known,
                    });
                }
                statement.execute((row.id, entry.sequence_id, text.get()))?;
            }
            Ok(())
        })
        .await
    }
}

/// The entries of a journal in order, up to the first missing one, and the number of that one if there are later entries.
pub(super) fn read(
    transaction: &Transaction<'_>,
    update: i64,
) -> rusqlite::Result<(Vec<Entry>, Option<i64>)> {
    let sql = "SELECT sequence, entry FROM journal WHERE update_ = ?1 ORDER BY sequence";
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query([update])?;
    let mut entries = Vec::new();
    for expected in 1.. {
        let Some(row) = rows.next()? else { break };
        if row.get::<_, i64>(0)? != expected {
            return Ok((entries, Some(expected)));
        }
        let entry = Entry::from_text(row.get_ref(1)?.as_str()?);
        entries.push(entry.map_err(|why| unreadable(1, why))?);
    }
    Ok((entries, None))
}

/// Deletes a journal that was turned into a state.
pub(super) fn forget(transaction: &Transaction<'_>, update: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM journal WHERE update_ = ?1")?
        .execute([update])?;
    Ok(())
}
