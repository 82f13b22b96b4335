//! The engine's log, which shows advice to the user.
//!
//! # What this may not do
//!
//! Fail a request: an undeliverable message is dropped. Log at `ERROR`, which would fail the deployment.

use crate::pb;
use crate::pb::engine_client::EngineClient;
use crate::veil::Veil;
use std::sync::Mutex;
use tonic::transport::{Channel, Endpoint};

/// A client of the engine's log, connected on first use.
///
/// Without an address, as before an attach, messages only go to our own log.
#[derive(Debug, Default)]
pub struct EngineLog {
    client: Mutex<Option<EngineClient<Channel>>>,
    /// The secrets that no message shows.
    pub veil: Veil,
}

impl EngineLog {
    /// Sends later messages to the engine at `address`, `host:port`. An empty or invalid address changes nothing.
    pub fn attach(&self, address: &str) {
        let Ok(endpoint) = Endpoint::from_shared(format!("http://{address}")) else {
            tracing::warn!(address, "the engine's address `{address}` is not usable");
            return;
        };
        if !address.is_empty() {
            let client = EngineClient::new(endpoint.connect_lazy());
            *self
                .client
                .lock()
                .expect("nobody panics while holding this lock") = Some(client);
        }
    }

    /// Shows a warning at a resource: something that the user should know and may act on.
    pub async fn warn(&self, urn: &str, message: &str) {
        let message = &self.veil.over(message);
        tracing::warn!(urn, "{message}");
        self.send(pb::LogSeverity::Warning, urn, message).await;
    }

    /// Shows information at a resource.
    pub async fn info(&self, urn: &str, message: &str) {
        let message = &self.veil.over(message);
        tracing::info!(urn, "{message}");
        self.send(pb::LogSeverity::Info, urn, message).await;
    }

    async fn send(&self, severity: pb::LogSeverity, urn: &str, message: &str) {
        let client = self
            .client
            .lock()
            .expect("nobody panics while holding this lock")
            .clone();
        let Some(mut client) = client else { return };
        let request = pb::LogRequest {
            severity: severity.into(),
            message: message.to_owned(),
            urn: urn.to_owned(),
            ..pb::LogRequest::default()
        };
        if let Err(error) = client.log(request).await {
            tracing::warn!(urn, "the engine took no log message: {}", error.message());
        }
    }
}
