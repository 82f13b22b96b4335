//! What the process keeps between requests.
//!
//! # What this may not do
//!
//! Outlive a deployment: [`Session::begin`] forgets the previous one.

use super::cancel::Cancellation;
use super::under_way::UnderWay;
use crate::cloud::{Client, Patience};
use crate::config::{Access, Environment, Origin};
use crate::engine::log::EngineLog;
use crate::resources::Resources;
use crate::resources::component::programs::Programs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use tonic::Status;

/// The state of one plugin process.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) cancellation: Cancellation,
    pub(super) log: EngineLog,
    pub(super) programs: Arc<Programs>,
    pub(super) under_way: UnderWay,
    patience: Mutex<Patience>,
    environment: OnceLock<Environment>,
    /// Whether a program with this provider is running: only then does the engine check its configuration.
    has_program: AtomicBool,
    configured: RwLock<Option<Result<Arc<Configured>, Status>>>,
}

/// The result of Configure.
#[derive(Debug)]
pub(super) struct Configured {
    /// The resources for the configured cloud.
    pub(super) resources: Resources,
    /// This provider's own reference, `urn::id`; empty if the engine did not send it.
    pub(super) reference: String,
}

impl Session {
    /// Begins a deployment: at a handshake, or at an attach to a process that has served others.
    pub(super) fn begin(&self, engine: &str) {
        self.cancellation.renew();
        self.programs.clear();
        self.log.veil.clear();
        self.has_program.store(false, Ordering::Relaxed);
        if !engine.is_empty() {
            self.log.attach(engine);
        }
    }

    /// Sets how long to retry when the cloud is in trouble, from the next Configure on.
    pub(super) fn set_patience(&self, patience: Patience) {
        *self
            .patience
            .lock()
            .expect("nobody panics while holding this lock") = patience;
    }

    /// Sets the environment; by default it is that of the process.
    pub(super) fn set_environment(&self, environment: Environment) {
        // If it was set before, it is the same.
        let _ = self.environment.set(environment);
    }

    /// The current environment.
    pub(super) fn environment(&self) -> Environment {
        let given = self.environment.get().cloned();
        given.unwrap_or_else(Environment::capture)
    }

    /// Records that the running program has this provider.
    pub(super) fn note_program(&self) {
        self.has_program.store(true, Ordering::Relaxed);
    }

    /// Where the engine's configuration comes from. The engine checks the configuration of a program; without a program, as
    /// in `pulumi refresh` and `pulumi destroy`, it sends that of the state.
    pub(super) fn origin(&self) -> Origin {
        if self.has_program.load(Ordering::Relaxed) {
            Origin::Program
        } else {
            Origin::State
        }
    }

    /// Applies a configuration; current requests keep the previous one. `reference` is this provider's own.
    pub(super) fn configure(&self, access: Access, reference: String) {
        let patience = *self
            .patience
            .lock()
            .expect("nobody panics while holding this lock");
        let client = Client::new(access.endpoint, patience);
        let programs = Arc::clone(&self.programs);
        let resources = Resources::new(client, access.organizations, programs, reference.clone());
        self.set_configured(Ok(Arc::new(Configured {
            resources,
            reference,
        })));
    }

    /// Stores why the configuration is invalid: every request fails with this until the next Configure.
    pub(super) fn misconfigure(&self, failure: Status) {
        self.set_configured(Err(failure));
    }

    fn set_configured(&self, configured: Result<Arc<Configured>, Status>) {
        *self
            .configured
            .write()
            .expect("nobody panics while holding this lock") = Some(configured);
    }

    /// Reports, at the resource `urn`, advice about the resources as a whole.
    pub(super) async fn tell(&self, configured: &Configured, urn: &str) {
        if let Some(advice) = configured.resources.take_advice() {
            self.log.warn(urn, &advice).await;
        }
    }

    /// The configuration.
    ///
    /// # Errors
    ///
    /// The failure passed to [`Session::misconfigure`]; `FAILED_PRECONDITION` before Configure, which the engine always
    /// calls first.
    pub(super) fn configured(&self) -> Result<Arc<Configured>, Status> {
        let configured = self
            .configured
            .read()
            .expect("nobody panics while holding this lock")
            .clone();
        configured.unwrap_or_else(|| {
            Err(Status::failed_precondition(
                "the auto-deploy provider was not configured",
            ))
        })
    }
}
