//! Opened environments: a client opens one, and reads its values by the session's ID.
//!
//! They are kept in memory, so they end with the process, and no file contains their secrets.

use super::secrets::{SecretsError, random_hex};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The maximum number; the oldest are removed first.
const CAPACITY: usize = 256;

/// The opened environments.
#[derive(Default)]
pub(crate) struct OpenedEnvironments(Mutex<VecDeque<Opened>>);

struct Opened {
    id: String,
    /// The path below which it can be read.
    place: String,
    value: Value,
    end: Timestamp,
}

impl fmt::Debug for OpenedEnvironments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenedEnvironments")
    }
}

impl OpenedEnvironments {
    /// Stores an evaluated environment until `end`; returns the session's ID.
    pub(crate) fn keep(
        &self,
        place: String,
        value: Value,
        end: Timestamp,
    ) -> Result<String, SecretsError> {
        let id = random_hex::<16>()?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == CAPACITY {
            kept.pop_front();
        }
        kept.push_back(Opened {
            id: id.clone(),
            place,
            value,
            end,
        });
        Ok(id)
    }

    /// An evaluated environment, unless its time is over.
    pub(crate) fn find(&self, place: &str, id: &str, now: Timestamp) -> Option<Value> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|opened| now < opened.end);
        let found = kept
            .iter()
            .find(|opened| opened.id == id && opened.place == place);
        found.map(|opened| opened.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_where_they_were_opened_until_their_time_is_over() {
        let opened = OpenedEnvironments::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        let id = opened
            .keep("acme/web/dev".into(), 1.into(), at(10))
            .unwrap();
        assert_eq!(opened.find("acme/web/dev", &id, at(9)), Some(1.into()));
        assert_eq!(opened.find("acme/web/prod", &id, at(9)), None);
        assert_eq!(opened.find("acme/web/dev", &id, at(10)), None);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let opened = OpenedEnvironments::default();
        let end = Timestamp::from_second(10).unwrap();
        let keep = || opened.keep("p".into(), 1.into(), end).unwrap();
        let first = keep();
        let others: Vec<_> = (0..CAPACITY).map(|_| keep()).collect();
        assert_eq!(opened.find("p", &first, Timestamp::UNIX_EPOCH), None);
        assert!(
            others
                .iter()
                .all(|id| opened.find("p", id, Timestamp::UNIX_EPOCH).is_some())
        );
    }
}
