//! The commands that read a cloud, as processes, against a local cloud.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]

mod answers;
mod destroy;
mod discover;
mod documented;
mod drawn;
mod gate;
mod joined;
mod looks;
mod manners;
mod organization;
mod pictures;
mod predicted;
mod preview;
mod pty;
mod reconcile;
mod renewed;
mod rows;
mod run;
mod support;
mod terminal;
mod troubles;
