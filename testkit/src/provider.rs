//! A provider and a local cloud in this process, with the real protocols between them and the test.

use crate::api::{Api, TOKEN, client};
use crate::published;
use crate::values::{json_of, properties, secret};
use auto_deploy::cloud::Patience;
use auto_deploy::config::Environment;
use auto_deploy::pb;
use auto_deploy::pb::resource_provider_client::ResourceProviderClient;
use auto_deploy::property::wire::Message;
use auto_deploy::rpc::process::serve_on;
use auto_deploy::rpc::server::Server;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use tonic::transport::Channel;

/// A provider, configured for a cloud with the organization `acme`. Both end when it is dropped.
pub struct Provider {
    /// A client of the provider.
    pub client: ResourceProviderClient<Channel>,
    /// The address of the provider.
    pub address: String,
    /// The cloud that the provider is configured for.
    pub cloud: local_cloud::Server,
    serving: DropGuard,
}

/// A provider for a cloud that was started elsewhere.
pub struct Another {
    /// A client of the provider.
    pub client: ResourceProviderClient<Channel>,
    _serving: DropGuard,
}

impl Another {
    /// Creates the webhook `name` of the same program; returns its ID.
    pub async fn create(&self, name: &str, news: &Value) -> Result<String, Status> {
        let request = pb::CreateRequest {
            urn: urn(name),
            properties: announced(&self.client, name, news).await?,
            ..pb::CreateRequest::default()
        };
        Ok(self.client.clone().create(request).await?.into_inner().id)
    }
}

/// The answer to a Check.
#[derive(Debug)]
pub struct Checked {
    /// The complete inputs.
    pub inputs: Value,
    /// `property: reason`, one per line.
    pub failures: String,
}

/// The answer to a Diff.
#[derive(Debug, PartialEq)]
pub struct Diffed {
    /// `path kind`, sorted.
    pub detailed: Vec<String>,
    /// The properties whose change forces a replacement.
    pub replaces: Vec<String>,
    /// Whether a replacement deletes before it creates.
    pub deletes_first: bool,
}

/// The URN of a webhook in the program `wiring`, stack `dev`.
pub fn urn(name: &str) -> String {
    format!("urn:pulumi:dev::wiring::auto-deploy:index:Webhook::{name}")
}

/// The inputs of a create as from the engine: the answer to a Check without old inputs, each time with another seed. Inputs
/// with a name of either kind are used unchanged.
pub async fn announced(
    client: &ResourceProviderClient<Channel>,
    name: &str,
    news: &Value,
) -> Result<Option<Message>, Status> {
    if news.get("__name").is_some() {
        return Ok(properties(news.clone()));
    }
    let request = pb::CheckRequest {
        urn: urn(name),
        news: properties(news.clone()),
        random_seed: seed(),
        ..pb::CheckRequest::default()
    };
    let checked = client.clone().check(request).await?.into_inner();
    Ok(checked.inputs)
}

/// What the engine draws for each resource to create; different each time.
pub fn seed() -> Vec<u8> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    next.to_be_bytes().to_vec()
}

/// Serves a provider and connects to it.
pub async fn serve(server: Server) -> (ResourceProviderClient<Channel>, DropGuard) {
    let (client, serving, _) = serve_at(server).await;
    (client, serving)
}

/// Serves a provider; also returns the address, for tests that connect in another way.
async fn serve_at(server: Server) -> (ResourceProviderClient<Channel>, DropGuard, String) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let stop = CancellationToken::new();
    tokio::spawn(serve_on(listener, server, stop.clone()));
    let client = ResourceProviderClient::connect(address.clone())
        .await
        .expect("it is served");
    (client, stop.drop_guard(), address)
}

/// Four tries, with nearly no wait between them.
fn patience() -> Patience {
    Patience {
        first_wait: Duration::from_millis(1),
        repeats: 3,
        ..Patience::default()
    }
}

/// Checks and applies a configuration, as the engine does for a running program.
async fn begin(
    client: &ResourceProviderClient<Channel>,
    args: Value,
) -> Result<pb::ConfigureResponse, Status> {
    let mut client = client.clone();
    let check = pb::CheckRequest {
        news: properties(args.clone()),
        ..pb::CheckRequest::default()
    };
    client.check_config(check).await?;
    let request = pb::ConfigureRequest {
        args: properties(args),
        ..pb::ConfigureRequest::default()
    };
    Ok(client.configure(request).await?.into_inner())
}

impl Provider {
    /// Another provider for the same cloud, as another user or program has it. It logs to `log`.
    pub async fn another(&self, log: &str) -> Another {
        let server = Server::new(Some(log)).with_patience(patience());
        let (client, serving) = serve(server.with_environment(Environment::default())).await;
        let args = json!({"apiUrl": self.cloud.url(), "accessToken": secret(TOKEN)});
        begin(&client, args).await.expect("it is right");
        Another {
            client,
            _serving: serving,
        }
    }

