//! Linux, macOS and similar systems.

use rustix::process::{Pid, Signal, kill_process};
use std::io;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

/// Completes when the process is asked to end. Signals count from now on.
pub(crate) fn end() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Like [`end`], and also when the terminal is closed. Not for commands that a user may leave running with `nohup`.
pub(crate) fn end_with_terminal() -> io::Result<impl Future<Output = ()>> {
    let end = end()?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            () = end => {}
            _ = hangup.recv() => {}
        }
    })
}

/// Makes a command begin a group of processes, which Ctrl-C in a terminal does not reach.
pub(crate) fn begin_group(command: &mut Command) {
    command.process_group(0);
}

/// Asks a command to end, as Ctrl-C in a terminal does.
pub(crate) fn interrupt(child: &Child) {
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id.and_then(Pid::from_raw) {
        // It may have ended meanwhile.
        let _ = kill_process(id, Signal::INT);
    }
}
