//! Faults that a test injects: wrong statuses, lost answers, cut bodies, delays.
//!
//! A test defines them in advance with a [`Fault`] for certain requests, or decides about each request with a [`Watch`].

use axum::http::{Method, StatusCode};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A fault of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is done, and this is the answer.
    Status {
        /// The status.
        status: StatusCode,
        /// The text of a `Retry-After` header: seconds, or an HTTP date.
        retry_after: Option<String>,
        /// The body; by default the JSON of the cloud for this status.
        body: Option<String>,
    },
    /// Nothing is done, and the connection is closed without an answer.
    Reset,
    /// The work is done, and the connection is closed without an answer.
    AnswerLost,
    /// The work is done, and this is answered instead.
    Replaced {
        /// The status; by default that of the replaced answer.
        status: Option<StatusCode>,
        /// The body; by default the JSON of the cloud for the status.
        body: Option<String>,
    },
    /// The work is done, and half of the answer's body is sent. An answer without a body is lost.
    Cut,
    /// The work is done, and the answer's body pauses halfway without ending, until the server stops. An answer without a
    /// body never begins.
    Stalled,
    /// The work begins after this delay. A server that stops does not wait for it.
    Delay(Duration),
}

impl Trouble {
    /// Nothing is done, and the answer has this status with its usual body.
    ///
    /// # Panics
    ///
    /// If `code` is not an HTTP status (100 to 999).
    pub fn status(code: u16) -> Trouble {
        let status = StatusCode::from_u16(code).expect("a test asks for a status that exists");
        Trouble::Status {
            status,
            retry_after: None,
            body: None,
        }
    }
}

/// A fault, and the requests that it affects.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Absent for any method and path.
    on: Option<(Method, String)>,
    trouble: Trouble,
    n_left: usize,
}

impl Fault {
    /// A fault for the next request with this method and path.
    ///
    /// A segment of the path in braces, such as `{stack}`, matches any segment. The rest is compared with the path as sent,
    /// without its query.
    pub fn on(method: Method, path: &str, trouble: Trouble) -> Fault {
        Fault {
            on: Some((method, path.to_owned())),
            trouble,
            n_left: 1,
        }
    }

    /// A fault for the next request of any kind.
    pub fn on_any(trouble: Trouble) -> Fault {
        Fault {
            on: None,
            trouble,
            n_left: 1,
        }
    }

    /// The same fault for the next `n` such requests.
    #[must_use]
    pub fn times(mut self, n: usize) -> Fault {
        self.n_left = n;
        self
    }

    fn is_met_by(&self, method: &Method, path: &str) -> bool {
        let fits =
            |(wanted, pattern): &(Method, String)| wanted == method && matches_path(pattern, path);
        self.n_left > 0 && self.on.as_ref().is_none_or(fits)
    }
}

/// Sees every request, and may inject a fault.
pub trait Watch: Send + Sync {
    /// A request with this method and path has arrived, and nothing has been done yet. Returns the fault to inject.
    fn arrived(&self, method: &Method, path: &str) -> Option<Trouble>;

    /// A request was carried out or refused, and no byte of the answer has been sent.
    fn done(&self, _method: &Method, _path: &str) {}
}

/// The pending faults. A request gets the first one that matches, in the order in which they were added, or else the one
/// from the watch.
#[derive(Default)]
pub struct Faults {
    waiting: Mutex<Vec<Fault>>,
    watch: Mutex<Option<Arc<dyn Watch>>>,
}

impl Faults {
    /// Adds a fault after the pending ones.
    pub fn add(&self, fault: Fault) {
        self.waiting().push(fault);
    }

    /// How many requests have yet to get a fault; 0 when every fault has happened.
    pub fn n_waiting(&self) -> usize {
        self.waiting().iter().map(|fault| fault.n_left).sum()
    }

    /// Removes all pending faults.
    pub fn clear(&self) {
        self.waiting().clear();
    }

    /// Lets `watch` see every request from now on, instead of the previous one.
    pub fn watch(&self, watch: impl Watch + 'static) {
        *self.watching() = Some(Arc::new(watch));
    }

    /// Removes the watch.
    pub fn unwatch(&self) {
        *self.watching() = None;
    }

