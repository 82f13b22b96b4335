//! Taking deployments from the queues, and running them.

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

/// How long to wait after trouble with the store.
const PAUSE: Duration = Duration::from_secs(1);

/// How often to look for deployments that have waited too long.
const LOOK_AGAIN: Duration = Duration::from_hours(1);

/// Runs deployments as they come to their turn, until `closing` is cancelled; then stops those that run.
///
/// Those that another process was running when it ended are marked as failed first, and what a cloud without its own
/// folder has left when it was killed is ended and removed.
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

/// Starts as many deployments as may run.
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

/// Runs a deployment, and does not return before its end is written, whatever becomes of it.
async fn see_through(app: App, job: Job, closing: CancellationToken) {
    let stop = Stop::new(&closing);
    // As long as its end is not written it is a task's, and nothing else ends it.
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

/// Writes something again and again until the store takes it: what a deployment has come to must not be lost because the
/// database was locked for a while. When the cloud ends, the last failure is what is left.
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
