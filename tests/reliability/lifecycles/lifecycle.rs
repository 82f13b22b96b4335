//! The lifecycle of one webhook, as an engine handles it: it keeps what the provider answers, and runs `up` again after a
//! failure.
//!
//! The engine's behaviour is from pulumi/pulumi, `pkg/resource/deploy/step_generator.go`. Where versions differ it is the
//! older one, which deletes the old id of a finished replacement again, unless the Diff asks to delete first.

use super::engine::{Engine, Entry};
use super::program::random;
use super::search::Search;
use local_cloud::Method;
use serde_json::Value;
use std::time::Duration;
use testkit::api::Answer;
use testkit::dice::Dice;
use testkit::provider::Provider;
use testkit::values::secret;
use tonic::{Code, Status};

/// How often `up` is tried until it succeeds, which it must, as only a fifth of all requests fail.
const N_UPS: usize = 60;

/// How long to wait for an answer of the cloud.
const LONG: Duration = Duration::from_secs(5);

/// Of a hundred deployments, how many end before their last deletes because another resource fails.
const PERCENT_CUT_SHORT: usize = 15;

/// A webhook of the program, and its state.
pub(crate) struct Lifecycle<'a> {
    engine: &'a Engine,
    provider: &'a Provider,
    search: &'a Search,
    dice: Dice,
    name: String,
    stacks: [String; 2],
    is_named: bool,
    inputs: Value,
    known: Option<Known>,
    /// Ids that the state still has to delete.
    condemned: Vec<String>,
    /// The message of the last failure.
    said: String,
    pub(crate) tally: Tally,
}

/// What the state has.
struct Known {
    entry: Entry,
    /// Whether an update failed that may have been carried out.
    is_doubtful: bool,
    /// Whether the create failed half way, so that the engine updates it whatever the inputs are.
    is_half_done: bool,
    /// Whether it exists.
    there: There,
}

/// Whether a webhook exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum There {
    /// Nobody deleted it.
    Yes,
    /// A delete failed that the cloud may have carried out.
    Maybe,
    /// It was deleted for a replacement that is still to be created.
    No,
}

/// How a deployment handles the webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// As the Diff says.
    Plainly,
    /// Every change replaces it: `replaceOnChanges`.
    OnChanges,
    /// It is replaced without a Diff: `--target-replace`, a taint.
    Forced,
}

/// What happened in a lifecycle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) n_operations: usize,
    pub(crate) n_failed: usize,
    pub(crate) n_replacements: usize,
    pub(crate) n_taken_back: usize,
    /// What must not have happened.
    pub(crate) wrongs: Vec<String>,
}

