//! The time, passed in by whoever opens the [`App`](crate::App).

use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;

/// Where the time comes from.
///
/// Only the times that are recorded and told come from here. How long something takes, such as a delivery, is
/// measured, and waits are real.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock(Arc::new(Timestamp::now))
    }

    /// A clock that always tells the same time.
    pub fn fixed(now: Timestamp) -> Clock {
        Clock(Arc::new(move || now))
    }

    /// A clock that asks `now` each time.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
