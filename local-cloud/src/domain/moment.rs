//! The time and place of what happens.

use jiff::Timestamp;

/// The time and place of what happens in a transaction, and who the cloud's user is.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    /// The time that leases are measured by, whatever becomes of the clock.
    pub(crate) steady: Timestamp,
    /// Where the cloud is served.
    pub(crate) base_url: String,
    pub(crate) user: String,
}

impl Moment {
    /// Now, in Unix milliseconds.
    pub(crate) fn ms(&self) -> i64 {
        self.now.as_millisecond()
    }

    /// Now, in Unix seconds.
    pub(crate) fn seconds(&self) -> i64 {
        self.now.as_second()
    }
}
