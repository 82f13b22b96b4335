//! The limits of a request of the engine for its calls to the cloud: until when, and whom to notify when one takes long.
//!
//! They belong to the request as a whole and are kept in a task-local, as a tracing span is: [`Bounds::hold`] sets them for
//! a future and everything that it awaits.
//!
//! # What this may not do
//!
//! End anything by force: that is for the code that runs the request. Reach into tasks that the request starts.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

tokio::task_local! {
    static CURRENT: Bounds;
}

/// How much of a time limit is reserved for reporting that it has passed: a tenth, and at most a second.
const RESERVE: Duration = Duration::from_secs(1);

/// How long after a stop a request may still wait for the outcome of a call that it has made. The code that stops it waits
/// a little longer.
pub const LAST_MOMENT: Duration = Duration::from_millis(250);

/// What a request allows. The default allows everything and notifies no one.
#[derive(Clone, Default)]
pub struct Bounds {
    end: Option<Instant>,
    stop: CancellationToken,
    teller: Option<Arc<dyn Fn(String) + Send + Sync>>,
    told: Arc<AtomicBool>,
}

impl Bounds {
    /// Bounds for a request that begins now. Its calls end a little before `limit`, to leave time for an explanation; after
    /// `stop`, none begins. `tell` is called with a message for the user, once, when a call takes long.
    pub fn new(
        limit: Option<Duration>,
        stop: CancellationToken,
        tell: impl Fn(String) + Send + Sync + 'static,
    ) -> Bounds {
        let usable = limit.map(|limit| limit.saturating_sub(RESERVE.min(limit / 10)));
        Bounds {
            // A limit too far in the future to represent is no limit.
            end: usable.and_then(|usable| Instant::now().checked_add(usable)),
            stop,
            teller: Some(Arc::new(tell)),
            told: Arc::default(),
        }
    }

    /// Runs `request` within these bounds.
    pub async fn hold<F: Future>(self, request: F) -> F::Output {
        CURRENT.scope(self, request).await
    }

    /// The bounds of the current request; the default outside of one.
    pub fn current() -> Bounds {
        CURRENT.try_with(Clone::clone).unwrap_or_default()
    }

    /// The time that is left; `None` if there is no limit.
    pub(super) fn left(&self) -> Option<Duration> {
        self.end
            .map(|end| end.saturating_duration_since(Instant::now()))
    }

    /// Whether the request must end as soon as possible.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Runs an optional part of the request until it is done or the request must end. `None` if it was not completed.
    pub async fn while_there_is_time<F: Future>(&self, extra: F) -> Option<F::Output> {
        let end = async {
            match self.end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            done = extra => Some(done),
            () = end => None,
        }
    }

    /// Runs something whose outcome matters until it is done, or until the last moment at which the request can still
    /// answer. `None` if it was not completed.
    pub async fn to_the_last_moment<F: Future>(&self, it: F) -> Option<F::Output> {
        let stopped = async {
            self.stop.cancelled().await;
            tokio::time::sleep(LAST_MOMENT).await;
        };
        tokio::select! {
            biased;
            done = it => Some(done),
            () = stopped => None,
        }
    }

    /// Notifies the user, unless that was done before.
    pub(super) fn tell(&self, message: impl FnOnce() -> String) {
        if let Some(teller) = &self.teller
            && !self.told.swap(true, Ordering::Relaxed)
        {
            teller(message());
        }
    }
}

impl fmt::Debug for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bounds")
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[tokio::test(start_paused = true)]
    async fn they_are_there_for_what_is_awaited_and_told_once() {
        assert_eq!(Bounds::current().left(), None);
        let said: Arc<Mutex<Vec<String>>> = Arc::default();
        let tell = {
            let said = Arc::clone(&said);
            move |message| said.lock().expect("no panic").push(message)
        };
        let request = async {
            assert_eq!(Bounds::current().left(), Some(Duration::from_secs(9)));
            tokio::time::sleep(Duration::from_secs(10)).await;
            assert_eq!(Bounds::current().left(), Some(Duration::ZERO));
            Bounds::current().tell(|| "one".to_owned());
            Bounds::current().tell(|| "two".to_owned());
        };
        Bounds::new(
            Some(Duration::from_secs(10)),
            CancellationToken::new(),
            tell,
        )
        .hold(request)
        .await;
        assert_eq!(*said.lock().expect("no panic"), ["one"]);
        assert_eq!(
            Bounds::new(Some(Duration::MAX), CancellationToken::new(), drop).left(),
            None,
            "a limit beyond the end of time"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_extra_ends_with_the_request() {
        let stop = CancellationToken::new();
        let bounds = Bounds::new(Some(Duration::from_secs(10)), stop.clone(), drop);
        assert_eq!(bounds.while_there_is_time(async { 7 }).await, Some(7));
        let long = std::future::pending::<()>();
        assert_eq!(bounds.while_there_is_time(long).await, None);
        assert_eq!(bounds.left(), Some(Duration::ZERO));
        stop.cancel();
        assert!(bounds.is_stopped());
        assert_eq!(bounds.while_there_is_time(async { 7 }).await, None);
        let endless = Bounds::default();
        assert_eq!(endless.while_there_is_time(async { 7 }).await, Some(7));
    }
}