impl<'a> Lifecycle<'a> {
    /// A new lifecycle; the seed and its number determine all of it.
    pub(crate) fn new(
        (engine, provider): (&'a Engine, &'a Provider),
        search: &'a Search,
        seed: u64,
        number: usize,
        stacks: [String; 2],
    ) -> Lifecycle<'a> {
        let mut dice = Dice::new(seed, number);
        Lifecycle {
            engine,
            provider,
            search,
            is_named: dice.chance(50),
            dice,
            name: format!("lifecycle-{number}"),
            stacks,
            inputs: Value::Null,
            known: None,
            condemned: Vec::new(),
            said: String::new(),
            tally: Tally::default(),
        }
    }

    /// Runs it to its end; returns the inputs of the webhook if it exists then.
    pub(crate) async fn run(&mut self) -> Option<Value> {
        self.inputs = self.random();
        self.up(How::Plainly).await;
        for _ in 0..self.dice.below(8) {
            match self.dice.below(7) {
                0 => self.refresh().await,
                1 => self.up(How::Plainly).await,
                2 => {
                    self.change();
                    self.up(How::Plainly).await;
                }
                3 => {
                    self.change();
                    self.up(How::OnChanges).await;
                }
                4 => {
                    self.relocate();
                    self.up(How::Plainly).await;
                }
                5 => {
                    if self.dice.chance(50) {
                        self.change();
                    }
                    self.up(How::Forced).await;
                }
                _ => self.slip().await,
            }
        }
        if self.dice.chance(60) {
            self.destroy().await;
            return None;
        }
        // A deployment that was cut short has left deletes for the next one.
        while !self.condemned.is_empty() && self.tally.wrongs.is_empty() {
            self.up(How::Plainly).await;
        }
        Some(self.inputs.clone())
    }

    /// Other inputs, at the first stack.
    fn random(&mut self) -> Value {
        let (name, stack) = (&self.name, &self.stacks[0]);
        random(&mut self.dice, name, stack, self.is_named)
    }

    /// Changes the webhook's properties, but not its stack.
    fn change(&mut self) {
        let stack = self.inputs["stackName"].clone();
        self.inputs = self.random();
        self.inputs["stackName"] = stack;
    }

    /// Moves the webhook to another stack.
    fn relocate(&mut self) {
        let other = self
            .stacks
            .iter()
            .find(|stack| self.inputs["stackName"] != **stack);
        self.inputs["stackName"] = other.expect("there are two").clone().into();
    }

    /// A change that is undone when it fails: a stack that does not exist, or a move that the cloud may refuse.
    async fn slip(&mut self) {
        let before = self.inputs.clone();
        if self.dice.chance(30) {
            self.inputs["stackName"] = "nowhere".into();
        } else {
            self.relocate();
        }
        let place = self.inputs["stackName"]
            .as_str()
            .expect("a text")
            .to_owned();
        if self.deploy(How::Plainly).await && place != "nowhere" {
            return;
        }
        // A create with an unknown result would be left behind there, as `docs/reliability.md` says.
        if place == "nowhere" || self.is_empty(&place).await {
            self.tally.n_taken_back += 1;
            self.inputs = before;
            // As the failure says.
            while self
                .known
                .as_ref()
                .is_some_and(|known| known.there == There::Maybe)
            {
                self.refresh().await;
            }
        }
        self.up(How::Plainly).await;
    }

    /// Whether a stack has no webhook, as another client sees it.
    async fn is_empty(&self, stack: &str) -> bool {
        let path = format!("/api/stacks/acme/app/{stack}/hooks");
        for _ in 0..N_UPS {
            let api = self.provider.api();
            let asked = tokio::time::timeout(LONG, api.send(Method::GET, &path, None)).await;
            if let Ok(Ok(Answer {
                status: 200,
                body: Value::Array(hooks),
            })) = asked
            {
                return hooks.is_empty();
            }
        }
        false
    }

    /// Brings the webhook to the program's declaration, in as many tries as necessary.
    async fn up(&mut self, how: How) {
        let mut how = how;
        for _ in 0..N_UPS {
            let n_before = self.tally.n_replacements;
            if self.deploy(how).await {
                return;
            }
            if how == How::Forced && self.tally.n_replacements > n_before {
                how = How::Plainly;
            }
        }
        self.wrong(format!("up never succeeds: {}", self.said));
    }

    /// One deployment. Returns whether it completed.
    async fn deploy(&mut self, how: How) -> bool {
        self.engine.begin().await;
        if !self.register(how).await || self.dice.chance(PERCENT_CUT_SHORT) {
            return false;
        }
        while let Some(id) = self.condemned.last().cloned() {
            if !self.delete(&id).await {
                return false;
            }
            self.condemned.pop();
        }
        true
    }

    /// The engine's calls when the program registers the webhook.
    async fn register(&mut self, how: How) -> bool {
        let Some(known) = self.known.take() else {
            let news = self.engine.check(&self.name, None, &self.inputs).await;
            return self.create(&news, None).await;
        };
        if how == How::Forced {
            let news = self.engine.check(&self.name, None, &self.inputs).await;
            // A webhook with a name from the program must be deleted first; see `ResourceError::Taken`.
            return self.replace(known, &news, self.is_named).await;
        }
        let olds = Some(&known.entry.inputs);
        let news = self.engine.check(&self.name, olds, &self.inputs).await;
        let diff = self.engine.diff(&self.name, &known.entry, &news).await;
        let replaces = diff.replaces || how == How::OnChanges && diff.changes;
        if replaces || known.there == There::No {
            let news = self.engine.check(&self.name, None, &self.inputs).await;
            return self.replace(known, &news, diff.deletes_first).await;
        }
        if diff.changes || known.is_half_done {
            return self.update(known, &news).await;
        }
        self.known = Some(known);
        true
    }

    async fn replace(&mut self, mut known: Known, news: &Value, deletes_first: bool) -> bool {
        if deletes_first && known.there != There::No {
            if !self.delete(&known.entry.id).await {
                if self.said.contains("may be deleted already") {
                    known.there = There::Maybe;
                }
                self.known = Some(known);
                return false;
            }
            known.there = There::No;
        }
        let old = (!deletes_first).then(|| known.entry.id.clone());
        let is_made = self.create(news, old).await;
        if self.known.is_none() {
            self.known = Some(known);
        } else {
            self.tally.n_replacements += 1;
        }
        is_made
    }

    /// Creates; the id of what is replaced, if it was not deleted, must be deleted at the end.
    async fn create(&mut self, news: &Value, old: Option<String>) -> bool {
        self.tally.n_operations += 1;
        let made = self.engine.create(&self.name, news).await;
        let is_made = made.is_ok();
        match made {
            Ok(entry) => self.know(entry),
            Err(status) => {
                self.failed(&status);
                self.half_done(&status, news);
                if status.code() == Code::AlreadyExists
                    && news["stackName"] != "nowhere"
                    && status.message().contains("pulumi import")
                {
                    self.wrong(format!("help is asked for: {status:?}"));
                }
            }
        }
        if self.known.is_some() {
            self.condemned.extend(old);
        }
        is_made
    }

    async fn update(&mut self, mut known: Known, news: &Value) -> bool {
        self.tally.n_operations += 1;
        match self.engine.update(&self.name, &known.entry, news).await {
            Ok(entry) => {
                self.know(entry);
                true
            }
            Err(status) => {
                self.failed(&status);
                if status.code() == Code::NotFound {
                    self.wrong(format!("lost: {status:?}"));
                    return true;
                }
                known.is_doubtful = true;
                self.known = Some(known);
                self.half_done(&status, news);
                false
            }
        }
    }

    async fn delete(&mut self, id: &str) -> bool {
        self.tally.n_operations += 1;
        let deleted = self.engine.delete(&self.name, id).await;
        if let Err(status) = &deleted {
            self.failed(status);
        }
        deleted.is_ok()
    }

    async fn refresh(&mut self) {
        self.engine.begin().await;
        let Some(known) = &mut self.known else { return };
        if known.there == There::No {
            return;
        }
        self.tally.n_operations += 1;
        match self.engine.refresh(&self.name, &known.entry).await {
            Ok(Some(found)) => {
                let is_as_known = found.state["displayName"] == known.entry.state["displayName"];
                let is_doubtful = std::mem::take(&mut known.is_doubtful);
                known.entry = found;
                known.there = There::Yes;
                if !is_as_known && !is_doubtful {
                    self.wrong("a refresh finds another webhook than was made".to_owned());
                }
            }
            Ok(None) if known.there == There::Maybe => self.known = None,
            Ok(None) => self.wrong("lost: a refresh does not find it".to_owned()),
            Err(status) => self.failed(&status),
        }
    }

    async fn destroy(&mut self) {
        self.engine.begin().await;
        let known = self.known.take();
        if known.is_none() {
            return self.wrong("there is nothing to destroy".to_owned());
        }
        let ids = known.filter(|known| known.there != There::No);
        let mut ids: Vec<_> = ids.map(|known| known.entry.id).into_iter().collect();
        ids.append(&mut self.condemned);
        for _ in 0..N_UPS {
            let Some(id) = ids.last().cloned() else {
                return;
            };
            if self.delete(&id).await {
                ids.pop();
            }
        }
        self.wrong("destroy never succeeds".to_owned());
    }

    /// Keeps the answer of a success, which must match the program.
    fn know(&mut self, entry: Entry) {
        for name in ["displayName", "active", "payloadUrl"] {
            if entry.state[name] != self.inputs[name] {
                self.wrong(format!("{name} is {} in the state", entry.state[name]));
            }
        }
        let (mut shown, mut given) = (entry.state.clone(), self.inputs.clone());
        for properties in [&mut shown, &mut given] {
            // In a state, what is marked secret is encrypted.
            properties
                .as_object_mut()
                .expect("an object")
                .retain(|_, value| *value != mark(value));
        }
        self.search.bytes("state", shown.to_string().as_bytes());
        self.known = Some(Known {
            entry,
            is_doubtful: false,
            is_half_done: false,
            there: There::Yes,
        });
    }

    /// Keeps what exists according to a failure.
    fn half_done(&mut self, status: &Status, news: &Value) {
        if let Some(entry) = Entry::half_done(status, news) {
            self.known = Some(Known {
                entry,
                is_doubtful: true,
                is_half_done: true,
                there: There::Yes,
            });
        }
    }

    fn failed(&mut self, status: &Status) {
        self.tally.n_failed += 1;
        status.message().clone_into(&mut self.said);
        self.search.bytes("message", status.message().as_bytes());
    }

    fn wrong(&mut self, what: String) {
        self.tally.wrongs.push(format!("{}: {what}", self.name));
    }
}

/// The value itself if it is marked secret, else a mark.
fn mark(value: &Value) -> Value {
    match &value["value"] {
        Value::Null => Value::Null,
        inner => secret(inner.clone()),
    }
}
