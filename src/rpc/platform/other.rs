//! Windows, on which none of this was tried.

#![expect(
    clippy::unnecessary_wraps,
    reason = "the signatures are those of `unix`"
)]

use std::io;
use tokio_util::sync::CancellationToken;

/// Ready once the process has been interrupted.
pub(in crate::rpc) fn interrupt() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a signal there is only killing.
            std::future::pending::<()>().await;
        }
    })
}

/// Nothing tells what stdin is; the engine asks the process to end.
pub(in crate::rpc) fn stop_when_the_engine_is_gone(_: &CancellationToken) {}
