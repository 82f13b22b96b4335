//! The running deployments: how to stop them, and their tokens.

use super::digest::Digest;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time;
use tokio_util::sync::CancellationToken;

/// The running deployments.
#[derive(Debug, Default)]
pub(crate) struct RunningDeployments(Mutex<HashMap<String, Running>>);

#[derive(Debug)]
struct Running {
    stop: CancellationToken,
    /// The digest of its token.
    token: Option<Digest>,
}

impl RunningDeployments {
    /// Stops a deployment; returns whether it was running.
    pub(crate) fn stop(&self, uid: &str) -> bool {
        let all = self.running();
        let running = all.get(uid);
        if let Some(running) = running {
            running.stop.cancel();
        }
        running.is_some()
    }

    /// Gives a deployment access with this token while it is running.
    pub(crate) fn let_in(&self, uid: &str, token: &str) {
        if let Some(running) = self.running().get_mut(uid) {
            running.token = Some(Digest::of(token));
        }
    }

    /// The deployment with this token. Only digests are compared, so the time reveals nothing.
    pub(crate) fn of_token(&self, token: &str) -> Option<String> {
        let given = Digest::of(token);
        let running = self.running();
        let found = running
            .iter()
            .find(|(_, running)| running.token == Some(given));
        found.map(|(uid, _)| uid.clone())
    }

    /// Adds a deployment that begins to run.
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

/// A running deployment, until this is dropped.
pub(crate) struct Entered<'a> {
    all: &'a RunningDeployments,
    uid: String,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.all.running().remove(&self.uid);
    }
}

/// The means to stop a deployment.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    own: CancellationToken,
    closing: CancellationToken,
    /// The time limit, once it has been exceeded.
    overdue: Arc<OnceLock<Duration>>,
}

impl Stop {
    /// The means to stop one deployment, which also stops when the cloud ends.
    pub(crate) fn new(closing: &CancellationToken) -> Stop {
        Stop {
            own: closing.child_token(),
            closing: closing.clone(),
            overdue: Arc::default(),
        }
    }

    /// Waits for `work`, and stops it after `limit`.
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

    /// Cancelled when the deployment must stop.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.own
    }

    /// Why it was stopped.
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
