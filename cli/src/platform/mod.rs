//! What differs between operating systems: signals, and groups of processes.
//!
//! Each file here has the same items, so commands need not know the system. Tests compile `other` everywhere.

#[cfg(any(test, not(unix)))]
#[cfg_attr(unix, expect(dead_code, reason = "it is compiled so that it can be"))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use other as here;
#[cfg(unix)]
use unix as here;

pub(crate) use here::{begin_group, end, end_with_terminal, interrupt};
