//! Errors in the log, as one sentence each.

use std::error::Error;

/// An error with its causes, outermost first.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| {
        (*error).source()
    });
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

/// Logs an error: what failed, and why.
pub(crate) fn error(what: &str, error: &(dyn Error + 'static)) {
    let chain = chain(error);
    tracing::error!(error = %chain, "{what}: {chain}");
}

/// Logs a warning: what failed, and why.
pub(crate) fn warn(what: &str, error: &(dyn Error + 'static)) {
    let chain = chain(error);
    tracing::warn!(error = %chain, "{what}: {chain}");
}
