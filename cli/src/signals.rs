//! How the process is asked to end.

/// Ready when the process is asked to end. Signals count from now on.
#[cfg(unix)]
pub(crate) fn end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// The same, or when its terminal is closed. Not for what people may leave running with `nohup`.
#[cfg(unix)]
pub(crate) fn end_with_terminal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let end = end()?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            () = end => {}
            _ = hangup.recv() => {}
        }
    })
}

#[cfg(not(unix))]
pub(crate) use end as end_with_terminal;

/// Ready when the process is asked to end.
#[cfg(not(unix))]
pub(crate) fn end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a signal there is only killing.
            std::future::pending::<()>().await;
        }
    })
}