    /// Starts both, with the stacks `acme/app/prod` and `acme/app/dev` on the cloud.
    pub async fn start() -> Provider {
        Provider::start_with(patience()).await
    }

    /// The same, with other retries.
    pub async fn start_with(patience: Patience) -> Provider {
        Provider::start_on(None, patience).await
    }

    /// The same, with a cloud that keeps its data in this folder.
    pub async fn start_on(data: Option<&Path>, patience: Patience) -> Provider {
        let builder = published::builder(TOKEN);
        let builder = match data {
            Some(folder) => builder.data(folder),
            None => builder,
        };
        Provider::start_built(builder, patience).await
    }

    /// The same, with a cloud that simulates deployments.
    pub async fn simulated() -> Provider {
        let builder = published::builder(TOKEN);
        let builder = builder.executor(local_cloud::Executor::Simulated);
        Provider::start_built(builder, patience()).await
    }

    /// The same, with a cloud with this clock, and possibly without some capabilities.
    pub async fn simulated_at(
        clock: local_cloud::Clock,
        lacking: Option<local_cloud::Capability>,
    ) -> Provider {
        let builder = published::builder(TOKEN).clock(clock);
        let builder = lacking
            .into_iter()
            .fold(builder, local_cloud::AppBuilder::without);
        let builder = builder.executor(local_cloud::Executor::Simulated);
        Provider::start_built(builder, patience()).await
    }

    /// The same, in this environment.
    pub async fn start_in(environment: Environment) -> Provider {
        let builder = published::builder(TOKEN).organization("corp");
        Provider::start_around(builder, patience(), environment).await
    }

    async fn start_built(builder: local_cloud::AppBuilder, patience: Patience) -> Provider {
        Provider::start_around(builder, patience, Environment::default()).await
    }

    async fn start_around(
        builder: local_cloud::AppBuilder,
        patience: Patience,
        environment: Environment,
    ) -> Provider {
        let app = builder
            .organization("acme")
            .open()
            .expect("the cloud opens");
        let cloud = local_cloud::Server::start(app)
            .await
            .expect("the cloud starts");
        let server = Server::new(None).with_patience(patience);
        let server = server.with_environment(environment);
        let (client, serving, address) = serve_at(server).await;
        let provider = Provider {
            client,
            address,
            cloud,
            serving,
        };
        let url = provider.cloud.url().to_owned();
        provider.use_cloud_at(&url).await;
        for stack in ["prod", "dev"] {
            let path = "/api/stacks/acme/app";
            assert_eq!(
                provider
                    .ask("POST", path, json!({"stackName": stack}))
                    .await
                    .0,
                200,
                "{stack}"
            );
        }
        provider.requests();
        provider
    }

    /// Replaces the provider by another one, in this environment.
    pub async fn serve_in(&mut self, environment: Environment) {
        let server = Server::new(None).with_patience(patience());
        let it = serve_at(server.with_environment(environment)).await;
        (self.client, self.serving, self.address) = it;
    }

    /// Configures the provider for the cloud at `url`, which need not exist.
    pub async fn use_cloud_at(&self, url: &str) {
        begin(
            &self.client,
            json!({"apiUrl": url, "accessToken": secret(TOKEN)}),
        )
        .await
        .expect("it is right");
    }

    /// Configures the provider with these arguments.
    pub async fn configure(&mut self, args: Value) -> Result<pb::ConfigureResponse, Status> {
        begin(&self.client, args).await
    }

    /// Checks the inputs of a webhook, `hook`.
    pub async fn check(&self, news: Value) -> Result<Checked, Status> {
        let request = pb::CheckRequest {
            urn: urn("hook"),
            news: properties(news),
            random_seed: seed(),
            ..pb::CheckRequest::default()
        };
        let answer = self.client.clone().check(request).await?.into_inner();
        let lines = answer
            .failures
            .iter()
            .map(|failure| format!("{}: {}", failure.property, failure.reason));
        Ok(Checked {
            failures: lines.collect::<Vec<_>>().join("\n"),
            inputs: json_of(answer.inputs),
        })
    }

    /// Checks valid inputs; returns them complete.
    pub async fn inputs(&self, news: Value) -> Value {
        let checked = self.check(news).await.expect("it answers");
        assert_eq!(checked.failures, "");
        checked.inputs
    }

