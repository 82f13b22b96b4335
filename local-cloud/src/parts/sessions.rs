//! The sessions of browsers, and the keys that begin one.
//!
//! Only digests are kept, in memory, so sessions end with the process.

use super::digest::Digest;
use super::secrets::{SecretsError, random_hex};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long a session lasts.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// The maximum number of sessions, and of keys; the oldest are removed first.
const CAPACITY: usize = 64;

/// The sessions of a cloud's console.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    keys: VecDeque<Digest>,
    sessions: VecDeque<Session>,
}

struct Session {
    token: Digest,
    form_token: String,
    end: Timestamp,
}

/// The token that every form of a session must contain, and that no other site can know.
#[derive(Clone)]
pub(crate) struct FormToken(String);

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

impl fmt::Debug for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormToken")
    }
}

impl FormToken {
    /// Its text for a form.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `given` is this token, in constant time.
    pub(crate) fn is(&self, given: &str) -> bool {
        Digest::of(&self.0).is_of(given)
    }
}

impl Sessions {
    /// Creates a key that begins one session.
    pub(crate) fn make_key(&self) -> Result<String, SecretsError> {
        let key = random_hex::<32>()?;
        push(&mut self.kept().keys, Digest::of(&key));
        Ok(key)
    }

    /// Whether `given` is a key that has not been used. It counts as used from now on.
    pub(crate) fn use_key(&self, given: &str) -> bool {
        let keys = &mut self.kept().keys;
        let found = keys.iter().position(|key| key.is_of(given));
        found.and_then(|index| keys.remove(index)).is_some()
    }

    /// Begins a session; returns the token for the browser.
    pub(crate) fn begin(&self, now: Timestamp) -> Result<String, SecretsError> {
        let token = random_hex::<32>()?;
        let session = Session {
            token: Digest::of(&token),
            form_token: random_hex::<32>()?,
            end: now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX),
        };
        push(&mut self.kept().sessions, session);
        Ok(token)
    }

    /// The form token of the session with this token, if the session is not over.
    pub(crate) fn find(&self, token: &str, now: Timestamp) -> Option<FormToken> {
        let kept = self.kept();
        let mut sessions = kept.sessions.iter();
        let found = sessions.find(|session| session.end > now && session.token.is_of(token))?;
        Some(FormToken(found.form_token.clone()))
    }

    /// Ends a session.
    pub(crate) fn end(&self, token: &str) {
        self.kept()
            .sessions
            .retain(|session| !session.token.is_of(token));
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == CAPACITY {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_once() {
        let sessions = Sessions::default();
        let (a, b) = (sessions.make_key().unwrap(), sessions.make_key().unwrap());
        assert!(!sessions.use_key("") && !sessions.use_key("x"));
        assert!(sessions.use_key(&b));
        assert!(!sessions.use_key(&b));
        assert!(sessions.use_key(&a));
    }

    #[test]
    fn a_session_is_over_some_day() {
        let sessions = Sessions::default();
        let now = Timestamp::UNIX_EPOCH;
        let token = sessions.begin(now).unwrap();
        let form_token = sessions.find(&token, now).unwrap();
        assert!(form_token.is(form_token.as_str()) && !form_token.is("") && !form_token.is(&token));
        assert!(sessions.find("x", now).is_none());
        let late = now + SignedDuration::from_hours(23);
        assert!(sessions.find(&token, late).is_some());
        assert!(
            sessions
                .find(&token, late + SignedDuration::from_hours(1))
                .is_none()
        );
    }

    #[test]
    fn sessions_end_one_by_one() {
        let sessions = Sessions::default();
        let now = Timestamp::UNIX_EPOCH;
        let (a, b) = (sessions.begin(now).unwrap(), sessions.begin(now).unwrap());
        sessions.end(&a);
        assert!(sessions.find(&a, now).is_none() && sessions.find(&b, now).is_some());
        for _ in 0..CAPACITY {
            sessions.begin(now).unwrap();
        }
        assert!(sessions.find(&b, now).is_none(), "the oldest is forgotten");
    }
}
