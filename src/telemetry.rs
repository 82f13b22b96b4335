//! The plugin's own log, for finding defects. It goes to stderr, which the engine does not show.
//!
//! # What this may not do
//!
//! Write to stdout, which belongs to the protocol, or print a backtrace.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// What is logged: the levels of modules, as in `debug` or `auto_deploy=debug,hyper=info`. Warnings, if `filter` is absent
/// or invalid; the second value says whether it was valid.
///
/// Fields and spans cannot be used as filters, because that would add half a megabyte of regular expressions to the binary.
pub fn filter(filter: Option<&str>) -> (Targets, bool) {
    match filter.map(str::parse) {
        Some(Ok(targets)) => (targets, true),
        unreadable_or_absent => {
            let warnings = Targets::new().with_default(LevelFilter::WARN);
            (warnings, unreadable_or_absent.is_none())
        }
    }
}

/// Writes the log to stderr, filtered by `wanted` as in [`filter`], with or without the names of modules; returns whether
/// `wanted` was valid.
pub fn write(wanted: Option<&str>, with_modules: bool) -> bool {
    let (targets, is_readable) = filter(wanted);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(with_modules);
    tracing_subscriber::registry()
        .with(lines)
        .with(targets)
        .init();
    is_readable
}

/// Starts the plugin's log. `wanted` is parsed by [`filter`].
///
/// A panic becomes one line in this log.
pub fn start(wanted: Option<&str>) {
    if !write(wanted, true) {
        tracing::warn!(
            "AUTO_DEPLOY_LOG is invalid, so only warnings are logged; write the levels of modules, such as \
             `auto_deploy=debug`"
        );
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, "panic: {message}");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn levels_of_modules_are_read_and_warnings_are_logged_otherwise() {
        let logs = |wanted, module, level| {
            let (targets, is_readable) = filter(wanted);
            (targets.would_enable(module, &level), is_readable)
        };
        assert_eq!(logs(None, "h2", Level::WARN), (true, true));
        assert_eq!(logs(None, "h2", Level::INFO), (false, true));
        assert_eq!(logs(Some("debug"), "h2", Level::DEBUG), (true, true));
        let ours = Some("auto_deploy=debug,hyper=info");
        assert_eq!(logs(ours, "auto_deploy::cloud", Level::DEBUG), (true, true));
        assert_eq!(logs(ours, "hyper", Level::DEBUG), (false, true));
        assert_eq!(logs(ours, "h2", Level::ERROR), (false, true));
        assert_eq!(logs(Some("a=b=c"), "h2", Level::WARN), (true, false));
        assert_eq!(logs(Some("a=b=c"), "h2", Level::INFO), (false, false));
    }
}
