//! The time, passed in by the caller that opens the [`App`](crate::App).

use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

type Tell = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where the time comes from.
///
/// Only the times that are recorded and told come from here. How long something takes, such as a delivery, is
/// measured, and waits are real.
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

    /// A clock that always shows the same time.
    pub fn fixed(now: Timestamp) -> Clock {
        Clock::from_fn(move || now)
    }

    /// A clock that asks `now` each time.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Clock {
        let now: Tell = Arc::new(now);
        Clock {
            steady: now.clone(),
            now,
        }
    }

    /// A clock that asks `now` for the time that is told, and `steady` for the one that leases are measured by.
    pub fn with_steady(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        steady: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Clock {
        Clock {
            now: Arc::new(now),
            steady: Arc::new(steady),
        }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// The time that leases are measured by: it goes on evenly when the clock is set, so nothing that is alive is over
    /// because of it. It is the time of the clock when the cloud began, and what has passed since; a machine that
    /// sleeps does not count.
    pub fn steady(&self) -> Timestamp {
        (self.steady)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
