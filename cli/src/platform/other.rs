//! Windows, on which none of this was tried.

#![expect(
    clippy::unnecessary_wraps,
    reason = "the signatures are those of `unix`"
)]

use std::io;
use tokio::process::{Child, Command};

/// Ready when the process is asked to end.
pub(crate) fn end() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a signal there is only killing.
            std::future::pending::<()>().await;
        }
    })
}

/// The same.
pub(crate) fn end_with_terminal() -> io::Result<impl Future<Output = ()>> {
    end()
}

/// There are no groups.
pub(crate) fn begin_group(_: &mut Command) {}

/// Nobody can be asked to end: it is killed after a while.
pub(crate) fn interrupt(_: &Child) {}
