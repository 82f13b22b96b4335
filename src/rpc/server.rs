//! Every method of the provider, each in a few lines: who answers it, and within which bounds.
//!
//! # What this may not do
//!
//! Hold a lock across an await, or let one request end another.

use super::provider_config::ACCEPTS_MARKED_VALUES;
use super::session::Session;
use super::{component, custom, function, provider_config};
use crate::cloud::{Bounds, Patience};
use crate::engine::limits::MAX_MESSAGE;
use crate::pb;
use crate::pb::resource_provider_server::{ResourceProvider, ResourceProviderServer};
use crate::schema;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio_stream::Iter;
use tonic::{Request, Response, Status};

/// The provider. Clones share one session.
#[derive(Clone, Debug)]
pub struct Server {
    session: Arc<Session>,
}

impl Server {
    /// A provider that logs to the engine at `engine`, `host:port`, if there is one yet.
    pub fn new(engine: Option<&str>) -> Server {
        let session = Session::default();
        session.begin(engine.unwrap_or_default());
        Server {
            session: Arc::new(session),
        }
    }

    /// The same with another patience than the usual towards a cloud in trouble. For the time before it is served.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Server {
        self.session.set_patience(patience);
        self
    }

    /// The provider as a gRPC service, with the engine's limits of message size.
    pub fn into_service(self) -> ResourceProviderServer<Server> {
        ResourceProviderServer::new(self)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }

    /// Runs one request until it ends, is cancelled, runs out of time or panics.
    async fn run<T, F>(
        &self,
        rpc: &'static str,
        timeout: f64,
        request: impl FnOnce(Arc<Session>) -> F,
    ) -> Result<Response<T>, Status>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Status>> + Send + 'static,
    {
        self.run_for("", rpc, timeout, request).await
    }

    /// The same for the resource `urn`, which is where the user is told that it takes long.
    async fn run_for<T, F>(
        &self,
        urn: &str,
        rpc: &'static str,
        timeout: f64,
        request: impl FnOnce(Arc<Session>) -> F,
    ) -> Result<Response<T>, Status>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Status>> + Send + 'static,
    {
        let limit = Duration::try_from_secs_f64(timeout)
            .ok()
            .filter(|limit| !limit.is_zero());
        let stop = self.session.cancellation.token();
        let bounds = Bounds::new(limit, stop, remark(&self.session, urn));
        let request = Box::pin(request(Arc::clone(&self.session)));
        self.session
            .cancellation
            .run(rpc, limit, bounds.hold(request))
            .await
            .map(Response::new)
    }
}

/// Tells the user something at a resource, without waiting until the engine has taken it.
fn remark(session: &Arc<Session>, urn: &str) -> impl Fn(String) + Send + Sync + 'static {
    let (session, urn) = (Arc::clone(session), urn.to_owned());
    move |message| {
        let (session, urn) = (Arc::clone(&session), urn.clone());
        tokio::spawn(async move { session.log.info(&urn, &message).await });
    }
}

#[tonic::async_trait]
impl ResourceProvider for Server {
    type ListStream = Iter<std::vec::IntoIter<Result<pb::ListResponse, Status>>>;

    async fn handshake(
        &self,
        request: Request<pb::ProviderHandshakeRequest>,
    ) -> Result<Response<pb::ProviderHandshakeResponse>, Status> {
        self.session.begin(&request.into_inner().engine_address);
        Ok(Response::new(pb::ProviderHandshakeResponse {
            accept_secrets: ACCEPTS_MARKED_VALUES,
            accept_resources: ACCEPTS_MARKED_VALUES,
            accept_outputs: ACCEPTS_MARKED_VALUES,
            supports_autonaming_configuration: false,
            accepts_byte_string: false,
        }))
    }

    async fn attach(&self, request: Request<pb::PluginAttach>) -> Result<Response<()>, Status> {
        self.session.begin(&request.into_inner().address);
        Ok(Response::new(()))
    }

    async fn get_plugin_info(&self, _: Request<()>) -> Result<Response<pb::PluginInfo>, Status> {
        Ok(Response::new(pb::PluginInfo {
            version: schema::VERSION.to_owned(),
        }))
    }

    async fn get_schema(
        &self,
        _: Request<pb::GetSchemaRequest>,
    ) -> Result<Response<pb::GetSchemaResponse>, Status> {
        Ok(Response::new(pb::GetSchemaResponse {
            schema: schema::package_schema(),
        }))
    }

    async fn parameterize(
        &self,
        _: Request<pb::ParameterizeRequest>,
    ) -> Result<Response<pb::ParameterizeResponse>, Status> {
        Err(Status::unimplemented(
            "the package auto-deploy takes no parameters; use it as it is",
        ))
    }

