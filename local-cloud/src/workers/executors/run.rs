//! Runs deployments.

use super::error::RunError;
use super::{pulumi, simulated};
use crate::actions::updates;
use crate::app::App;
use crate::parts::{Executor, Stop, log};
use crate::store::{DeploymentRow, Job};

/// Runs a deployment that has begun; returns whether it succeeded. The caller records its end, except for a simulated one,
/// whose update and end are recorded together.
pub(crate) async fn run(app: &App, job: &Job, stop: &Stop) -> Result<bool, RunError> {
    match app.executor().executor {
        Executor::Simulated => Ok(simulated::run(app, job).await?),
        Executor::Pulumi => {
            let done = pulumi::run(app, job, stop).await;
            end_updates(app, job.row).await;
            done
        }
    }
}

/// Ends the updates that a deployment has left behind, so that the next one finds its stack free.
pub(crate) async fn end_updates(app: &App, row: DeploymentRow) {
    let left = match app.store().running_updates_of(row).await {
        Ok(left) => left,
        Err(error) => return log::warn("the updates of a deployment cannot be read", &error),
    };
    for update in left {
        if let Err(error) = updates::cancel(app, update).await {
            // It ends when its lease expires.
            log::warn("an update of a deployment cannot be ended", &error);
        }
    }
}

/// Ends what deployments of killed clouds without a data folder of their own left behind, and deletes their temporary
/// folders. Does nothing for a cloud that runs no deployments.
pub(crate) async fn clear_abandoned(app: &App) {
    if app.executor().executor == Executor::Pulumi {
        pulumi::clear_abandoned(std::env::temp_dir(), app.clock().now().into()).await;
    }
}

/// Removes what the ended deployments with these UIDs left behind.
pub(crate) async fn clear(app: &App, uids: Vec<String>) {
    pulumi::clear(app.executor().data.clone(), uids).await;
}
