//! Taking deployments from the queues, and running them.

use crate::app::App;
use crate::parts::log::chain;
use crate::store::{Job, StoreError};
use crate::workers::executors::{self, RunError};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::{Id, JoinSet};
use tokio::time;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// How long to wait after trouble with the store.
const PAUSE: Duration = Duration::from_secs(1);

/// How often to look for deployments that have waited too long.
const LOOK_AGAIN: Duration = Duration::from_hours(1);

/// The deployments that are being run.
#[derive(Debug, Default)]
pub(crate) struct Active(Mutex<HashMap<String, Running>>);

#[derive(Debug)]
struct Running {
    stop: CancellationToken,
    /// The digest of the token that it was given.
    token: Option<[u8; 32]>,
}

impl Active {
    /// Stops a deployment. Nothing happens if it is not being run.
    pub(crate) fn stop(&self, uid: &str) {
        if let Some(running) = self.running().get(uid) {
            running.stop.cancel();
        }
    }

    /// Lets a deployment in with this token, for as long as it is being run.
    pub(crate) fn let_in(&self, uid: &str, token: &str) {
        if let Some(running) = self.running().get_mut(uid) {
            running.token = Some(Sha256::digest(token).into());
        }
    }

    /// The deployment that was given this token. Only digests are compared, so that time tells nothing.
    pub(crate) fn of_token(&self, token: &str) -> Option<String> {
        let given: [u8; 32] = Sha256::digest(token).into();
        let running = self.running();
        let found = running
            .iter()
            .find(|(_, running)| running.token == Some(given));
        found.map(|(uid, _)| uid.clone())
    }

    fn enter(&self, uid: &str, stop: CancellationToken) -> Entered<'_> {
        let running = Running { stop, token: None };
        self.running().insert(uid.to_owned(), running);
        Entered {
            active: self,
            uid: uid.to_owned(),
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A deployment that is being run, until this is dropped.
struct Entered<'a> {
    active: &'a Active,
    uid: String,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.active.running().remove(&self.uid);
    }
}

/// How a deployment is told to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    own: CancellationToken,
    closing: CancellationToken,
}

impl Stop {
    /// A way to stop one deployment, which stops by itself when the cloud ends.
    fn new(closing: &CancellationToken) -> Stop {
        Stop {
            own: closing.child_token(),
            closing: closing.clone(),
        }
    }

    /// Cancelled when it is to stop.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.own
    }

    /// Why it was told to.
    pub(crate) fn reason(&self) -> &'static str {
        if self.closing.is_cancelled() {
            "the local cloud ended while this deployment was running"
        } else {
            "the deployment was cancelled"
        }
    }
}

/// Runs deployments as they come to their turn, until `closing` is cancelled; then stops those that run.
///
/// Those that another process was running when it ended are marked as failed first.
pub(crate) async fn run(app: App, closing: CancellationToken) {
    while let Err(error) = fail_leftovers(&app).await {
        log("the deployments of before cannot be ended", &error);
        if time::timeout(PAUSE, closing.cancelled()).await.is_ok() {
            return;
        }
    }
    let mut running = JoinSet::new();
    let mut jobs: HashMap<Id, Job> = HashMap::new();
    while !closing.is_cancelled() {
        let is_fine = start_all(&app, &closing, &mut running, &mut jobs)
            .await
            .is_ok();
        let wait = if is_fine { LOOK_AGAIN } else { PAUSE };
        tokio::select! {
            () = closing.cancelled() => {}
            () = app.queue().notified() => {}
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
            .inspect_err(|error| log("the queue cannot be read", error))?;
        let Some(job) = next else { break };
        let (working, stop, doing) = (app.clone(), Stop::new(closing), job.clone());
        let task = running.spawn(async move { execute(&working, &doing, stop).await });
        jobs.insert(task.id(), job);
    }
    Ok(())
}

async fn execute(app: &App, job: &Job, stop: Stop) -> Result<(), RunError> {
    let deployment = &job.deployment;
    let _entered = app.active().enter(&deployment.uid, stop.own.clone());
    if !app.store().begin_deployment(job.row, app.moment()).await? {
        let why = "the deployment was cancelled".to_owned();
        app.store()
            .fail_deployment(job.row, why, app.moment())
            .await?;
        app.something_happened();
        return Ok(());
    }
    app.something_happened();
    info!(
        deployment.version,
        deployment.operation = deployment.operation.as_str(),
        "began deployment {} of stack `{}`",
        deployment.version,
        deployment.stack,
    );
    let is_success = executors::run(app, job, &stop).await?;
    app.something_happened();
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
            log("a deployment cannot be run", &error);
            (id, chain(&error))
        }
        Err(error) => {
            log("running a deployment had a bug", &error);
            (error.id(), RunError::GivenUp.to_string())
        }
    };
    let Some(job) = jobs.remove(&id) else { return };
    let failed = app.store().fail_deployment(job.row, trouble, app.moment());
    if let Err(error) = failed.await {
        // It is found and ended when the cloud starts again.
        log("a deployment cannot be ended", &error);
    }
    app.something_happened();
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
        app.something_happened();
    }
    Ok(())
}

fn log(what: &str, error: &(dyn Error + 'static)) {
    let chain = chain(error);
    error!(error = %chain, "{what}: {chain}");
}
