//! Linux, macOS and similar systems.

use std::io;
use std::os::unix::fs::FileTypeExt as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Ready once the process has been interrupted since this call.
pub(in crate::rpc) fn interrupt() -> io::Result<impl Future<Output = ()>> {
    let mut signals = signal(SignalKind::interrupt())?;
    Ok(async move {
        signals.recv().await;
    })
}

/// Watches stdin, a pipe that the engine holds open and never writes to: its end is the engine's end.
///
/// The thread is left behind when the process ends by itself; nothing can wake a blocked read.
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