    /// Compares inputs, complete or not, after a create with the outputs `olds`.
    pub async fn diff(&self, olds: &Value, old_inputs: &Value, news: &Value) -> Diffed {
        let request = pb::DiffRequest {
            urn: urn("hook"),
            olds: properties(olds.clone()),
            old_inputs: properties(old_inputs.clone()),
            news: properties(news.clone()),
            ..pb::DiffRequest::default()
        };
        let answer = self
            .client
            .clone()
            .diff(request)
            .await
            .expect("it answers")
            .into_inner();
        let mut detailed: Vec<_> = answer
            .detailed_diff
            .iter()
            .map(|(path, diff)| format!("{path} {:?}", diff.kind()))
            .collect();
        detailed.sort();
        assert_eq!(
            answer.changes() == pb::diff_response::DiffChanges::DiffNone,
            detailed.is_empty()
        );
        Diffed {
            detailed,
            replaces: answer.replaces,
            deletes_first: answer.delete_before_replace,
        }
    }

    /// Creates the webhook `name` of the program; returns its ID and outputs.
    pub async fn create(&self, name: &str, news: &Value) -> Result<(String, Value), Status> {
        self.create_with(name, news, false).await
    }

    /// The same, or a preview of it.
    pub async fn create_with(
        &self,
        name: &str,
        news: &Value,
        preview: bool,
    ) -> Result<(String, Value), Status> {
        let request = pb::CreateRequest {
            urn: urn(name),
            properties: announced(&self.client, name, news).await?,
            preview,
            ..pb::CreateRequest::default()
        };
        let answer = self.client.clone().create(request).await?.into_inner();
        Ok((answer.id, json_of(answer.properties)))
    }

    /// Reads a webhook: with `olds` and `old_inputs` like a refresh, with nulls like an import.
    pub async fn read(
        &self,
        id: &str,
        olds: &Value,
        old_inputs: &Value,
    ) -> Result<Option<(Value, Value)>, Status> {
        let given = |value: &Value| {
            if value.is_null() {
                None
            } else {
                properties(value.clone())
            }
        };
        let request = pb::ReadRequest {
            id: id.to_owned(),
            urn: urn("hook"),
            properties: given(olds),
            inputs: given(old_inputs),
            ..pb::ReadRequest::default()
        };
        let answer = self.client.clone().read(request).await?.into_inner();
        if answer.id.is_empty() {
            assert_eq!(
                (answer.properties, answer.inputs),
                (None, None),
                "what is gone has no properties"
            );
            return Ok(None);
        }
        assert_eq!(answer.id, id);
        Ok(Some((json_of(answer.properties), json_of(answer.inputs))))
    }

    /// Updates a webhook, or previews that; returns its outputs.
    pub async fn update(
        &self,
        id: &str,
        olds: &Value,
        old_inputs: &Value,
        news: &Value,
        preview: bool,
    ) -> Result<Value, Status> {
        let request = pb::UpdateRequest {
            id: id.to_owned(),
            urn: urn("hook"),
            olds: properties(olds.clone()),
            old_inputs: properties(old_inputs.clone()),
            news: properties(news.clone()),
            preview,
            ..pb::UpdateRequest::default()
        };
        Ok(json_of(
            self.client
                .clone()
                .update(request)
                .await?
                .into_inner()
                .properties,
        ))
    }

    /// Deletes a webhook.
    pub async fn delete(&self, id: &str) -> Result<(), Status> {
        let request = pb::DeleteRequest {
            id: id.to_owned(),
            urn: urn("hook"),
            ..pb::DeleteRequest::default()
        };
        self.client.clone().delete(request).await.map(drop)
    }

    /// Begins another deployment: the engine configures the provider again.
    pub async fn next_deployment(&self) {
        self.use_cloud_at(self.cloud.url()).await;
    }

    /// Sends a request to the cloud as another client; returns the status and the body.
    pub async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.api().ask(method, path, body).await
    }

    /// The cloud's API for another client.
    pub fn api(&self) -> Api {
        Api::new(self.cloud.url())
    }

    /// Pages of the cloud's console for a signed-in browser.
    pub async fn pages(&self, paths: &[String]) -> Vec<(String, String)> {
        let link = self.cloud.app().console_link(self.cloud.url());
        let signed_in = client()
            .get(link.expect("there are random bytes"))
            .send()
            .await;
        let signed_in = signed_in.expect("the cloud answers");
        let cookie = signed_in.headers()["set-cookie"]
            .to_str()
            .expect("it is a text");
        let cookie = cookie.split(';').next().unwrap_or_default();
        let mut pages = Vec::new();
        for path in paths {
            let request = client().get(format!("{}{path}", self.cloud.url()));
            let page = request.header("cookie", cookie).send().await;
            let page = page.expect("the cloud answers");
            assert_eq!(page.status(), 200, "{path}");
            pages.push((path.clone(), page.text().await.expect("it is a text")));
        }
        pages
    }

    /// The requests to the cloud since the last call, `METHOD path status`.
    pub fn requests(&self) -> Vec<String> {
        self.cloud
            .app()
            .request_log()
            .take()
            .iter()
            .map(ToString::to_string)
            .collect()
    }
}
