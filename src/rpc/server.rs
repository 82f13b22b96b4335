//! Every method of the provider in a few lines: what handles it, and within which bounds.
//!
//! # What this may not do
//!
//! Hold a lock across an await, or let one request end another.

use super::provider_config::ACCEPTS_MARKED_VALUES;
use super::session::Session;
use super::under_way::UnderWay;
use super::wrapper::{self, Bounded};
use super::{component, custom, function, provider_config};
use crate::cloud::Patience;
use crate::config::Environment;
use crate::engine::limits::MAX_MESSAGE;
use crate::pb;
use crate::pb::resource_provider_server::{ResourceProvider, ResourceProviderServer};
use crate::schema;
use std::future::Future;
use std::sync::Arc;
use tokio_stream::Iter;
use tonic::{Request, Response, Status};

/// The provider. Clones share one session.
#[derive(Clone, Debug)]
pub struct Server {
    session: Arc<Session>,
}

impl Server {
    /// A provider that logs to the engine at `engine`, `host:port`, if that is known yet.
    pub fn new(engine: Option<&str>) -> Server {
        let session = Session::default();
        session.begin(engine.unwrap_or_default());
        Server {
            session: Arc::new(session),
        }
    }

    /// Changes how long to retry when the cloud is in trouble. Call before serving.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Server {
        self.session.set_patience(patience);
        self
    }

    /// Uses this environment instead of that of the process. Call before serving.
    #[must_use]
    pub fn with_environment(self, environment: Environment) -> Server {
        self.session.set_environment(environment);
        self
    }

    /// The provider as a gRPC service, with the engine's limits on message sizes.
    pub fn into_service(self) -> ResourceProviderServer<Server> {
        ResourceProviderServer::new(self)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }

    /// The layer in front of the service that makes a Cancel wait for the answers of components.
    pub(super) fn under_way(&self) -> UnderWay {
        self.session.under_way.clone()
    }

    /// Answers one request within its bounds.
    async fn answer<Q, T, F>(
        &self,
        rpc: &'static str,
        request: Request<Q>,
        method: impl FnOnce(Arc<Session>, Q) -> F,
    ) -> Result<Response<T>, Status>
    where
        Q: Bounded,
        T: Send + 'static,
        F: Future<Output = Result<T, Status>> + Send + 'static,
    {
        let answer = wrapper::run(&self.session, rpc, request.into_inner(), method).await;
        answer.map(Response::new)
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
            accepts_outputs_in_invoke: false,
            accepts_outputs_in_call: false,
            accepts_outputs_in_check: false,
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
        self.answer("CheckConfig", request, provider_config::check)
            .await
    }

    async fn diff_config(
        &self,
        request: Request<pb::DiffRequest>,
    ) -> Result<Response<pb::DiffResponse>, Status> {
        self.answer("DiffConfig", request, provider_config::diff)
            .await
    }

    async fn configure(
        &self,
        request: Request<pb::ConfigureRequest>,
    ) -> Result<Response<pb::ConfigureResponse>, Status> {
        self.answer("Configure", request, provider_config::configure)
            .await
    }

    async fn check(
        &self,
        request: Request<pb::CheckRequest>,
    ) -> Result<Response<pb::CheckResponse>, Status> {
        self.answer("Check", request, custom::check).await
    }

    async fn diff(
        &self,
        request: Request<pb::DiffRequest>,
    ) -> Result<Response<pb::DiffResponse>, Status> {
        self.answer("Diff", request, custom::diff).await
    }

    async fn create(
        &self,
        request: Request<pb::CreateRequest>,
    ) -> Result<Response<pb::CreateResponse>, Status> {
        self.answer("Create", request, custom::create).await
    }

    async fn read(
        &self,
        request: Request<pb::ReadRequest>,
    ) -> Result<Response<pb::ReadResponse>, Status> {
        self.answer("Read", request, custom::read).await
    }

    async fn update(
        &self,
        request: Request<pb::UpdateRequest>,
    ) -> Result<Response<pb::UpdateResponse>, Status> {
        self.answer("Update", request, custom::update).await
    }

    async fn delete(&self, request: Request<pb::DeleteRequest>) -> Result<Response<()>, Status> {
        self.answer("Delete", request, custom::delete).await
    }

    async fn construct(
        &self,
        request: Request<pb::ConstructRequest>,
    ) -> Result<Response<pb::ConstructResponse>, Status> {
        let over = component::over(request.get_ref());
        let answer = self
            .answer("Construct", request, component::construct)
            .await;
        if self.session.cancellation.token().is_cancelled() {
            // The engine has reported why the deployment ended. An error here would be a second, wrong one.
            return Ok(answer.unwrap_or_else(|_| Response::new(over)));
        }
        answer
    }

    async fn invoke(
        &self,
        request: Request<pb::InvokeRequest>,
    ) -> Result<Response<pb::InvokeResponse>, Status> {
        self.answer("Invoke", request, function::invoke).await
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
        let entries = self.answer("List", request, custom::list).await?;
        let entries: Vec<_> = entries.into_inner().into_iter().map(Ok).collect();
        Ok(Response::new(tokio_stream::iter(entries)))
    }

    /// The engine's request to stop, which it also sends at a normal end. Components are answered first: the engine closes
    /// the connection when it gets this answer, and shows an error for each component without one.
    async fn cancel(&self, _: Request<()>) -> Result<Response<()>, Status> {
        self.session.cancellation.cancel();
        self.session.under_way.answered().await;
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
