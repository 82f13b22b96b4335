//! The clock, which the code that opens an [`App`](crate::App) provides.

use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

type Tell = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A source of time.
///
/// Only recorded and reported times come from it. Durations, for example of a delivery, are measured, and waits are real.
#[derive(Clone)]
pub struct Clock {
    now: Tell,
    steady: Tell,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        let (begun, counted) = (Timestamp::now(), Instant::now());
        let steady = move || begun.saturating_add(counted.elapsed()).unwrap_or(begun);
        Clock::with_steady(Timestamp::now, steady)
    }

    /// A clock that always returns the same time.
    pub fn fixed(now: Timestamp) -> Clock {
        Clock::from_fn(move || now)
    }

    /// A clock that calls `now` each time.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Clock {
        let now: Tell = Arc::new(now);
        Clock {
            steady: now.clone(),
            now,
        }
    }

    /// A clock that calls `now` for the reported time, and `steady` for the time of leases.
    pub fn with_steady(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        steady: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Clock {
        Clock {
            now: Arc::new(now),
            steady: Arc::new(steady),
        }
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// The time for leases. It does not jump when the clock is set, so that no live lease expires because of that. It is
    /// the time of the clock when the cloud began, plus the time that has passed since, without the time that the machine
    /// was asleep.
    pub fn steady(&self) -> Timestamp {
        (self.steady)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
