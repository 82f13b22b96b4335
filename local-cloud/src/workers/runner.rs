//! Taking deployments from the queues, and running them.

use crate::app::App;
use crate::parts::{Stop, StoreError, log};
use crate::store::Job;
use crate::workers::executors::{self, RunError};
use std::collections::HashMap;
use std::time::Duration;
use tokio::task::{Id, JoinSet};
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How long to wait after trouble with the store.
const PAUSE: Duration = Duration::from_secs(1);

/// How often to look for deployments that have waited too long.
const LOOK_AGAIN: Duration = Duration::from_hours(1);

/// Runs deployments as they come to their turn, until `closing` is cancelled; then stops those that run.
///
/// Those that another process was running when it ended are marked as failed first.
pub(crate) async fn run(app: App, closing: CancellationToken) {
    while let Err(error) = fail_leftovers(&app).await {
        log::error("the deployments of before cannot be ended", &error);
        if time::timeout(PAUSE, closing.cancelled()).await.is_ok() {
            return;
        }
    }
    let mut commits = app.store().commits();
    let mut running = JoinSet::new();
    let mut jobs: HashMap<Id, Job> = HashMap::new();
    while !closing.is_cancelled() {
        let is_fine = start_all(&app, &closing, &mut running, &mut jobs)
            .await
            .is_ok();
        let wait = if is_fine { LOOK_AGAIN } else { PAUSE };
        tokio::select! {
            () = closing.cancelled() => {}
            _ = commits.changed() => {}
            Some(done) = running.join_next_with_id() => finish(&app, &mut jobs, done).await,
            () = time::sleep(wait) => {}
        }
    }
    while let Some(done) = running.join_next_with_id().await {
        finish(&app, &mut jobs, done).await;
    }
}

/// Starts as many deployments as may run.
async fn start_all(
    app: &App,
    closing: &CancellationToken,
    running: &mut JoinSet<Result<(), RunError>>,
    jobs: &mut HashMap<Id, Job>,
) -> Result<(), StoreError> {
    while running.len() < app.concurrency() && !closing.is_cancelled() {
        let next = app
            .store()
            .accept_deployment(app.clock().now().as_millisecond());
        let next = next
            .await
            .inspect_err(|error| log::error("the queue cannot be read", error))?;
        let Some(job) = next else { break };
        let (working, stop, doing) = (app.clone(), Stop::new(closing), job.clone());
        let task = running.spawn(async move { execute(&working, &doing, stop).await });
        jobs.insert(task.id(), job);
    }
    Ok(())
}

async fn execute(app: &App, job: &Job, stop: Stop) -> Result<(), RunError> {
    let deployment = &job.deployment;
    let _entered = app.running().enter(&deployment.uid, stop.token().clone());
    if !app.store().begin_deployment(job.row, app.moment()).await? {
        let why = "the deployment was cancelled".to_owned();
        app.store()
            .fail_deployment(job.row, why, app.moment())
            .await?;
        return Ok(());
    }
    info!(
        deployment.version,
        deployment.operation = deployment.operation.as_str(),
        "began deployment {} of stack `{}`",
        deployment.version,
        deployment.stack,
    );
    let is_success = executors::run(app, job, &stop).await?;
    let result = if is_success { "succeeded" } else { "failed" };
    info!(
        deployment.version,
        deployment.result = result,
        "deployment {} of stack `{}` {result}",
        deployment.version,
        deployment.stack,
    );
    Ok(())
}

/// Marks a deployment as failed that ended in a way that was not foreseen.
async fn finish(
    app: &App,
    jobs: &mut HashMap<Id, Job>,
    done: Result<(Id, Result<(), RunError>), tokio::task::JoinError>,
) {
    let (id, trouble) = match done {
        Ok((id, Ok(()))) => {
            jobs.remove(&id);
            return;
        }
        Ok((id, Err(error))) => {
            log::error("a deployment cannot be run", &error);
            (id, log::chain(&error))
        }
        Err(error) => {
            log::error("running a deployment had a bug", &error);
            (error.id(), RunError::GivenUp.to_string())
        }
    };
    let Some(job) = jobs.remove(&id) else { return };
    let failed = app.store().fail_deployment(job.row, trouble, app.moment());
    if let Err(error) = failed.await {
        // It is found and ended when the cloud starts again.
        log::error("a deployment cannot be ended", &error);
    }
}

/// Ends the deployments that a process that is gone was running, and removes what it left.
async fn fail_leftovers(app: &App) -> Result<(), StoreError> {
    let leftovers = app.store().unfinished_deployments().await?;
    let uids = leftovers.iter().map(|(_, uid)| uid.clone()).collect();
    executors::clear(app, uids).await;
    for (row, uid) in leftovers {
        warn!(deployment.id = %uid, "deployment {uid} was running when the cloud ended, and has failed");
        executors::end_updates(app, row).await;
        let why = "the local cloud ended while this deployment was running".to_owned();
        app.store().fail_deployment(row, why, app.moment()).await?;
    }
    Ok(())
}
