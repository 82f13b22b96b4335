//! How a cloud is opened: its data folder made and locked, its key and its database read.

use super::folder::{folder, lock};
use super::handle::{App, Parts, USER};
use super::open_error::{MIN_REMOTE_TOKEN, OpenError};
use crate::domain::capabilities::{Capabilities, Capability};
use crate::domain::names;
use crate::parts::{
    Clock, Digest, Executor, ExecutorSettings, Faults, Judge, KnownHosts, OpenedEnvironments,
    PLUGINS, Plugin, Postman, RequestLog, RunningDeployments, Secrets, Sessions,
};
use crate::store::Store;
use secrecy::{ExposeSecret, SecretString};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// How long a deployment may take by default.
const DEPLOYMENT_LIMIT: Duration = Duration::from_hours(1);

impl App {
    /// A cloud that lets in any client that has `token`.
    ///
    /// Without more it has one user and one organization, both named `local`, keeps its data in a temporary folder
    /// that goes with it, and takes the machine's time.
    pub fn builder(token: impl Into<String>) -> AppBuilder {
        AppBuilder::new(token.into().into())
    }
}

/// How a cloud is to be; see [`App::builder`].
#[derive(Debug)]
pub struct AppBuilder {
    token: SecretString,
    organizations: Vec<String>,
    data: Option<PathBuf>,
    capabilities: Capabilities,
    clock: Clock,
    hosts: KnownHosts,
    executor: Executor,
    pulumi: PathBuf,
    plugin: Option<Plugin>,
    concurrency: NonZeroUsize,
    deployment_limit: Duration,
    is_durable: Option<bool>,
    judge: Option<Arc<dyn Judge>>,
}

impl AppBuilder {
    /// What [`App::builder`] gives.
    pub(super) fn new(token: SecretString) -> AppBuilder {
        AppBuilder {
            token,
            organizations: Vec::new(),
            data: None,
            capabilities: Capabilities::default(),
            clock: Clock::system(),
            hosts: KnownHosts::default(),
            executor: Executor::Pulumi,
            pulumi: PathBuf::from("pulumi"),
            plugin: None,
            concurrency: NonZeroUsize::MIN,
            deployment_limit: DEPLOYMENT_LIMIT,
            is_durable: None,
            judge: None,
        }
    }

    /// Adds an organization beside `local`. One that is in the data folder already stays as it is.
    #[must_use]
    pub fn organization(mut self, name: impl Into<String>) -> AppBuilder {
        self.organizations.push(name.into());
        self
    }

    /// Keeps the data in this folder, which is made if it is not there, and is left when the cloud goes.
    #[must_use]
    pub fn data(mut self, folder: impl AsRef<Path>) -> AppBuilder {
        self.data = Some(folder.as_ref().to_owned());
        self
    }

    /// Leaves out this capability, like an older cloud: `/api/capabilities` does not name it, and its routes do not exist.
    #[must_use]
    pub fn without(mut self, capability: Capability) -> AppBuilder {
        self.capabilities.remove(capability);
        self
    }

