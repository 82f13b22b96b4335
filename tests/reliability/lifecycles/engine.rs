//! An engine with its own provider, on the cloud that all share. It makes the calls of the Pulumi engine, one resource at a
//! time.

use auto_deploy::cloud::Patience;
use auto_deploy::pb;
use auto_deploy::pb::resource_provider_client::ResourceProviderClient;
use auto_deploy::rpc::server::Server;
use prost::Message as _;
use serde_json::{Value, json};
use testkit::api::TOKEN;
use testkit::provider::{seed, serve, urn};
use testkit::values::{json_of, properties, secret};
use tokio_util::sync::DropGuard;
use tonic::Status;
use tonic::transport::Channel;

/// The engine of one user; deployments run one after the other.
pub(crate) struct Engine {
    client: ResourceProviderClient<Channel>,
    url: String,
    _serving: DropGuard,
}

/// The parts of a Diff's answer that the engine uses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    pub(crate) changes: bool,
    pub(crate) replaces: bool,
    pub(crate) deletes_first: bool,
}

/// The entry of a webhook in the state.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) state: Value,
    pub(crate) inputs: Value,
}

impl Entry {
    /// What exists according to a failure: the engine keeps it.
    pub(crate) fn half_done(status: &Status, news: &Value) -> Option<Entry> {
        let details = tonic_types::Status::decode(status.details()).unwrap_or_default();
        let is_half_done = |url: &str| url.ends_with("/pulumirpc.ErrorResourceInitFailed");
        let mut details = details.details.iter();
        let detail = details.find(|any| is_half_done(&any.type_url))?;
        let failed = pb::ErrorResourceInitFailed::decode(&*detail.value).expect("it is one");
        let inputs = failed.inputs;
        Some(Entry {
            id: failed.id,
            state: json_of(failed.properties),
            inputs: inputs.map_or_else(|| news.clone(), |inputs| json_of(Some(inputs))),
        })
    }
}

impl Engine {
    pub(crate) async fn start(url: &str, patience: Patience) -> Engine {
        let (client, serving) = serve(Server::new(None).with_patience(patience)).await;
        Engine {
            client,
            url: url.to_owned(),
            _serving: serving,
        }
    }

    /// Starts a deployment: the provider knows nothing about earlier ones.
    pub(crate) async fn begin(&self) {
        let args = json!({"apiUrl": self.url, "accessToken": secret(TOKEN)});
        let request = pb::ConfigureRequest {
            args: properties(args),
            ..pb::ConfigureRequest::default()
        };
        let configured = self.client.clone().configure(request).await;
        configured.expect("it is right");
    }

    /// Checks the program's inputs, with those of the state or without, and returns them completed.
    pub(crate) async fn check(&self, name: &str, olds: Option<&Value>, news: &Value) -> Value {
        let request = pb::CheckRequest {
            urn: urn(name),
            olds: properties(olds.cloned().unwrap_or_else(|| json!({}))),
            news: properties(news.clone()),
            random_seed: seed(),
            ..pb::CheckRequest::default()
        };
        let checked = self.client.clone().check(request).await;
        let checked = checked.expect("it answers").into_inner();
        assert_eq!(checked.failures, []);
        json_of(checked.inputs)
    }

    pub(crate) async fn diff(&self, name: &str, entry: &Entry, news: &Value) -> Verdict {
        let request = pb::DiffRequest {
            urn: urn(name),
            id: entry.id.clone(),
            olds: properties(entry.state.clone()),
            old_inputs: properties(entry.inputs.clone()),
            news: properties(news.clone()),
            ..pb::DiffRequest::default()
        };
        let diff = self.client.clone().diff(request).await;
        let diff = diff.expect("it answers").into_inner();
        Verdict {
            changes: diff.changes() == pb::diff_response::DiffChanges::DiffSome,
            replaces: !diff.replaces.is_empty(),
            deletes_first: diff.delete_before_replace,
        }
    }

    pub(crate) async fn create(&self, name: &str, inputs: &Value) -> Result<Entry, Status> {
        let request = pb::CreateRequest {
            urn: urn(name),
            properties: properties(inputs.clone()),
            ..pb::CreateRequest::default()
        };
        let made = self.client.clone().create(request).await?.into_inner();
        Ok(Entry {
            id: made.id,
            state: json_of(made.properties),
            inputs: inputs.clone(),
        })
    }

    pub(crate) async fn update(
        &self,
        name: &str,
        entry: &Entry,
        news: &Value,
    ) -> Result<Entry, Status> {
        let request = pb::UpdateRequest {
            urn: urn(name),
            id: entry.id.clone(),
            olds: properties(entry.state.clone()),
            old_inputs: properties(entry.inputs.clone()),
            news: properties(news.clone()),
            ..pb::UpdateRequest::default()
        };
        let updated = self.client.clone().update(request).await?.into_inner();
        Ok(Entry {
            id: entry.id.clone(),
            state: json_of(updated.properties),
            inputs: news.clone(),
        })
    }

    /// A refresh: what exists, or `None`; then a Diff from there to what the state had.
    pub(crate) async fn refresh(&self, name: &str, entry: &Entry) -> Result<Option<Entry>, Status> {
        let request = pb::ReadRequest {
            urn: urn(name),
            id: entry.id.clone(),
            properties: properties(entry.state.clone()),
            inputs: properties(entry.inputs.clone()),
            ..pb::ReadRequest::default()
        };
        let found = self.client.clone().read(request).await?.into_inner();
        if found.id.is_empty() {
            return Ok(None);
        }
        let found = Entry {
            id: found.id,
            state: json_of(found.properties),
            inputs: json_of(found.inputs),
        };
        self.diff(name, &found, &entry.inputs).await;
        Ok(Some(found))
    }

    pub(crate) async fn delete(&self, name: &str, id: &str) -> Result<(), Status> {
        let request = pb::DeleteRequest {
            urn: urn(name),
            id: id.to_owned(),
            ..pb::DeleteRequest::default()
        };
        self.client.clone().delete(request).await.map(drop)
    }
}
