//! The requests that have arrived, for tests.

use axum::http::{Method, StatusCode};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many requests are kept; the oldest are removed first.
const CAPACITY: usize = 10_000;

/// How much of a path is kept, in bytes, so that no one can fill the memory with paths.
const MAX_PATH: usize = 512;

/// A request that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRequest {
    /// Its method.
    pub method: Method,
    /// Its path as sent, without the query; only the beginning of a very long one.
    pub path: String,
    /// The status of its answer; `None` before the answer, and if the answer was lost.
    pub status: Option<StatusCode>,
}

impl fmt::Display for LoggedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.method, self.path)?;
        match self.status {
            Some(status) => write!(f, "{}", status.as_u16()),
            None => f.write_str("no answer"),
        }
    }
}

/// The requests, in the order of their arrival.
#[derive(Debug, Default)]
pub struct RequestLog(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    requests: VecDeque<LoggedRequest>,
    /// The number of requests before those above.
    n_gone: usize,
}

impl RequestLog {
    /// Takes the requests that have arrived since the last call.
    pub fn take(&self) -> Vec<LoggedRequest> {
        let mut entries = self.entries();
        entries.n_gone += entries.requests.len();
        entries.requests.drain(..).collect()
    }

    /// Records a request; returns the number for [`RequestLog::answered`].
    pub(crate) fn arrived(&self, method: Method, path: &str) -> usize {
        let path = path[..path.floor_char_boundary(MAX_PATH)].to_owned();
        let mut entries = self.entries();
        if entries.requests.len() == CAPACITY {
            entries.requests.pop_front();
            entries.n_gone += 1;
        }
        entries.requests.push_back(LoggedRequest {
            method,
            path,
            status: None,
        });
        entries.n_gone + entries.requests.len() - 1
    }

    /// Records the status of an answer, if the request has not been taken yet.
    pub(crate) fn answered(&self, number: usize, status: StatusCode) {
        let mut entries = self.entries();
        let index = number.checked_sub(entries.n_gone);
        if let Some(request) = index.and_then(|index| entries.requests.get_mut(index)) {
            request.status = Some(status);
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(log: &RequestLog) -> Vec<String> {
        log.take().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn answers_find_their_requests() {
        let log = RequestLog::default();
        let first = log.arrived(Method::POST, "/a");
        let second = log.arrived(Method::GET, "/b");
        log.answered(second, StatusCode::OK);
        assert_eq!(lines(&log), ["POST /a no answer", "GET /b 200"]);
        let third = log.arrived(Method::GET, "/c");
        log.answered(first, StatusCode::CREATED);
        log.answered(third, StatusCode::NOT_FOUND);
        assert_eq!(lines(&log), ["GET /c 404"]);
        assert_eq!(lines(&log), [""; 0]);
    }

    #[test]
    fn a_long_path_is_cut() {
        let log = RequestLog::default();
        log.arrived(Method::GET, &"/é".repeat(MAX_PATH));
        let kept = log.take().remove(0).path;
        assert!(kept.len() <= MAX_PATH && kept.starts_with("/é/é"));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let log = RequestLog::default();
        let numbers: Vec<_> = (0..=CAPACITY)
            .map(|n| log.arrived(Method::GET, &format!("/{n}")))
            .collect();
        log.answered(numbers[0], StatusCode::OK);
        log.answered(numbers[1], StatusCode::OK);
        let requests = log.take();
        assert_eq!(requests.len(), CAPACITY);
        assert_eq!(requests[0].to_string(), "GET /1 200");
        assert_eq!(requests[1].to_string(), "GET /2 no answer");
    }
}