    /// Takes the time from this clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> AppBuilder {
        self.clock = clock;
        self
    }

    /// Answers requests that name this host, too; without it, only those that name a loopback address or `localhost`.
    #[must_use]
    pub fn allowed_host(mut self, host: impl Into<String>) -> AppBuilder {
        self.hosts.names.push(host.into().to_ascii_lowercase());
        self
    }

    /// Serves other machines, too, if the listener is reachable from them; without it, this machine only.
    ///
    /// Anyone who reaches it and has the token can run programs here: it then must have 32 characters or more.
    #[must_use]
    pub fn allow_remote(mut self) -> AppBuilder {
        self.hosts.any_address = true;
        self
    }

    /// Runs deployments in this way; without it, with the Pulumi command line.
    #[must_use]
    pub fn executor(mut self, executor: Executor) -> AppBuilder {
        self.executor = executor;
        self
    }

    /// Runs deployments with the Pulumi command line at this path; without it, with the one on the `PATH`.
    #[must_use]
    pub fn pulumi(mut self, path: impl AsRef<Path>) -> AppBuilder {
        path.as_ref().clone_into(&mut self.pulumi);
        self
    }

    /// Gives deployments this resource plugin as an installed one: the package's name and version, and the program. One that
    /// is not there is passed over.
    #[must_use]
    pub fn plugin(mut self, name: &str, version: &str, file: impl AsRef<Path>) -> AppBuilder {
        self.plugin = Some(Plugin {
            name: name.to_owned(),
            version: version.to_owned(),
            file: file.as_ref().to_owned(),
        });
        self
    }

    /// Runs this many deployments at the same time; without it, one.
    #[must_use]
    pub fn concurrency(mut self, n: NonZeroUsize) -> AppBuilder {
        self.concurrency = n;
        self
    }

    /// Stops a deployment that has taken this long, and marks it as failed; without it, after an hour.
    #[must_use]
    pub fn deployment_limit(mut self, limit: Duration) -> AppBuilder {
        self.deployment_limit = limit;
        self
    }

    /// Whether what was answered as done outlives a power failure, which costs a write to the disk each time; without it,
    /// yes if a folder was [given](AppBuilder::data). The end of the process alone loses nothing either way.
    #[must_use]
    pub fn durable(mut self, is_durable: bool) -> AppBuilder {
        self.is_durable = Some(is_durable);
        self
    }

    /// Lets a judge look at each answer of the API before it is sent; what it objects to becomes a 500 that says so. It does
    /// not see the trouble that is made on purpose.
    #[must_use]
    pub fn judge(mut self, judge: Arc<dyn Judge>) -> AppBuilder {
        self.judge = Some(judge);
        self
    }

    /// Opens the cloud.
    ///
    /// # Errors
    ///
    /// [`OpenError::InUse`] if another process, or this one, has the data folder open; others as they say.
    pub fn open(self) -> Result<App, OpenError> {
        let token = self.token.expose_secret();
        if token.trim().is_empty() {
            return Err(OpenError::EmptyToken);
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(OpenError::UnusableToken);
        }
        let n_characters = token.chars().count();
        if self.hosts.any_address && n_characters < MIN_REMOTE_TOKEN {
            return Err(OpenError::WeakToken);
        }
        for name in &self.organizations {
            names::check_organization(name)?;
        }
        let (data, temporary) = folder(self.data)?;
        let lock = lock(&data)?;
        if let Some(plugin) = &self.plugin {
            let installed = plugin.install(&data);
            installed.map_err(|source| OpenError::Folder {
                path: data.join(PLUGINS),
                source,
            })?;
        }
        let executor = ExecutorSettings::new(self.executor, &data, &self.pulumi);
        let secrets = if Store::is_in(&data) {
            Secrets::reopen(&data)?
        } else {
            Secrets::open(&data)?
        };
        let default_organization = self.organizations.first().map_or(USER, String::as_str);
        let default_organization = default_organization.to_owned();
        let organizations = self
            .organizations
            .into_iter()
            .chain([USER.to_owned()])
            .collect();
        let is_durable = self.is_durable.unwrap_or(temporary.is_none());
        let store = Store::open(&data, organizations, is_durable)?;
        Ok(App(Arc::new(Parts {
            store,
            secrets,
            token: Digest::of(self.token.expose_secret()),
            hosts: self.hosts,
            capabilities: self.capabilities,
            clock: self.clock,
            faults: Faults::default(),
            judge: self.judge,
            request_log: RequestLog::default(),
            postman: Postman::new().map_err(OpenError::Client)?,
            background: TaskTracker::new(),
            sessions: Sessions::default(),
            opened: OpenedEnvironments::default(),
            running: RunningDeployments::default(),
            executor,
            concurrency: self.concurrency,
            deployment_limit: self.deployment_limit,
            base_url: OnceLock::new(),
            default_organization,
            _lock: lock,
            _temporary: temporary,
        })))
    }
}
