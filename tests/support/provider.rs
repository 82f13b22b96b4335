//! A provider and a local cloud in this process, with the real protocols between them and the test.

#![allow(dead_code, reason = "each test target uses some of it")]

use super::values::{json_of, properties, secret};
use auto_deploy::cloud::Patience;
use auto_deploy::pb;
use auto_deploy::pb::resource_provider_client::ResourceProviderClient;
use auto_deploy::rpc::process::serve_on;
use auto_deploy::rpc::server::Server;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use tonic::transport::Channel;

/// What the local cloud lets in.
pub(crate) const TOKEN: &str = "pul-0123456789";

/// A provider, configured for a cloud with the organization `acme`. Both end when it is dropped.
pub(crate) struct Provider {
    pub(crate) client: ResourceProviderClient<Channel>,
    /// Where the provider is served.
    pub(crate) address: String,
    pub(crate) cloud: local_cloud::Server,
    /// Made once: reading the certificates takes long.
    http: reqwest::Client,
    _serving: DropGuard,
}

/// A provider for a cloud that somebody else has started.
pub(crate) struct Another {
    pub(crate) client: ResourceProviderClient<Channel>,
    _serving: DropGuard,
}

impl Another {
    /// Makes the webhook `name` of the same program; answers its id.
    pub(crate) async fn create(&self, name: &str, news: &Value) -> Result<String, Status> {
        let request = pb::CreateRequest {
            urn: urn(name),
            properties: properties(news.clone()),
            ..pb::CreateRequest::default()
        };
        Ok(self.client.clone().create(request).await?.into_inner().id)
    }
}

/// What a check answered.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) inputs: Value,
    /// `property: reason`, one a line.
    pub(crate) failures: String,
}

/// What a diff answered.
#[derive(Debug, PartialEq)]
pub(crate) struct Diffed {
    /// `path kind`, in order.
    pub(crate) detailed: Vec<String>,
    pub(crate) replaces: Vec<String>,
    pub(crate) deletes_first: bool,
}

/// The URN of a webhook in the program `wiring`, stack `dev`.
pub(crate) fn urn(name: &str) -> String {
    format!("urn:pulumi:dev::wiring::auto-deploy:index:Webhook::{name}")
}

