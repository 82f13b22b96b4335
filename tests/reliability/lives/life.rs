//! The life of one webhook, as an engine leads it: it keeps what the provider answers, and runs `up` again after a
//! failure.

use super::dice::Dice;
use super::search::Search;
use auto_deploy::pb;
use prost::Message as _;
use serde_json::{Value, json};
use testkit::provider::Provider;
use testkit::values::{json_of, secret};
use tonic::{Code, Status};

/// What the secrets of all webhooks begin with.
pub(crate) const PLANTED: &str = "planted-secret-";

/// How often `up` is run until it succeeds, which it must, as only a fifth of all calls fail.
const N_UPS: usize = 40;

/// A webhook of the program, and what is in the state of it.
pub(crate) struct Life<'a> {
    provider: &'a Provider,
    search: &'a Search,
    dice: Dice,
    name: String,
    inputs: Value,
    known: Option<Known>,
    pub(crate) tally: Tally,
}

/// What the state has.
struct Known {
    id: String,
    state: Value,
    inputs: Value,
    /// Whether an update failed after it may have been done.
    is_doubtful: bool,
    /// Whether the create failed half way, so that the engine updates it whatever the inputs are.
    is_half_done: bool,
}

/// What happened in a life.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) n_operations: usize,
    pub(crate) n_failed: usize,
    /// What must not have happened.
    pub(crate) wrongs: Vec<String>,
}