    async fn check_config(
        &self,
        request: Request<pb::CheckRequest>,
    ) -> Result<Response<pb::CheckResponse>, Status> {
        self.run("CheckConfig", 0.0, |_| async {
            provider_config::check(request.into_inner())
        })
        .await
    }

    async fn diff_config(
        &self,
        request: Request<pb::DiffRequest>,
    ) -> Result<Response<pb::DiffResponse>, Status> {
        self.run("DiffConfig", 0.0, |_| async {
            provider_config::diff(request.into_inner())
        })
        .await
    }

    async fn configure(
        &self,
        request: Request<pb::ConfigureRequest>,
    ) -> Result<Response<pb::ConfigureResponse>, Status> {
        self.run("Configure", 0.0, |session| async move {
            provider_config::configure(&session, request.into_inner())
        })
        .await
    }

    async fn check(
        &self,
        request: Request<pb::CheckRequest>,
    ) -> Result<Response<pb::CheckResponse>, Status> {
        let request = request.into_inner();
        let urn = request.urn.clone();
        self.run_for(&urn, "Check", 0.0, |session| async move {
            custom::check(&session, request).await
        })
        .await
    }

    async fn diff(
        &self,
        request: Request<pb::DiffRequest>,
    ) -> Result<Response<pb::DiffResponse>, Status> {
        self.run("Diff", 0.0, |session| async move {
            custom::diff(&session, request.into_inner())
        })
        .await
    }

    async fn create(
        &self,
        request: Request<pb::CreateRequest>,
    ) -> Result<Response<pb::CreateResponse>, Status> {
        let request = request.into_inner();
        let urn = request.urn.clone();
        self.run_for(&urn, "Create", request.timeout, |session| async move {
            custom::create(&session, request).await
        })
        .await
    }

    async fn read(
        &self,
        request: Request<pb::ReadRequest>,
    ) -> Result<Response<pb::ReadResponse>, Status> {
        let request = request.into_inner();
        let urn = request.urn.clone();
        self.run_for(&urn, "Read", request.timeout, |session| async move {
            custom::read(&session, request).await
        })
        .await
    }

    async fn update(
        &self,
        request: Request<pb::UpdateRequest>,
    ) -> Result<Response<pb::UpdateResponse>, Status> {
        let request = request.into_inner();
        let urn = request.urn.clone();
        self.run_for(&urn, "Update", request.timeout, |session| async move {
            custom::update(&session, request).await
        })
        .await
    }

    async fn delete(&self, request: Request<pb::DeleteRequest>) -> Result<Response<()>, Status> {
        let request = request.into_inner();
        let urn = request.urn.clone();
        self.run_for(&urn, "Delete", request.timeout, |session| async move {
            custom::delete(&session, request).await
        })
        .await
    }

    async fn construct(
        &self,
        request: Request<pb::ConstructRequest>,
    ) -> Result<Response<pb::ConstructResponse>, Status> {
        let request = request.into_inner();
        self.run("Construct", 0.0, |session| async move {
            component::construct(&session, request).await
        })
        .await
    }

    async fn invoke(
        &self,
        request: Request<pb::InvokeRequest>,
    ) -> Result<Response<pb::InvokeResponse>, Status> {
        self.run("Invoke", 0.0, |session| async move {
            function::invoke(&session, request.into_inner()).await
        })
        .await
    }

    async fn call(
        &self,
        request: Request<pb::CallRequest>,
    ) -> Result<Response<pb::CallResponse>, Status> {
        Err(no_function(&request.into_inner().tok))
    }

    async fn list(
        &self,
        request: Request<pb::ListRequest>,
    ) -> Result<Response<Self::ListStream>, Status> {
        let entries = self
            .run("List", 0.0, |session| async move {
                custom::list(&session, request.into_inner()).await
            })
            .await?;
        let entries: Vec<_> = entries.into_inner().into_iter().map(Ok).collect();
        Ok(Response::new(tokio_stream::iter(entries)))
    }

    /// The engine's way to say stop, and its ordinary goodbye.
    async fn cancel(&self, _: Request<()>) -> Result<Response<()>, Status> {
        self.session.cancellation.cancel();
        Ok(Response::new(()))
    }

    async fn get_mapping(
        &self,
        _: Request<pb::GetMappingRequest>,
    ) -> Result<Response<pb::GetMappingResponse>, Status> {
        Ok(Response::new(pb::GetMappingResponse::default()))
    }

    async fn get_mappings(
        &self,
        _: Request<pb::GetMappingsRequest>,
    ) -> Result<Response<pb::GetMappingsResponse>, Status> {
        Ok(Response::new(pb::GetMappingsResponse::default()))
    }
}

fn no_function(token: &str) -> Status {
    let error = crate::resources::error::ResourceError::UnknownToken {
        kind: "function",
        token: token.to_owned(),
    };
    super::status::resource(error, &crate::property::Map::new())
}
