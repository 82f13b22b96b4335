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
    /// Speaks the engine's protocol to the provider.
    pub client: ResourceProviderClient<Channel>,
    /// Where the provider is served.
    pub address: String,
    /// The cloud that the provider is configured for.
    pub cloud: local_cloud::Server,
    serving: DropGuard,
}

/// A provider for a cloud that someone else has started.
pub struct Another {
    /// Speaks the engine's protocol to the provider.
    pub client: ResourceProviderClient<Channel>,
    _serving: DropGuard,
}

impl Another {
    /// Makes the webhook `name` of the same program; returns its id.
    pub async fn create(&self, name: &str, news: &Value) -> Result<String, Status> {
        let request = pb::CreateRequest {
            urn: urn(name),
            properties: announced(&self.client, name, news).await?,
            ..pb::CreateRequest::default()
        };
        Ok(self.client.clone().create(request).await?.into_inner().id)
    }
}

/// What a check answered.
#[derive(Debug)]
pub struct Checked {
    /// The inputs, complete.
    pub inputs: Value,
    /// `property: reason`, one a line.
    pub failures: String,
}

/// What a diff answered.
#[derive(Debug, PartialEq)]
pub struct Diffed {
    /// `path kind`, in order.
    pub detailed: Vec<String>,
    /// The properties whose change replaces.
    pub replaces: Vec<String>,
    /// Whether a replacement deletes before it creates.
    pub deletes_first: bool,
}

/// The URN of a webhook in the program `wiring`, stack `dev`.
pub fn urn(name: &str) -> String {
    format!("urn:pulumi:dev::wiring::auto-deploy:index:Webhook::{name}")
}

/// The inputs with which the engine asks for a create: what a Check without old inputs answers, each time with another
/// seed. Inputs that have a name of either kind are taken as they are.
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

/// What the engine draws for each resource that may be created: another one each time.
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

/// The same, and the address, for those who speak to it in their own way.
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

/// Four tries, with hardly a wait between them.
fn patience() -> Patience {
    Patience {
        first_wait: Duration::from_millis(1),
        repeats: 3,
        ..Patience::default()
    }
}

/// Checks and takes a configuration, as the engine does with one of a program that runs.
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
    /// Another provider, as another person or program has it, for the same cloud. It logs to `log`.
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

    /// The same, with another patience towards a cloud in trouble.
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

    /// The same, with a cloud that only pretends to deploy.
    pub async fn simulated() -> Provider {
        let builder = published::builder(TOKEN);
        let builder = builder.executor(local_cloud::Executor::Simulated);
        Provider::start_built(builder, patience()).await
    }

    /// The same, with a cloud that has this time, and that may lack something.
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

    /// The same in these surroundings.
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

    /// Serves another provider in place of this one, in these surroundings.
    pub async fn serve_in(&mut self, environment: Environment) {
        let server = Server::new(None).with_patience(patience());
        let it = serve_at(server.with_environment(environment)).await;
        (self.client, self.serving, self.address) = it;
    }

    /// Configures the provider for the cloud at `url`, which need not be there.
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

    /// Checks inputs that are right and answers them complete.
    pub async fn inputs(&self, news: Value) -> Value {
        let checked = self.check(news).await.expect("it answers");
        assert_eq!(checked.failures, "");
        checked.inputs
    }

    /// Compares inputs, complete or not, after a create that answered `olds`.
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

    /// Makes the webhook `name` of the program; returns its id and outputs.
    pub async fn create(&self, name: &str, news: &Value) -> Result<(String, Value), Status> {
        self.create_with(name, news, false).await
    }

    /// The same, or its preview.
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

    /// Reads a webhook: with `olds` and `old_inputs` as a refresh does, with nulls as an import.
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

    /// Begins another deployment: the engine configures the provider anew.
    pub async fn next_deployment(&self) {
        self.use_cloud_at(self.cloud.url()).await;
    }

    /// Asks the cloud as someone else would; returns the status and the body.
    pub async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.api().ask(method, path, body).await
    }

    /// The cloud's API, as someone else asks it.
    pub fn api(&self) -> Api {
        Api::new(self.cloud.url())
    }

    /// Pages of the cloud's console, as a browser that is signed in is shown them.
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

    /// The requests to the cloud since the last time, `METHOD path status`.
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
