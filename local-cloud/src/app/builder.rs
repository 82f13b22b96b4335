//! Opens a cloud: creates and locks its data folder, reads its key and its database.

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

/// The default time limit of a deployment.
const DEPLOYMENT_LIMIT: Duration = Duration::from_hours(1);

impl App {
    /// A cloud that accepts any client with `token`.
    ///
    /// By default it has one user and one organization, both named `local`, keeps its data in a temporary folder that is
    /// deleted with it, and uses the machine's clock.
    pub fn builder(token: impl Into<String>) -> AppBuilder {
        AppBuilder::new(token.into().into())
    }
}

/// The options of a cloud; see [`App::builder`].
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
    /// The options with their defaults.
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

    /// Adds an organization to `local`. One that already exists in the data folder stays unchanged.
    #[must_use]
    pub fn organization(mut self, name: impl Into<String>) -> AppBuilder {
        self.organizations.push(name.into());
        self
    }

    /// Keeps the data in this folder, which is created if necessary and is not deleted with the cloud.
    #[must_use]
    pub fn data(mut self, folder: impl AsRef<Path>) -> AppBuilder {
        self.data = Some(folder.as_ref().to_owned());
        self
    }

    /// Turns off this capability, like an older cloud: `/api/capabilities` does not list it, and its routes do not exist.
    #[must_use]
    pub fn without(mut self, capability: Capability) -> AppBuilder {
        self.capabilities.remove(capability);
        self
    }

    /// Uses this clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> AppBuilder {
        self.clock = clock;
        self
    }

    /// Also answers requests that name this host. By default, only those that name a loopback address or `localhost` are
    /// answered.
    #[must_use]
    pub fn allowed_host(mut self, host: impl Into<String>) -> AppBuilder {
        self.hosts.names.push(host.into().to_ascii_lowercase());
        self
    }

    /// Also serves other machines, if the listener is reachable from them. By default, only this machine is served.
    ///
    /// Anyone who can reach it and has the token can run programs here, so the token must have at least 32 characters.
    #[must_use]
    pub fn allow_remote(mut self) -> AppBuilder {
        self.hosts.any_address = true;
        self
    }

    /// Runs deployments with this executor; by default with the Pulumi CLI.
    #[must_use]
    pub fn executor(mut self, executor: Executor) -> AppBuilder {
        self.executor = executor;
        self
    }

    /// Runs deployments with the Pulumi CLI at this path; by default with the one on `PATH`.
    #[must_use]
    pub fn pulumi(mut self, path: impl AsRef<Path>) -> AppBuilder {
        path.as_ref().clone_into(&mut self.pulumi);
        self
    }

    /// Installs this resource plugin for deployments: the package's name and version, and the program. A missing program is
    /// ignored.
    #[must_use]
    pub fn plugin(mut self, name: &str, version: &str, file: impl AsRef<Path>) -> AppBuilder {
        self.plugin = Some(Plugin {
            name: name.to_owned(),
            version: version.to_owned(),
            file: file.as_ref().to_owned(),
        });
        self
    }

    /// Runs this many deployments at the same time; by default one.
    #[must_use]
    pub fn concurrency(mut self, n: NonZeroUsize) -> AppBuilder {
        self.concurrency = n;
        self
    }

    /// Stops a deployment after this time, and marks it as failed; by default after an hour.
    #[must_use]
    pub fn deployment_limit(mut self, limit: Duration) -> AppBuilder {
        self.deployment_limit = limit;
        self
    }

    /// Whether acknowledged writes survive a power failure, which costs a write to the disk each time; by default only if a
    /// folder was [given](AppBuilder::data). Nothing is lost in either case if only the process ends.
    #[must_use]
    pub fn durable(mut self, is_durable: bool) -> AppBuilder {
        self.is_durable = Some(is_durable);
        self
    }

    /// Lets a judge examine each answer of the API before it is sent. An answer that it rejects becomes a 500 with the
    /// reason. It does not see injected faults.
    #[must_use]
    pub fn judge(mut self, judge: Arc<dyn Judge>) -> AppBuilder {
        self.judge = Some(judge);
        self
    }

    /// Opens the cloud.
    ///
    /// # Errors
    ///
    /// [`OpenError::InUse`] if a process, possibly this one, has the data folder open; for the others, see [`OpenError`].
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
