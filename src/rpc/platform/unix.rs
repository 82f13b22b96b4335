//! Linux, macOS and similar systems.

use std::io;
use std::os::unix::fs::FileTypeExt as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Completes when the process is interrupted after this call.
pub(in crate::rpc) fn interrupt() -> io::Result<impl Future<Output = ()>> {
    let mut signals = signal(SignalKind::interrupt())?;
    Ok(async move {
        signals.recv().await;
    })
}

/// Watches stdin, a pipe that the engine keeps open and never writes to. When it closes, the engine has ended.
///
/// The thread remains when the process ends by itself, because nothing can interrupt a blocked read.
pub(in crate::rpc) fn stop_when_the_engine_is_gone(stop: &CancellationToken) {
    let is_pipe = std::fs::metadata("/dev/stdin").is_ok_and(|stdin| stdin.file_type().is_fifo());
    if !is_pipe {
        return;
    }
    let stop = stop.clone();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        stop.cancel();
    });
}
