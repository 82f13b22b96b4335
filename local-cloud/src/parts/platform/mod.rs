//! What differs between operating systems: permissions of files, links, and groups of processes.
//!
//! Each file here has the same items, so the rest of the cloud need not know the system. Tests compile `other` everywhere.

#[cfg(any(test, not(unix)))]
#[cfg_attr(unix, expect(dead_code, reason = "it is compiled so that it can be"))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
use other as here;
#[cfg(unix)]
use unix as here;

pub(crate) use here::{
    Streams, begin_group, close_to_others, hide, is_own, kill_group, kill_marked, link,
    link_folder, make_executable, mode_for_others, private_folder,
};
