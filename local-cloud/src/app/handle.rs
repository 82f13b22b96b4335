//! The handle of a cloud.

use crate::domain::capabilities::Capabilities;
use crate::domain::moment::Moment;
use crate::parts::{
    Clock, Digest, ExecutorSettings, Faults, Judge, KnownHosts, OpenedEnvironments, Postman,
    RequestLog, RunningDeployments, Secrets, SecretsError, Sessions,
};
use crate::store::Store;
use std::fs::File;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

/// The only user, and the organization that always exists.
pub(super) const USER: &str = "local";

/// A cloud, and the means for tests to control it. Cheap to clone; all clones are the same cloud.
///
/// The data folder stays locked until the last clone is dropped.
#[derive(Clone, Debug)]
pub struct App(pub(super) Arc<Parts>);

// Fields are dropped in this order: the store closes before the folder is unlocked and then deleted.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) store: Store,
    pub(super) secrets: Secrets,
    pub(super) token: Digest,
    pub(super) hosts: KnownHosts,
    pub(super) capabilities: Capabilities,
    pub(super) clock: Clock,
    pub(super) faults: Faults,
    pub(super) judge: Option<Arc<dyn Judge>>,
    pub(super) request_log: RequestLog,
    pub(super) postman: Postman,
    pub(super) background: TaskTracker,
    pub(super) sessions: Sessions,
    pub(super) opened: OpenedEnvironments,
    pub(super) running: RunningDeployments,
    pub(super) executor: ExecutorSettings,
    pub(super) concurrency: NonZeroUsize,
    pub(super) deployment_limit: Duration,
    pub(super) base_url: OnceLock<String>,
    pub(super) default_organization: String,
    pub(super) _lock: File,
    pub(super) _temporary: Option<TempDir>,
}

impl App {
    /// The faults to inject into requests.
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// The requests that have arrived.
    pub fn request_log(&self) -> &RequestLog {
        &self.0.request_log
    }

    /// The judge of answers, if there is one.
    pub(crate) fn judge(&self) -> Option<&dyn Judge> {
        self.0.judge.as_deref()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.0.secrets
    }

    pub(crate) fn token(&self) -> &Digest {
        &self.0.token
    }

    pub(crate) fn hosts(&self) -> &KnownHosts {
        &self.0.hosts
    }

    /// The capabilities that are turned on.
    pub(crate) fn capabilities(&self) -> &Capabilities {
        &self.0.capabilities
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn postman(&self) -> &Postman {
        &self.0.postman
    }

    /// What runs deployments.
    pub(crate) fn executor(&self) -> &ExecutorSettings {
        &self.0.executor
    }

    /// How many deployments run at the same time.
    pub(crate) fn concurrency(&self) -> usize {
        self.0.concurrency.get()
    }

    /// The time limit of a deployment.
    pub(crate) fn deployment_limit(&self) -> Duration {
        self.0.deployment_limit
    }

    /// The running deployments.
    pub(crate) fn running(&self) -> &RunningDeployments {
        &self.0.running
    }

    /// The current time for the store.
    pub(crate) fn moment(&self) -> Moment {
        Moment {
            now: self.clock().now(),
            steady: self.clock().steady(),
            base_url: self.base_url(),
            user: self.user().to_owned(),
        }
    }

    /// The sessions of the console.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// The opened environments.
    pub(crate) fn opened(&self) -> &OpenedEnvironments {
        &self.0.opened
    }

    /// A link that signs in one browser, once, to the console of the cloud at `base_url`.
    ///
    /// # Errors
    ///
    /// If the system returns no random bytes.
    pub fn console_link(&self, base_url: &str) -> Result<String, SecretsError> {
        let key = self.0.sessions.make_key()?;
        Ok(format!("{base_url}/?key={key}"))
    }

    /// Tasks that continue after their requests have ended. A server that stops waits for them.
    pub(crate) fn background(&self) -> &TaskTracker {
        &self.0.background
    }

    /// The login of the only user.
    #[expect(
        clippy::unused_self,
        reason = "callers need not know that there is only one"
    )]
    pub(crate) fn user(&self) -> &str {
        USER
    }

    /// The organization of a stack that names none: the first one that was given, or else the user's own.
    pub(crate) fn default_organization(&self) -> &str {
        &self.0.default_organization
    }

    /// The address at which the cloud is served; empty before that.
    pub(crate) fn base_url(&self) -> String {
        self.0.base_url.get().cloned().unwrap_or_default()
    }

    /// Records the address at which the cloud is served. The first server counts.
    pub(crate) fn set_base_url(&self, url: String) {
        self.0.base_url.get_or_init(|| url);
    }
}
