//! The deployments that are being run: how they are stopped, and which tokens they have.

use super::digest::Digest;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time;
use tokio_util::sync::CancellationToken;

/// The deployments that are being run.
#[derive(Debug, Default)]
pub(crate) struct RunningDeployments(Mutex<HashMap<String, Running>>);

#[derive(Debug)]
struct Running {
    stop: CancellationToken,
    /// The digest of the token that it was given.
    token: Option<Digest>,
}

impl RunningDeployments {
    /// Stops a deployment; returns whether it is being run.
    pub(crate) fn stop(&self, uid: &str) -> bool {
        let all = self.running();
        let running = all.get(uid);
        if let Some(running) = running {
            running.stop.cancel();
        }
        running.is_some()
    }

    /// Lets a deployment in with this token, for as long as it is being run.
    pub(crate) fn let_in(&self, uid: &str, token: &str) {
        if let Some(running) = self.running().get_mut(uid) {
            running.token = Some(Digest::of(token));
        }
    }

    /// The deployment that was given this token. Only digests are compared, so timing reveals nothing.
    pub(crate) fn of_token(&self, token: &str) -> Option<String> {
        let given = Digest::of(token);
        let running = self.running();
        let found = running
            .iter()
            .find(|(_, running)| running.token == Some(given));
        found.map(|(uid, _)| uid.clone())
    }

    /// Enters a deployment that begins to be run.
    pub(crate) fn enter(&self, uid: &str, stop: CancellationToken) -> Entered<'_> {
        let running = Running { stop, token: None };
        self.running().insert(uid.to_owned(), running);
        Entered {
            all: self,
            uid: uid.to_owned(),
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A deployment that is being run, until this is dropped.
pub(crate) struct Entered<'a> {
    all: &'a RunningDeployments,
    uid: String,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.all.running().remove(&self.uid);
    }
}

/// How a deployment is stopped.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    own: CancellationToken,
    closing: CancellationToken,
    /// How long it was given, once that is over.
    overdue: Arc<OnceLock<Duration>>,
}

impl Stop {
    /// A way to stop one deployment, which stops by itself when the cloud ends.
    pub(crate) fn new(closing: &CancellationToken) -> Stop {
        Stop {
            own: closing.child_token(),
            closing: closing.clone(),
            overdue: Arc::default(),
        }
    }

    /// Waits for `work`, and stops it when it has taken as long as `limit`.
    pub(crate) async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> T {
        let overdue = async {
            time::sleep(limit).await;
            // Nothing else sets it.
            let _ = self.overdue.set(limit);
            self.own.cancel();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            done = work => done,
            () = overdue => unreachable!("it waits forever"),
        }
    }

    /// Cancelled when it is to stop.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.own
    }

    /// Why it was told to.
    pub(crate) fn reason(&self) -> String {
        if self.closing.is_cancelled() {
            return "the local cloud ended while this deployment was running".to_owned();
        }
        match self.overdue.get() {
            Some(limit) => format!(
                "it took longer than {} s, which is the limit for deployments here; `--deployment-timeout` sets another",
                limit.as_secs_f64()
            ),
            None => "the deployment was cancelled".to_owned(),
        }
    }
}