impl<'a> Life<'a> {
    /// A life that has not begun; all of it follows from the seed and its number.
    pub(crate) fn new(
        provider: &'a Provider,
        search: &'a Search,
        seed: u64,
        number: usize,
    ) -> Life<'a> {
        Life {
            provider,
            search,
            dice: Dice::new(seed, number),
            name: format!("life-{number}"),
            inputs: Value::Null,
            known: None,
            tally: Tally::default(),
        }
    }

    /// Leads it to its end; answers the inputs of the webhook if it is there then.
    pub(crate) async fn lead(&mut self, stack: &str) -> Option<Value> {
        let named = self.dice.chance(50);
        self.inputs = self.random(stack, named);
        self.up().await;
        for _ in 0..self.dice.below(6) {
            match self.dice.below(3) {
                0 => self.refresh().await,
                1 => self.up().await,
                _ => {
                    self.inputs = self.random(stack, named);
                    self.up().await;
                }
            }
        }
        if self.dice.chance(60) {
            self.destroy().await;
            return None;
        }
        Some(self.inputs.clone())
    }

    fn random(&mut self, stack: &str, named: bool) -> Value {
        let dice = &mut self.dice;
        let filters = [
            "update_succeeded",
            "update_failed",
            "preview_failed",
            "destroy_succeeded",
        ];
        let filters: Vec<_> = filters.into_iter().filter(|_| dice.chance(50)).collect();
        let mut inputs = json!({
            "organizationName": "acme", "projectName": "app", "stackName": stack, "active": dice.chance(70),
            "displayName": format!("{} v{}", self.name, dice.below(1000)), "format": "raw",
            // Nobody listens there; what is delivered is written down all the same.
            "payloadUrl": format!("http://127.0.0.1:9/{}", dice.below(10)),
        });
        if filters.is_empty() {
            inputs["groups"] = json!(["deployments"]);
        } else {
            inputs["filters"] = json!(filters);
        }
        if dice.chance(50) {
            inputs["secret"] = secret(format!("{PLANTED}{}-{}", self.name, dice.below(1000)));
        }
        if named {
            inputs["name"] = self.name.clone().into();
        }
        inputs
    }

    /// Brings the webhook to what the program says, again and again if need be.
    async fn up(&mut self) {
        for _ in 0..N_UPS {
            match self.known.take() {
                None => self.create().await,
                Some(known) => {
                    let (news, olds) = (&self.inputs, &known.inputs);
                    let diff = self.provider.diff(&known.state, olds, news).await;
                    if diff.detailed.is_empty() && !known.is_half_done {
                        self.known = Some(known);
                        return;
                    }
                    assert!(diff.replaces.is_empty(), "{diff:?}");
                    self.update(known).await;
                }
            }
        }
        self.wrong("up never succeeds".to_owned());
    }

    async fn create(&mut self) {
        self.tally.n_operations += 1;
        match self.provider.create(&self.name, &self.inputs).await {
            Ok((id, state)) => self.know(id, state),
            Err(status) => {
                self.failed(&status);
                self.half_done(&status);
                if status.message().contains("pulumi import") {
                    self.wrong(format!("help is asked for: {status:?}"));
                }
            }
        }
    }

    async fn update(&mut self, mut known: Known) {
        self.tally.n_operations += 1;
        let Known {
            id, state, inputs, ..
        } = &known;
        let updated = self.provider.update(id, state, inputs, &self.inputs, false);
        match updated.await {
            Ok(state) => self.know(known.id, state),
            Err(status) => {
                self.failed(&status);
                if status.code() == Code::NotFound {
                    self.wrong(format!("lost: {status:?}"));
                    return;
                }
                known.is_doubtful = true;
                self.known = Some(known);
                self.half_done(&status);
            }
        }
    }

    async fn refresh(&mut self) {
        self.tally.n_operations += 1;
        let Some(known) = &mut self.known else { return };
        let read = self.provider.read(&known.id, &known.state, &known.inputs);
        match read.await {
            Ok(Some((state, inputs))) => {
                let is_as_known = state["displayName"] == known.state["displayName"];
                let is_doubtful = std::mem::take(&mut known.is_doubtful);
                (known.state, known.inputs) = (state, inputs);
                if !is_as_known && !is_doubtful {
                    self.wrong("a refresh finds another webhook than was made".to_owned());
                }
            }
            Ok(None) => self.wrong("lost: a refresh does not find it".to_owned()),
            Err(status) => self.failed(&status),
        }
    }

    async fn destroy(&mut self) {
        let Some(known) = self.known.take() else {
            return self.wrong("there is nothing to destroy".to_owned());
        };
        // It is a deployment of its own.
        self.provider.use_cloud_at(self.provider.cloud.url()).await;
        for _ in 0..N_UPS {
            self.tally.n_operations += 1;
            match self.provider.delete(&known.id).await {
                Ok(()) => return,
                Err(status) => self.failed(&status),
            }
        }
        self.wrong("destroy never succeeds".to_owned());
    }

    /// Keeps what a success answered, which must be what the program says.
    fn know(&mut self, id: String, state: Value) {
        for name in ["displayName", "active", "payloadUrl"] {
            if state[name] != self.inputs[name] {
                self.wrong(format!("{name} is {} in the state", state[name]));
            }
        }
        let (mut shown, mut given) = (state.clone(), self.inputs.clone());
        for properties in [&mut shown, &mut given] {
            // In a state, what is marked secret is encrypted.
            properties
                .as_object_mut()
                .expect("an object")
                .retain(|_, value| *value != mark(value));
        }
        self.search.bytes("state", shown.to_string().as_bytes());
        self.known = Some(Known {
            id,
            state,
            inputs: self.inputs.clone(),
            is_doubtful: false,
            is_half_done: false,
        });
    }

    /// Keeps what a failure says to be there.
    fn half_done(&mut self, status: &Status) {
        let details = tonic_types::Status::decode(status.details()).unwrap_or_default();
        let is_half_done = |url: &str| url.ends_with("/pulumirpc.ErrorResourceInitFailed");
        let detail = details
            .details
            .iter()
            .find(|any| is_half_done(&any.type_url));
        if let Some(detail) = detail {
            let failed = pb::ErrorResourceInitFailed::decode(&*detail.value).expect("it is one");
            let inputs = failed
                .inputs
                .map_or(self.inputs.clone(), |inputs| json_of(Some(inputs)));
            self.known = Some(Known {
                id: failed.id,
                state: json_of(failed.properties),
                inputs,
                is_doubtful: true,
                is_half_done: true,
            });
        }
    }

    fn failed(&mut self, status: &Status) {
        self.tally.n_failed += 1;
        self.search.bytes("message", status.message().as_bytes());
    }

    fn wrong(&mut self, what: String) {
        self.tally.wrongs.push(format!("{}: {what}", self.name));
    }
}

/// The same value if it is marked secret, else another.
fn mark(value: &Value) -> Value {
    match &value["value"] {
        Value::Null => Value::Null,
        inner => secret(inner.clone()),
    }
}
