//! Takes deployments from the queues and runs them.

use crate::app::App;
use crate::parts::{Stop, StoreError, log};
use crate::store::Job;
use crate::workers::executors::{self, RunError};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How long to wait after an error of the store.
const PAUSE: Duration = Duration::from_secs(1);

/// How often to look for deployments that have been queued too long.
const LOOK_AGAIN: Duration = Duration::from_hours(1);

/// Runs deployments when their turn comes, until `closing` is cancelled; then stops the running ones.
///
/// Before that, deployments that a previous process was running are marked as failed, and everything that killed clouds
/// without a data folder of their own left behind is removed.
pub(crate) async fn run(app: App, closing: CancellationToken) {
    executors::clear_abandoned(&app).await;
    while let Err(error) = fail_leftovers(&app).await {
        log::error("the deployments of before cannot be ended", &error);
        if time::timeout(PAUSE, closing.cancelled()).await.is_ok() {
            return;
        }
    }
    let mut commits = app.store().commits();
    let mut running = JoinSet::new();
    while !closing.is_cancelled() {
        let is_fine = start_all(&app, &closing, &mut running).await.is_ok();
        let wait = if is_fine { LOOK_AGAIN } else { PAUSE };
        tokio::select! {
            () = closing.cancelled() => {}
            _ = commits.changed() => {}
            Some(_) = running.join_next() => {}
            () = time::sleep(wait) => {}
        }
    }
    while running.join_next().await.is_some() {}
}

/// Starts as many deployments as may run at the same time.
async fn start_all(
    app: &App,
    closing: &CancellationToken,
    running: &mut JoinSet<()>,
) -> Result<(), StoreError> {
    while running.len() < app.concurrency() && !closing.is_cancelled() {
        let next = app
            .store()
            .accept_deployment(app.clock().now().as_millisecond());
        let next = next
            .await
            .inspect_err(|error| log::error("the queue cannot be read", error))?;
        let Some(job) = next else { break };
        running.spawn(see_through(app.clone(), job, closing.clone()));
    }
    Ok(())
}

/// Runs a deployment, and does not return before its end is recorded.
async fn see_through(app: App, job: Job, closing: CancellationToken) {
    let stop = Stop::new(&closing);
    // Until its end is recorded it belongs to this task, and nothing else ends it.
    let _entered = app
        .running()
        .enter(&job.deployment.uid, stop.token().clone());
    let run = AssertUnwindSafe(execute(&app, &job, &stop, &closing)).catch_unwind();
    let why = match run.await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => {
            log::error("a deployment cannot be run", &error);
            log::chain(&error)
        }
        Err(_) => RunError::GivenUp.to_string(),
    };
    let fail = || {
        app.store()
            .fail_deployment(job.row, why.clone(), app.moment())
    };
    if let Err(error) = until_written(&closing, fail).await {
        // It is found and ended when the cloud starts again.
        log::error("a deployment cannot be ended", &error);
    }
}

async fn execute(
    app: &App,
    job: &Job,
    stop: &Stop,
    closing: &CancellationToken,
) -> Result<(), RunError> {
    let deployment = &job.deployment;
    let begin = || app.store().begin_deployment(job.row, app.moment());
    if !until_written(closing, begin).await? {
        let why = "the deployment was cancelled".to_owned();
        let fail = || {
            app.store()
                .fail_deployment(job.row, why.clone(), app.moment())
        };
        until_written(closing, fail).await?;
        return Ok(());
    }
    info!(
        deployment.version,
        deployment.operation = deployment.operation.as_str(),
        "began deployment {} of stack `{}`",
        deployment.version,
        deployment.stack,
    );
    let is_success = stop
        .within(app.deployment_limit(), executors::run(app, job, stop))
        .await?;
    let finish = || {
        app.store()
            .finish_deployment(job.row, is_success, app.moment())
    };
    until_written(closing, finish).await?;
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

/// Retries a write until the store accepts it, so that the result of a deployment is not lost because the database was
/// locked for a while. If the cloud ends first, the last error is returned.
async fn until_written<T, W>(
    closing: &CancellationToken,
    write: impl Fn() -> W,
) -> Result<T, StoreError>
where
    W: Future<Output = Result<T, StoreError>>,
{
    loop {
        let error = match write().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        log::error(
            "the store does not take how a deployment goes on; it is tried again",
            &error,
        );
        if time::timeout(PAUSE, closing.cancelled()).await.is_ok() {
            return Err(error);
        }
    }
}

/// Ends the deployments that a previous process was running, and removes what it left behind.
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
