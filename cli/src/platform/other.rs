//! Windows. None of this has been tried there.

#![expect(
    clippy::unnecessary_wraps,
    reason = "the signatures are those of `unix`"
)]

use std::io;
use tokio::process::{Child, Command};

/// Completes when the process is asked to end.
pub(crate) fn end() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without signals, the process can only be killed.
            std::future::pending::<()>().await;
        }
    })
}

/// Like [`end`].
pub(crate) fn end_with_terminal() -> io::Result<impl Future<Output = ()>> {
    end()
}

/// Does nothing: there are no groups.
pub(crate) fn begin_group(_: &mut Command) {}

/// Does nothing: a process cannot be asked to end, so it is killed after a while.
pub(crate) fn interrupt(_: &Child) {}
