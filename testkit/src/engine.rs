//! The engine's log as a list.

use auto_deploy::pb;
use auto_deploy::pb::engine_server::{Engine, EngineServer};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// The messages in order: `Severity name: message`, with the name of the resource.
#[derive(Clone, Default)]
pub struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    came: Arc<Notify>,
}

impl Log {
    /// Serves the log until the test ends; returns its address.
    pub async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        let service = EngineServer::new(self.clone());
        let incoming = TcpListenerStream::new(listener);
        tokio::spawn(tonic::transport::Server::builder().serve_with_incoming(service, incoming));
        address
    }

    /// The messages since the last call.
    pub fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().expect("no panic"))
    }

    /// Waits until there is a message.
    pub async fn waited_for(&self) -> Vec<String> {
        self.came.notified().await;
        self.taken()
    }
}

#[tonic::async_trait]
impl Engine for Log {
    async fn log(&self, request: Request<pb::LogRequest>) -> Result<Response<()>, Status> {
        let request = request.into_inner();
        let name = request.urn.rsplit("::").next().unwrap_or_default();
        let line = format!("{:?} {name}: {}", request.severity(), request.message);
        self.lines.lock().expect("no panic").push(line);
        self.came.notify_one();
        Ok(Response::new(()))
    }
}
