//! What the process keeps between requests.
//!
//! # What this may not do
//!
//! Outlive a deployment: [`Session::begin`] forgets the one before.

use super::cancel::Cancellation;
use crate::cloud::{Client, Endpoint, Patience};
use crate::engine::log::EngineLog;
use crate::resources::Resources;
use crate::resources::component::programs::Programs;
use std::sync::{Arc, Mutex, RwLock};
use tonic::Status;

/// The state of one plugin process.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) cancellation: Cancellation,
    pub(super) log: EngineLog,
    pub(super) programs: Programs,
    patience: Mutex<Patience>,
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

    /// Takes a configuration; requests under way keep the one that they began with. `reference` is this provider's own.
    pub(super) fn configure(&self, endpoint: Endpoint, reference: String) {
        let patience = *self
            .patience
            .lock()
            .expect("nobody panics while holding this lock");
        let resources = Resources::new(Client::new(endpoint, patience));
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