/// Serves a provider and connects to it.
pub(crate) async fn serve(server: Server) -> (ResourceProviderClient<Channel>, DropGuard) {
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

impl Provider {
    /// Another provider, as another person or program has it, for the same cloud. It logs to `log`.
    pub(crate) async fn another(&self, log: &str) -> Another {
        let (mut client, serving) = serve(Server::new(Some(log)).with_patience(patience())).await;
        let args = json!({"apiUrl": self.cloud.url(), "accessToken": secret(TOKEN)});
        let request = pb::ConfigureRequest {
            args: properties(args),
            ..pb::ConfigureRequest::default()
        };
        client.configure(request).await.expect("it is right");
        Another {
            client,
            _serving: serving,
        }
    }

    /// Starts both, with the stacks `acme/app/prod` and `acme/app/dev` on the cloud.
    pub(crate) async fn start() -> Provider {
        Provider::start_with(patience()).await
    }

    /// The same, with another patience towards a cloud in trouble.
    pub(crate) async fn start_with(patience: Patience) -> Provider {
        Provider::start_on(None, patience).await
    }

    /// The same, with a cloud that keeps its data in this folder.
    pub(crate) async fn start_on(data: Option<&Path>, patience: Patience) -> Provider {
        let builder = local_cloud::App::builder(TOKEN);
        let builder = match data {
            Some(folder) => builder.data(folder),
            None => builder,
        };
        Provider::start_built(builder, patience).await
    }

    /// The same, with a cloud that only pretends to deploy.
    pub(crate) async fn simulated() -> Provider {
        let builder = local_cloud::App::builder(TOKEN);
        let builder = builder.executor(local_cloud::Executor::Simulated);
        Provider::start_built(builder, patience()).await
    }

    async fn start_built(builder: local_cloud::AppBuilder, patience: Patience) -> Provider {
        let app = builder
            .organization("acme")
            .open()
            .expect("the cloud opens");
        let cloud = local_cloud::Server::start(app)
            .await
            .expect("the cloud starts");
        let server = Server::new(None).with_patience(patience);
        let (client, serving, address) = serve_at(server).await;
        let provider = Provider {
            client,
            address,
            cloud,
            http: auto_deploy::cloud::http_client()
                .build()
                .expect("it can be made"),
            _serving: serving,
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

    /// Configures the provider for the cloud at `url`, which need not be there.
    pub(crate) async fn use_cloud_at(&self, url: &str) {
        self.begin(json!({"apiUrl": url, "accessToken": secret(TOKEN)}))
            .await
            .expect("it is right");
    }

    pub(crate) async fn configure(&mut self, args: Value) -> Result<pb::ConfigureResponse, Status> {
        self.begin(args).await
    }

    async fn begin(&self, args: Value) -> Result<pb::ConfigureResponse, Status> {
        let request = pb::ConfigureRequest {
            args: properties(args),
            ..pb::ConfigureRequest::default()
        };
        Ok(self.client.clone().configure(request).await?.into_inner())
    }

    pub(crate) async fn check(&self, news: Value) -> Result<Checked, Status> {
        let request = pb::CheckRequest {
            urn: urn("hook"),
            news: properties(news),
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
    pub(crate) async fn inputs(&self, news: Value) -> Value {
        let checked = self.check(news).await.expect("it answers");
        assert_eq!(checked.failures, "");
        checked.inputs
    }

    /// Compares inputs, complete or not, after a create that answered `olds`.
    pub(crate) async fn diff(&self, olds: &Value, old_inputs: &Value, news: &Value) -> Diffed {
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

    /// Makes the webhook `name` of the program; answers its id and outputs.
    pub(crate) async fn create(&self, name: &str, news: &Value) -> Result<(String, Value), Status> {
        self.create_with(name, news, false).await
    }

    /// The same, or its preview.
    pub(crate) async fn create_with(
        &self,
        name: &str,
        news: &Value,
        preview: bool,
    ) -> Result<(String, Value), Status> {
        let request = pb::CreateRequest {
            urn: urn(name),
            properties: properties(news.clone()),
            preview,
            ..pb::CreateRequest::default()
        };
        let answer = self.client.clone().create(request).await?.into_inner();
        Ok((answer.id, json_of(answer.properties)))
    }

    /// Reads a webhook: with `olds` and `old_inputs` as a refresh does, with nulls as an import.
    pub(crate) async fn read(
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

    pub(crate) async fn update(
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

    pub(crate) async fn delete(&self, id: &str) -> Result<(), Status> {
        let request = pb::DeleteRequest {
            id: id.to_owned(),
            urn: urn("hook"),
            ..pb::DeleteRequest::default()
        };
        self.client.clone().delete(request).await.map(drop)
    }

    /// Begins another deployment: the engine configures the provider anew.
    pub(crate) async fn next_deployment(&self) {
        self.use_cloud_at(self.cloud.url()).await;
    }

    /// Asks the cloud as somebody else would; answers the status and the body.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let answered = self.try_ask(method, path, body).await;
        answered.expect("the cloud answers")
    }

    /// The same of a cloud that may be in trouble.
    pub(crate) async fn try_ask(
        &self,
        method: &str,
        path: &str,
        body: Value,
    ) -> reqwest::Result<(u16, Value)> {
        let method = method.parse().expect("it is a method");
        let request = self
            .http
            .request(method, format!("{}{path}", self.cloud.url()));
        let request = request.header("Authorization", format!("token {TOKEN}"));
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await.unwrap_or_default()))
    }

    /// Pages of the cloud's console, as a browser that is signed in is shown them.
    pub(crate) async fn pages(&self, paths: &[String]) -> Vec<(String, String)> {
        let link = self.cloud.app().console_link(self.cloud.url());
        let signed_in = self
            .http
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
            let request = self.http.get(format!("{}{path}", self.cloud.url()));
            let page = request.header("cookie", cookie).send().await;
            let page = page.expect("the cloud answers");
            assert_eq!(page.status(), 200, "{path}");
            pages.push((path.clone(), page.text().await.expect("it is a text")));
        }
        pages
    }

    /// The requests to the cloud since the last time, `METHOD path status`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.cloud
            .app()
            .request_log()
            .take()
            .iter()
            .map(ToString::to_string)
            .collect()
    }
}
