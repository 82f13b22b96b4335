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

/// The only user, and the organization that is always there.
pub(super) const USER: &str = "local";

/// A cloud: what it knows, and what a test can ask of it. Cheap to clone; all clones are the same cloud.
///
/// The data folder stays locked until the last clone is dropped.
#[derive(Clone, Debug)]
pub struct App(pub(super) Arc<Parts>);

// Fields are dropped in this order: the store closes before the folder is unlocked, and then removed.
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
    /// The trouble that requests are to meet.
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// The requests that came.
    pub fn request_log(&self) -> &RequestLog {
        &self.0.request_log
    }

    /// Who looks at the answers before they are sent, if anyone does.
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

    /// The capabilities that are on.
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

    /// How long a deployment may take.
    pub(crate) fn deployment_limit(&self) -> Duration {
        self.0.deployment_limit
    }

    /// The deployments that are being run.
    pub(crate) fn running(&self) -> &RunningDeployments {
        &self.0.running
    }

    /// The time now, for what is written into the store.
    pub(crate) fn moment(&self) -> Moment {
        Moment {
            now: self.clock().now(),
            steady: self.clock().steady(),
            base_url: self.base_url(),
            user: self.user().to_owned(),
        }
    }

    /// Who is signed in to the console.
    pub(crate) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// The environments that were opened and can be read.
    pub(crate) fn opened(&self) -> &OpenedEnvironments {
        &self.0.opened
    }

    /// A link that signs one browser in to the console of the cloud that is served at `base_url`, once.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    pub fn console_link(&self, base_url: &str) -> Result<String, SecretsError> {
        let key = self.0.sessions.make_key()?;
        Ok(format!("{base_url}/?key={key}"))
    }

    /// Work that goes on when its request is gone. A server that stops waits for it.
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

    /// The organization that a stack without one belongs to: the first that was given, else the user's own.
    pub(crate) fn default_organization(&self) -> &str {
        &self.0.default_organization
    }

    /// Where the cloud is served; empty before that.
    pub(crate) fn base_url(&self) -> String {
        self.0.base_url.get().cloned().unwrap_or_default()
    }

    /// Remembers where the cloud is served. The first server counts.
    pub(crate) fn set_base_url(&self, url: String) {
        self.0.base_url.get_or_init(|| url);
    }
}
