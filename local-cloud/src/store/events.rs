//! The engine's events.

use super::database::Store;
use super::sql::unreadable;
use super::updates::{find, leased};
use crate::domain::state::Object;
use crate::domain::updates::{EventFilter, EventPage, UpdateError, UpdatePath};
use crate::parts::Digest;
use jiff::Timestamp;
use rusqlite::Transaction;

/// The page size of events.
const PAGE: usize = 500;

/// The member of the event that summarizes an update.
const SUMMARY: &str = "summaryEvent";

impl Store {
    /// Stores events of a running update by their sequence numbers. Those already stored stay unchanged.
    pub(crate) async fn append_events(
        &self,
        path: UpdatePath,
        lease: Digest,
        now: Timestamp,
        events: Vec<(i64, Object)>,
    ) -> Result<(), UpdateError> {
        self.write_quietly(move |transaction| {
            let row = leased(transaction, &path, lease, now)?;
            Ok(append(transaction, row.id, &events)?)
        })
        .await
    }

    /// Events of an update that match the filter. While it is running, events after a missing one are held back.
    pub(crate) async fn events(
        &self,
        path: UpdatePath,
        filter: EventFilter,
    ) -> Result<EventPage, UpdateError> {
        self.read(move |transaction| {
            let row = find(transaction, &path)?;
            page(transaction, row.id, row.status.has_ended(), &filter)
        })
        .await
    }
}

/// Stores events of the update with this row by their sequence numbers.
pub(super) fn append(
    transaction: &Transaction<'_>,
    update: i64,
    events: &[(i64, Object)],
) -> rusqlite::Result<()> {
    let sql =
        "INSERT OR IGNORE INTO events (update_, sequence, kind, event) VALUES (?1, ?2, ?3, ?4)";
    let mut statement = transaction.prepare_cached(sql)?;
    for (sequence, event) in events {
        let text = serde_json::to_string(event).expect("an object is JSON");
        statement.execute((update, sequence, kind(event), text))?;
        if let Some(summary) = event.read::<Object>(SUMMARY)
            && let Some(changes) = summary.raw("resourceChanges")
        {
            let sql = "UPDATE updates SET resource_changes = ?1 WHERE id = ?2";
            transaction.execute(sql, (changes.get(), update))?;
        }
    }
    Ok(())
}

fn page(
    transaction: &Transaction<'_>,
    update: i64,
    has_ended: bool,
    filter: &EventFilter,
) -> Result<EventPage, UpdateError> {
    let mut last = filter.after.unwrap_or(-1);
    let sql = "SELECT sequence, kind, event FROM events WHERE update_ = ?1 AND sequence > ?2 ORDER BY sequence";
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query((update, last))?;
    let mut events = Vec::new();
    let mut is_all = has_ended;
    while let Some(row) = rows.next()? {
        let sequence: i64 = row.get(0)?;
        if !has_ended && sequence != last + 1 {
            break;
        }
        if events.len() == PAGE {
            is_all = false;
            break;
        }
        last = sequence;
        let (kind, event): (String, String) = (row.get(1)?, row.get(2)?);
        let event = serde_json::from_str(&event).map_err(|why| unreadable(2, why))?;
        if passes(filter, &kind, &event) {
            events.push(told(event, &kind));
        }
    }
    Ok(EventPage {
        events,
        next: (!is_all).then_some(last),
    })
}

/// The name of the member that determines the kind of the event.
fn kind(event: &Object) -> &str {
    event
        .names()
        .find(|name| name.ends_with("Event"))
        .unwrap_or_default()
}

/// An event in the form of the API: with the name of its member, and without its sequence number, which only its client
/// uses.
fn told(mut event: Object, kind: &str) -> Object {
    event.take("sequence");
    event.set("type", kind);
    event
}

fn passes(filter: &EventFilter, kind: &str, event: &Object) -> bool {
    let is_kind = filter.kinds.is_empty() || filter.kinds.iter().any(|wanted| wanted == kind);
    let is_about = |wanted: &String| {
        let inner = event.read::<Object>(kind);
        let urn = |inner: Object| {
            let metadata = inner.read::<Object>("metadata").unwrap_or_default();
            metadata.text("urn").or_else(|| inner.text("urn"))
        };
        inner.and_then(urn).as_ref() == Some(wanted)
    };
    is_kind && filter.urn.as_ref().is_none_or(is_about)
}
