//! What differs between operating systems: how the process learns that it must end.
//!
//! Each file here has the same items. Tests compile `other` everywhere.

#[cfg(any(test, not(unix)))]
#[cfg_attr(unix, expect(dead_code, reason = "it is compiled so that it can be"))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use other as here;
#[cfg(unix)]
use unix as here;

pub(super) use here::{interrupt, stop_when_the_engine_is_gone};
