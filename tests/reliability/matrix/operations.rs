//! The calls to the provider while something goes wrong, and the situation afterwards.

use auto_deploy::pb;
use prost::Message as _;
use serde_json::{Value, json};
use testkit::provider::{Provider, announced, urn};
use testkit::values::{json_of, properties};
use tonic::Status;

const HOOKS: &str = "/api/stacks/acme/app/prod/hooks";

/// A call to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    CreateNamed,
    Update,
    Delete,
    Refresh,
    Import,
    List,
}

/// The existing webhooks, by their display names, in order.
pub(crate) type Hooks = Vec<String>;

/// What the provider answered, and so what the engine keeps in the state.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A webhook with this display name, which is the only one in the state from now on.
    Has(String),
    /// There is none, or no longer.
    HasNone,
    /// It failed: the state stays as it was.
    Failed(Status),
    /// It failed, but this exists and goes into the state.
    Partial(Known, Status),
}

/// The result of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    /// How many requests reached the cloud.
    pub(crate) n_calls: usize,
    /// What is on the cloud afterwards.
    pub(crate) hooks: Hooks,
}

/// A webhook as the engine knows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) state: Value,
    /// Its inputs, with the generated name.
    pub(crate) inputs: Value,
}

impl Operation {
    pub(crate) const ALL: [Operation; 7] = [
        Operation::Create,
        Operation::CreateNamed,
        Operation::Update,
        Operation::Delete,
        Operation::Refresh,
        Operation::Import,
        Operation::List,
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Operation::Create => "Create",
            Operation::CreateNamed => "Create with a `name`",
            Operation::Update => "Update",
            Operation::Delete => "Delete",
            Operation::Refresh => "Refresh",
            Operation::Import => "Import",
            Operation::List => "List",
        }
    }

    /// Whether it creates a webhook, so that there is none before.
    pub(crate) fn creates(self) -> bool {
        matches!(self, Operation::Create | Operation::CreateNamed)
    }

    /// Whether it only reads.
    pub(crate) fn reads(self) -> bool {
        matches!(
            self,
            Operation::Refresh | Operation::Import | Operation::List
        )
    }

    /// Where the display name says whether the work was done: `new` after a create or an update, `old` before.
    pub(crate) fn inputs(self, display_name: &str) -> Value {
        let mut inputs = json!({
            "organizationName": "acme", "projectName": "app", "stackName": "prod", "displayName": display_name,
            "active": true, "format": "raw", "payloadUrl": "https://example.com", "filters": ["update_succeeded"],
        });
        if self == Operation::CreateNamed {
            inputs["name"] = json!("mine");
        }
        inputs
    }

    /// What exists before: a webhook that the engine knows, unless the operation creates it.
    pub(crate) async fn prepare(self, provider: &Provider) -> Option<Known> {
        if self.creates() {
            return None;
        }
        let inputs = checked(provider, &self.inputs("old")).await;
        let made = provider.create("hook", &inputs).await;
        let (id, state) = made.expect("nothing is in the way yet");
        Some(Known { id, state, inputs })
    }

    /// Makes the call, and returns what the engine then has in its state.
    pub(crate) async fn ask(self, provider: &Provider, known: Option<&Known>) -> Answer {
        let (id, state) = known.map_or(("", &Value::Null), |known| (&*known.id, &known.state));
        match self {
            Operation::Create | Operation::CreateNamed => {
                let inputs = checked(provider, &self.inputs("new")).await;
                let made = provider.create("hook", &inputs).await;
                answer(made.map(|(_, state)| Some(state)), &inputs)
            }
            Operation::Update => {
                let olds = known.map_or(&Value::Null, |known| &known.inputs);
                let mut news = olds.clone();
                news["displayName"] = json!("new");
                let updated = provider.update(id, state, olds, &news, false).await;
                answer(updated.map(Some), &news)
            }
            Operation::Delete => answer(provider.delete(id).await.map(|()| None), &Value::Null),
            Operation::Refresh => {
                let read = provider.read(id, state, &self.inputs("old")).await;
                answer(
                    read.map(|found| found.map(|(state, _)| state)),
                    &Value::Null,
                )
            }
            Operation::Import => {
                let read = provider.read(id, &Value::Null, &Value::Null).await;
                answer(
                    read.map(|found| found.map(|(state, _)| state)),
                    &Value::Null,
                )
            }
            Operation::List => answer(list(provider).await, &Value::Null),
        }
    }
}

/// The inputs with which the engine calls a create.
async fn checked(provider: &Provider, news: &Value) -> Value {
    let inputs = announced(&provider.client, "hook", news).await;
    json_of(inputs.expect("it answers"))
}

/// The webhooks on the cloud, as another client sees them.
pub(crate) async fn hooks(provider: &Provider) -> Hooks {
    let (status, hooks) = provider.ask("GET", HOOKS, Value::Null).await;
    assert_eq!(status, 200);
    let hooks = hooks.as_array().expect("a list").iter();
    let mut names: Vec<_> = hooks.map(display_name).collect();
    names.sort();
    names
}

/// Removes every webhook, for the next operation.
pub(crate) async fn clear(provider: &Provider) {
    let (_, hooks) = provider.ask("GET", HOOKS, Value::Null).await;
    for hook in hooks.as_array().expect("a list") {
        let path = format!("{HOOKS}/{}", hook["name"].as_str().expect("it has one"));
        provider.ask("DELETE", &path, Value::Null).await;
    }
}

/// The webhook in the list of its stack or organization, if there is one.
async fn list(provider: &Provider) -> Result<Option<Value>, Status> {
    let query = json!({"organizationName": "acme", "projectName": "app", "stackName": "prod"});
    let request = pb::ListRequest {
        token: "auto-deploy:index:Webhook".to_owned(),
        query: properties(query),
        ..pb::ListRequest::default()
    };
    let mut entries = provider.client.clone().list(request).await?.into_inner();
    let mut found = Vec::new();
    while let Some(entry) = entries.message().await? {
        if let Some(pb::list_response::Response::Result(entry)) = entry.response {
            found.push(json!({"displayName": entry.name}));
        }
    }
    assert!(found.len() <= 1, "{found:?}");
    Ok(found.pop())
}

fn answer(answered: Result<Option<Value>, Status>, inputs: &Value) -> Answer {
    match answered {
        Ok(Some(state)) => Answer::Has(display_name(&state)),
        Ok(None) => Answer::HasNone,
        Err(status) => match half_done(&status, inputs) {
            Some(known) => Answer::Partial(known, status),
            None => Answer::Failed(status),
        },
    }
}

/// The state in the details of a failure that left something behind, as the engine reads it.
fn half_done(status: &Status, inputs: &Value) -> Option<Known> {
    let details = tonic_types::Status::decode(status.details()).ok()?.details;
    let detail = details.iter().find(|detail| {
        detail
            .type_url
            .ends_with("/pulumirpc.ErrorResourceInitFailed")
    })?;
    let failed = pb::ErrorResourceInitFailed::decode(&*detail.value).expect("it is what it says");
    assert!(!failed.id.is_empty() && !failed.reasons.is_empty());
    Some(Known {
        id: failed.id,
        state: json_of(failed.properties),
        inputs: inputs.clone(),
    })
}

fn display_name(hook: &Value) -> String {
    let name = hook["displayName"].as_str();
    name.unwrap_or_else(|| panic!("{} has a name: {hook}", urn("hook")))
        .to_owned()
}
