//! A resource monitor that writes down what a component registers, and answers as the engine does.

use super::values::{json_of, properties};
use auto_deploy::rpc::pb;
use auto_deploy::rpc::pb::resource_monitor_server::{ResourceMonitor, ResourceMonitorServer};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// What was registered, in order, and how to answer.
#[derive(Clone, Default)]
pub(crate) struct Monitor {
    pub(crate) registered: Arc<Mutex<Vec<pb::RegisterResourceRequest>>>,
    pub(crate) outputs: Arc<Mutex<Vec<(String, Value)>>>,
    /// Answers instead of the usual one, as for a deployment that was cancelled.
    pub(crate) refuses: Arc<Mutex<Option<Status>>>,
}

impl Monitor {
    /// Serves the monitor until the test ends; answers its address.
    pub(crate) async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        let service = ResourceMonitorServer::new(self.clone());
        let incoming = TcpListenerStream::new(listener);
        tokio::spawn(tonic::transport::Server::builder().serve_with_incoming(service, incoming));
        address
    }

    /// The registrations, the component first, the others by name.
    pub(crate) fn taken(&self) -> Vec<pb::RegisterResourceRequest> {
        let mut taken = std::mem::take(&mut *self.registered.lock().expect("no panic"));
        taken[1..].sort_by(|left, right| left.name.cmp(&right.name));
        taken
    }
}

#[tonic::async_trait]
impl ResourceMonitor for Monitor {
    async fn register_resource(
        &self,
        request: Request<pb::RegisterResourceRequest>,
    ) -> Result<Response<pb::RegisterResourceResponse>, Status> {
        let request = request.into_inner();
        if let Some(refusal) = self.refuses.lock().expect("no panic").clone() {
            return Err(refusal);
        }
        self.registered
            .lock()
            .expect("no panic")
            .push(request.clone());
        let mut outputs = json_of(request.object);
        if request.custom {
            outputs["name"] = format!("hook of {}", request.name).into();
        }
        let urn = format!(
            "urn:pulumi:dev::wiring::{}::{}",
            request.r#type, request.name
        );
        Ok(Response::new(pb::RegisterResourceResponse {
            urn,
            object: properties(outputs),
            ..Default::default()
        }))
    }

    async fn register_resource_outputs(
        &self,
        request: Request<pb::RegisterResourceOutputsRequest>,
    ) -> Result<Response<()>, Status> {
        let request = request.into_inner();
        self.outputs
            .lock()
            .expect("no panic")
            .push((request.urn, json_of(request.outputs)));
        Ok(Response::new(()))
    }
}
