//! Our own log, for whoever looks for a defect. It goes to stderr, which the engine keeps to itself.
//!
//! # What this may not do
//!
//! Write to stdout, which belongs to the protocol, or print a backtrace.

use tracing_subscriber::EnvFilter;

/// Starts the log. `filter` says what is logged, as in `auto_deploy=debug`; without one, warnings are.
///
/// A panic becomes one line of this log.
pub fn start(filter: Option<&str>) {
    let filter = EnvFilter::builder().parse_lossy(filter.unwrap_or("warn"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false);
    subscriber.init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, "panic: {message}");
    }));
}