    /// Takes the fault for this request.
    pub(crate) fn meet(&self, method: &Method, path: &str) -> Option<Trouble> {
        let watch = self.watching().clone();
        // It also sees requests that get a predefined fault.
        let decided = watch.and_then(|watch| watch.arrived(method, path));
        self.scripted(method, path).or(decided)
    }

    /// Notifies the watch that a request's work is done.
    pub(crate) fn done(&self, method: &Method, path: &str) {
        let watch = self.watching().clone();
        if let Some(watch) = watch {
            watch.done(method, path);
        }
    }

    fn scripted(&self, method: &Method, path: &str) -> Option<Trouble> {
        let mut waiting = self.waiting();
        let fault = waiting
            .iter_mut()
            .find(|fault| fault.is_met_by(method, path))?;
        fault.n_left -= 1;
        let trouble = fault.trouble.clone();
        waiting.retain(|fault| fault.n_left > 0);
        Some(trouble)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watching(&self) -> MutexGuard<'_, Option<Arc<dyn Watch>>> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults")
            .field("waiting", &self.waiting())
            .field("is_watched", &self.watching().is_some())
            .finish()
    }
}

fn matches_path(pattern: &str, path: &str) -> bool {
    let is_any = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
    let mut given = path.split('/');
    pattern.split('/').all(|wanted| {
        given
            .next()
            .is_some_and(|given| is_any(wanted) && !given.is_empty() || wanted == given)
    }) && given.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brace_stands_for_one_segment() {
        let pattern = "/api/stacks/{o}/{p}/{s}/hooks";
        assert!(matches_path(pattern, "/api/stacks/acme/web/dev/hooks"));
        for other in [
            "/api/stacks/acme/web/hooks",
            "/api/stacks/acme/web/dev/hooks/x",
            "/api/stacks/acme//dev/hooks",
        ] {
            assert!(!matches_path(pattern, other), "{other}");
        }
    }

    #[test]
    fn met_in_order_and_as_often_as_asked() {
        let faults = Faults::default();
        faults.add(Fault::on(Method::GET, "/a", Trouble::status(503)).times(2));
        faults.add(Fault::on_any(Trouble::AnswerLost));
        assert_eq!(faults.n_waiting(), 3);
        assert_eq!(faults.meet(&Method::GET, "/a"), Some(Trouble::status(503)));
        assert_eq!(faults.meet(&Method::POST, "/a"), Some(Trouble::AnswerLost));
        assert_eq!(faults.meet(&Method::POST, "/a"), None);
        assert_eq!(faults.meet(&Method::GET, "/a"), Some(Trouble::status(503)));
        assert_eq!(faults.n_waiting(), 0);
        assert_eq!(faults.meet(&Method::GET, "/a"), None);
    }

    #[test]
    fn a_watch_sees_all_and_decides_where_nothing_is_scripted() {
        struct Seen(Arc<Mutex<Vec<String>>>);
        impl Watch for Seen {
            fn arrived(&self, method: &Method, path: &str) -> Option<Trouble> {
                self.0.lock().unwrap().push(format!("{method} {path}"));
                (path == "/b").then_some(Trouble::Reset)
            }
        }
        let seen = Arc::default();
        let faults = Faults::default();
        faults.watch(Seen(Arc::clone(&seen)));
        faults.add(Fault::on(Method::GET, "/b", Trouble::Cut));
        assert_eq!(faults.meet(&Method::GET, "/a"), None);
        assert_eq!(faults.meet(&Method::GET, "/b"), Some(Trouble::Cut));
        assert_eq!(faults.meet(&Method::GET, "/b"), Some(Trouble::Reset));
        faults.unwatch();
        assert_eq!(faults.meet(&Method::GET, "/b"), None);
        assert_eq!(*seen.lock().unwrap(), ["GET /a", "GET /b", "GET /b"]);
    }

    #[test]
    fn a_fault_for_no_request_never_happens() {
        let faults = Faults::default();
        faults.add(Fault::on_any(Trouble::Cut).times(0));
        assert_eq!(faults.meet(&Method::GET, "/"), None);
    }
}
