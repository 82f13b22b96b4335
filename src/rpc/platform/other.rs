//! Windows. None of this has been tried there.

#![expect(
    clippy::unnecessary_wraps,
    reason = "the signatures are those of `unix`"
)]

use std::io;
use tokio_util::sync::CancellationToken;

/// Completes when the process is interrupted.
pub(in crate::rpc) fn interrupt() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without signals, the process can only be killed.
            std::future::pending::<()>().await;
        }
    })
}

/// Does nothing, because the kind of stdin is unknown here. The engine asks the process to end.
pub(in crate::rpc) fn stop_when_the_engine_is_gone(_: &CancellationToken) {}
