//! What the process keeps between requests.
//!
//! # What this may not do
//!
//! Outlive a deployment: [`Session::begin`] forgets the one before.

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
    /// Whether a program runs that has this provider: the engine checks its configuration then.
    has_program: AtomicBool,
    configured: RwLock<Option<Result<Arc<Configured>, Status>>>,
}

/// What Configure made.
#[derive(Debug)]
pub(super) struct Configured {
    /// The resources behind the configured cloud.
    pub(super) resources: Resources,
    /// This provider's own reference, `urn::id`; empty if the engine did not tell it.
    pub(super) reference: String,
}

impl Session {
    /// Begins a deployment: a handshake, or an attach to a process that has served others.
    pub(super) fn begin(&self, engine: &str) {
        self.cancellation.renew();
        self.programs.clear();
        self.log.veil.clear();
        self.has_program.store(false, Ordering::Relaxed);
        if !engine.is_empty() {
            self.log.attach(engine);
        }
    }

    /// Sets how long a cloud in trouble is waited for, from the next Configure on.
    pub(super) fn set_patience(&self, patience: Patience) {
        *self
            .patience
            .lock()
            .expect("nobody panics while holding this lock") = patience;
    }

    /// Sets the surroundings; without, they are those of the process.
    pub(super) fn set_environment(&self, environment: Environment) {
        // The faster one has said it for the same server.
        let _ = self.environment.set(environment);
    }

    /// What surrounds the process now.
    pub(super) fn environment(&self) -> Environment {
        let given = self.environment.get().cloned();
        given.unwrap_or_else(Environment::capture)
    }

    /// Notes that the program that runs has this provider.
    pub(super) fn note_program(&self) {
        self.has_program.store(true, Ordering::Relaxed);
    }

    /// Where the configuration comes from that the engine gives. It checks one that a program has just said; without a
    /// program, as in `pulumi refresh` and `pulumi destroy`, it gives the one of the state.
    pub(super) fn origin(&self) -> Origin {
        if self.has_program.load(Ordering::Relaxed) {
            Origin::Program
        } else {
            Origin::State
        }
    }

    /// Takes a configuration; requests under way keep the one that they began with. `reference` is this provider's own.
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

    /// Keeps why the configuration cannot be used: every request fails with this until the next Configure.
    pub(super) fn misconfigure(&self, failure: Status) {
        self.set_configured(Err(failure));
    }

    fn set_configured(&self, configured: Result<Arc<Configured>, Status>) {
        *self
            .configured
            .write()
            .expect("nobody panics while holding this lock") = Some(configured);
    }

    /// Tells the user, at the resource `urn`, what the resources have to say about themselves as a whole.
    pub(super) async fn tell(&self, configured: &Configured, urn: &str) {
        if let Some(advice) = configured.resources.take_advice() {
            self.log.warn(urn, &advice).await;
        }
    }

    /// The configuration.
    ///
    /// # Errors
    ///
    /// What [`Session::misconfigure`] was told; `FAILED_PRECONDITION` before Configure, which the engine does not do.
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
