//! What runs a deployment whose turn it is.

use super::{process::ProcessError, pulumi, simulated};
use crate::actions::updates;
use crate::app::App;
use crate::domain::deployments::InvalidSettings;
use crate::parts::log::chain;
use crate::parts::secrets::SecretsError;
use crate::store::{DeploymentRow, Job, StoreError};
use crate::workers::runner::Stop;
use std::error::Error;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use tracing::warn;

/// How deployments are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Executor {
    /// With git and the Pulumi command line, in a folder of their own, from the source that their settings name.
    Pulumi,
    /// Not at all: each succeeds at once, and so does the update of its stack. One whose environment variable
    /// `SIMULATED_OUTCOME` is `failed` fails.
    Simulated,
}

/// What an executor needs to know.
#[derive(Clone, Debug)]
pub(crate) struct ExecutorSettings {
    pub(super) executor: Executor,
    pub(super) data: PathBuf,
    /// The Pulumi command line: a path, or a name to be found on the search path.
    pub(super) pulumi: PathBuf,
    /// Where programs and plugins are found first.
    pub(super) folders: Vec<PathBuf>,
    /// Where they are found besides.
    pub(super) path: Option<OsString>,
}

impl ExecutorSettings {
    /// Settings of a cloud with this data folder.
    pub(crate) fn new(
        executor: Executor,
        data: &Path,
        pulumi: &Path,
        plugins: Option<PathBuf>,
    ) -> ExecutorSettings {
        let path = std::env::vars_os().find(|(name, _)| name == "PATH");
        let is_name = pulumi.components().count() == 1 && !pulumi.is_absolute();
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let pulumi = if is_name {
            pulumi.to_owned()
        } else {
            absolute(pulumi)
        };
        // The language hosts lie beside the command line.
        let beside = pulumi.parent().filter(|_| !is_name).map(Path::to_owned);
        let plugins = plugins.map(|folder| absolute(&folder));
        ExecutorSettings {
            executor,
            data: data.to_owned(),
            pulumi,
            folders: beside.into_iter().chain(plugins).collect(),
            path: path.map(|(_, value)| value),
        }
    }
}

/// A deployment could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
    #[error("the deployment settings name no source")]
    NoSource,
    #[error("a secret of the deployment settings cannot be opened")]
    Secret(#[from] SecretsError),
    #[error("the folder of the deployment cannot be used")]
    Folder(#[source] io::Error),
    #[error("the source has no folder `{folder}`")]
    Program {
        folder: String,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("the store could not answer")]
    Store(#[from] StoreError),
    #[error("a bug in the local cloud: please report it")]
    GivenUp,
}

/// Runs a deployment that has begun, records how it ended, and tells whether it succeeded.
pub(crate) async fn run(app: &App, job: &Job, stop: &Stop) -> Result<bool, RunError> {
    match app.executor().executor {
        Executor::Simulated => Ok(simulated::run(app, job).await?),
        Executor::Pulumi => {
            let done = pulumi::run(app, job, stop).await;
            end_updates(app, job.row).await;
            let is_success = done?;
            let finished = app
                .store()
                .finish_deployment(job.row, is_success, app.moment());
            finished.await?;
            Ok(is_success)
        }
    }
}

/// Ends the updates that a deployment has left, so that the next one finds its stack free.
pub(crate) async fn end_updates(app: &App, row: DeploymentRow) {
    let left = match app.store().running_updates_of(row).await {
        Ok(left) => left,
        Err(error) => return log("the updates of a deployment cannot be read", &error),
    };
    for update in left {
        if let Err(error) = updates::cancel(app, update).await {
            // Its lease ends it later.
            log("an update of a deployment cannot be ended", &error);
        }
    }
}

fn log(what: &str, error: &(dyn Error + 'static)) {
    let chain = chain(error);
    warn!(error = %chain, "{what}: {chain}");
}

/// Removes what deployments with these uids, which nobody runs any more, have left.
pub(crate) async fn clear(app: &App, uids: Vec<String>) {
    pulumi::clear(app.executor().data.clone(), uids).await;
}
