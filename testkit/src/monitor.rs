//! A resource monitor that records what a component registers, and answers like the engine; optionally it also has the
//! webhooks created.

use crate::provider::seed;
use crate::values::{json_of, properties};
use auto_deploy::pb;
use auto_deploy::pb::resource_monitor_server::{ResourceMonitor, ResourceMonitorServer};
use auto_deploy::pb::resource_provider_client::ResourceProviderClient;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

/// The registrations in order, and the answers.
#[derive(Clone, Default)]
pub struct Monitor {
    /// The registrations in order.
    pub registered: Arc<Mutex<Vec<pb::RegisterResourceRequest>>>,
    /// The outputs of components, by URN.
    pub outputs: Arc<Mutex<Vec<(String, Value)>>>,
    /// An answer instead of the usual one, as for a cancelled deployment.
    pub refuses: Arc<Mutex<Option<Status>>>,
    /// The result of a registration that succeeds as a call.
    pub result: Arc<Mutex<i32>>,
    /// The resources that are skipped, as in a targeted update: their outputs are unknown.
    pub passed_over: Arc<Mutex<BTreeSet<String>>>,
    maker: Option<Maker>,
}

/// Creates the registered webhooks.
#[derive(Clone)]
struct Maker {
    provider: ResourceProviderClient<Channel>,
    /// The project of the program.
    project: String,
    /// Where each webhook waits before it is created.
    meeting: Arc<Barrier>,
}

impl Monitor {
    /// A monitor of the program `project` that has each webhook created by `provider` as soon as all expected ones have
    /// been registered.
    pub fn making(
        provider: &ResourceProviderClient<Channel>,
        project: &str,
        meeting: &Arc<Barrier>,
    ) -> Monitor {
        Monitor {
            maker: Some(Maker {
                provider: provider.clone(),
                project: project.to_owned(),
                meeting: Arc::clone(meeting),
            }),
            ..Monitor::default()
        }
    }

    /// Serves the monitor until the test ends; returns its address.
    pub async fn serve(&self) -> String {
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
    pub fn taken(&self) -> Vec<pb::RegisterResourceRequest> {
        let mut taken = std::mem::take(&mut *self.registered.lock().expect("no panic"));
        taken[1..].sort_by(|left, right| left.name.cmp(&right.name));
        taken
    }
}

impl Maker {
    /// Creates a webhook; returns its URN and outputs.
    async fn make(&self, request: &pb::RegisterResourceRequest) -> Result<(String, Value), Status> {
        let around = request.parent.split("::").nth(2).expect("it has a type");
        let urn = format!(
            "urn:pulumi:dev::{}::{around}${}::{}",
            self.project, request.r#type, request.name
        );
        self.meeting.wait().await;
        let check = pb::CheckRequest {
            urn: urn.clone(),
            news: request.object.clone(),
            random_seed: seed(),
            ..pb::CheckRequest::default()
        };
        let checked = self.provider.clone().check(check).await?.into_inner();
        let create = pb::CreateRequest {
            urn: urn.clone(),
            properties: checked.inputs,
            ..pb::CreateRequest::default()
        };
        let made = self.provider.clone().create(create).await?.into_inner();
        Ok((urn, json_of(made.properties)))
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
        let mut outputs = json_of(request.object.clone());
        let unknown = self
            .passed_over
            .lock()
            .expect("no panic")
            .contains(&request.name);
        if request.custom && !unknown {
            outputs["name"] = format!("hook of {}", request.name).into();
        }
        let mut urn = format!(
            "urn:pulumi:dev::wiring::{}::{}",
            request.r#type, request.name
        );
        if let Some(maker) = self.maker.as_ref().filter(|_| request.custom) {
            (urn, outputs) = maker.make(&request).await?;
        }
        Ok(Response::new(pb::RegisterResourceResponse {
            urn,
            object: properties(outputs),
            result: *self.result.lock().expect("no panic"),
            unknown,
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
