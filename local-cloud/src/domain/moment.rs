//! The time and place of an event.

use jiff::Timestamp;

/// The time and place of a transaction, and the cloud's user.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    /// The time for leases, which never jumps, whatever happens to the clock.
    pub(crate) steady: Timestamp,
    /// The address of the cloud.
    pub(crate) base_url: String,
    pub(crate) user: String,
}

impl Moment {
    /// The current time in Unix milliseconds.
    pub(crate) fn ms(&self) -> i64 {
        self.now.as_millisecond()
    }

    /// The current time in Unix seconds.
    pub(crate) fn seconds(&self) -> i64 {
        self.now.as_second()
    }
}
