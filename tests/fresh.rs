//! Cached answers and this process's writes: in any order of events, no answer is older than the last write that affects
//! it, and nothing is requested that could have been cached.

use auto_deploy::cloud::{Client, Endpoint, Patience, SecretChange, WebhookSpec};
use auto_deploy::domain::{Filter, Format, Scope, StackRef, WebhookId};
use auto_deploy::survey::Survey;
use local_cloud::Server;
use proptest::prelude::*;
use proptest::test_runner::Config;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashMap;
use testkit::api::{Answer, Api, TOKEN};
use testkit::published;
use testkit::states;

const NAMES: [&str; 3] = ["a", "b", "c"];

/// What can be asked about a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Webhooks,
    Settings,
    Pauses,
    Downstream,
    Upstream,
}

const KINDS: [Kind; 5] = [
    Kind::Webhooks,
    Kind::Settings,
    Kind::Pauses,
    Kind::Downstream,
    Kind::Upstream,
];

/// What this process writes; each write invalidates answers about its stack.
#[derive(Clone, Copy, Debug)]
enum Write {
    Create,
    Update,
    Delete,
    Pause,
    Resume,
}

const WRITES: [Write; 5] = [
    Write::Create,
    Write::Update,
    Write::Delete,
    Write::Pause,
    Write::Resume,
];

/// What others change without this process being told.
#[derive(Clone, Copy, Debug)]
enum Theirs {
    Settings,
    NoSettings,
    Hook,
    Stack,
    NoStack,
    References,
}

/// An event, always at one stack.
#[derive(Clone, Debug)]
enum Event {
    Ask(Kind, usize),
    /// The same question by several callers at once.
    AskTogether(Kind, usize),
    /// A question while something is being written.
    AskMeanwhile(Kind, usize, Write),
    Write(Write, usize),
    Theirs(Theirs, usize, usize),
}

fn stack(number: usize) -> StackRef {
    StackRef::new("acme", "p", NAMES[number]).expect("a name")
}

fn spec(active: bool) -> WebhookSpec {
    WebhookSpec {
        name: "ours".to_owned(),
        display_name: "ours".to_owned(),
        payload_url: "p/b".to_owned(),
        active,
        format: Format::PulumiDeployments,
        filters: vec![Filter::UpdateSucceeded],
        groups: vec![],
        secret: None,
    }
}

/// A cloud, a process that writes and asks, and the answers that the process has got.
struct World {
    server: Server,
    client: Client,
    survey: Survey,
    /// The answers that may be given again.
    kept: HashMap<(Kind, usize), String>,
    is_active: bool,
}

async fn answer(survey: &Survey, kind: Kind, number: usize) -> Option<String> {
    fn text(answer: Option<impl std::fmt::Debug>) -> Option<String> {
        answer.map(|answer| format!("{answer:?}"))
    }
    let stack = &stack(number);
    let answer = match kind {
        Kind::Webhooks => survey.webhooks(stack).await.map(text),
        Kind::Settings => survey.settings(stack).await.map(text),
        Kind::Pauses => survey.pauses(stack).await.map(text),
        Kind::Downstream => survey.downstream_references(stack).await.map(text),
        Kind::Upstream => survey.upstream_references(stack).await.map(text),
    };
    answer.expect("the cloud answers")
}

impl World {
    async fn start() -> World {
        let app = published::builder(TOKEN).organization("acme").open();
        let server = Server::start(app.expect("the cloud opens")).await;
        let server = server.expect("the cloud starts");
        let client = client(&server);
        let world = World {
            survey: Survey::new(client.clone()),
            client,
            server,
            kept: HashMap::new(),
            is_active: true,
        };
        for number in 0..NAMES.len() {
            world.theirs(Theirs::Stack, number, number).await;
        }
        world
    }

    /// The current truth.
    async fn truth(&self, kind: Kind, number: usize) -> Option<String> {
        answer(&Survey::new(client(&self.server)), kind, number).await
    }

    async fn happen(&mut self, event: &Event) {
        match *event {
            Event::Ask(kind, number) => self.ask(kind, number, 1).await,
            Event::AskTogether(kind, number) => self.ask(kind, number, 3).await,
            Event::AskMeanwhile(kind, number, write) => {
                let active = self.next_active();
                let (client, survey) = (self.client.clone(), self.survey.clone());
                let written = write_at(&client, write, number, active);
                tokio::join!(written, answer(&survey, kind, number));
                self.void(write, number);
                let now = answer(&self.survey, kind, number).await;
                if voids(write, kind) {
                    assert_eq!(
                        now,
                        self.truth(kind, number).await,
                        "{kind:?} after {write:?}"
                    );
                }
                self.kept.remove(&(kind, number));
                self.kept.extend(now.map(|now| ((kind, number), now)));
            }
            Event::Write(write, number) => {
                let active = self.next_active();
                write_at(&self.client, write, number, active).await;
                self.void(write, number);
            }
            Event::Theirs(theirs, number, other) => self.theirs(theirs, number, other).await,
        }
    }

    fn next_active(&mut self) -> bool {
        self.is_active = !self.is_active;
        self.is_active
    }

    fn void(&mut self, write: Write, number: usize) {
        self.kept
            .retain(|(kind, at), _| *at != number || !voids(write, *kind));
    }

    /// Several callers ask the same question at once.
    async fn ask(&mut self, kind: Kind, number: usize, n: usize) {
        let truth = self.truth(kind, number).await;
        let expected = self.kept.get(&(kind, number)).cloned().or(truth);
        self.server.app().request_log().take();
        let asked = (0..n).map(|_| answer(&self.survey, kind, number));
        let answers = futures_util::future::join_all(asked).await;
        let n_requests = self.server.app().request_log().take().len();
        for found in answers {
            assert_eq!(found, expected, "{kind:?} of {}", NAMES[number]);
        }
        let most = match (&expected, self.kept.contains_key(&(kind, number))) {
            (_, true) => 0,
            (Some(_), false) => 1,
            // If it does not exist, those who ask meanwhile are answered by a second request.
            (None, false) => n.min(2),
        };
        assert!(n_requests <= most, "{kind:?}: {n_requests} requests");
        if let Some(found) = expected {
            self.kept.insert((kind, number), found);
        }
    }

    async fn theirs(&self, theirs: Theirs, number: usize, other: usize) {
        let (at, name) = (
            format!("/api/stacks/acme/p/{}", NAMES[number]),
            NAMES[number],
        );
        let send = async |method, path: &str, body: Value| -> Answer {
            let api = Api::new(self.server.url());
            api.answer(method, path, Some(body)).await
        };
        // What cannot be done now changes nothing.
        let _ = match theirs {
            Theirs::Settings => {
                let body = json!({"sourceContext": {"git": {"repoUrl": "https://example.com/r.git", "branch": "main"}}});
                send(Method::POST, &format!("{at}/deployments/settings"), body).await
            }
            Theirs::NoSettings => {
                let path = format!("{at}/deployments/settings");
                send(Method::DELETE, &path, json!({})).await
            }
            Theirs::Hook => {
                let body = json!({
                    "organizationName": "acme", "projectName": "p", "stackName": name, "name": format!("theirs-{other}"),
                    "displayName": "theirs", "payloadUrl": "https://a.example", "active": true, "format": "raw",
                });
                send(Method::POST, &format!("{at}/hooks"), body).await
            }
            Theirs::Stack => {
                let body = json!({"stackName": name});
                send(Method::POST, "/api/stacks/acme/p", body).await
            }
            Theirs::NoStack => send(Method::DELETE, &format!("{at}?force=true"), json!({})).await,
            Theirs::References => {
                let referred = format!("acme/p/{}", NAMES[other]);
                let state = states::of_references(&format!("p/{name}"), &[&referred]);
                send(Method::POST, &format!("{at}/import"), state).await
            }
        };
    }
}

fn client(server: &Server) -> Client {
    let endpoint = Endpoint::new(server.url().parse().expect("it is a URL"), TOKEN);
    Client::new(endpoint, Patience::default())
}

/// Writes; what cannot be done changes nothing.
async fn write_at(client: &Client, write: Write, number: usize, active: bool) {
    let stack = stack(number);
    let scope = Scope::from(&stack);
    let id = WebhookId {
        scope: scope.clone(),
        name: "ours".to_owned(),
    };
    match write {
        Write::Create => drop(client.create_webhook(&scope, &spec(active)).await),
        Write::Update => drop(
            client
                .update_webhook(&id, &spec(active), SecretChange::Keep)
                .await,
        ),
        Write::Delete => drop(client.delete_webhook(&id).await),
        Write::Pause => drop(client.pause_deployments(&stack).await),
        Write::Resume => drop(client.resume_deployments(&stack).await),
    }
}

/// Whether a write invalidates answers of a kind about its stack.
fn voids(write: Write, kind: Kind) -> bool {
    match write {
        Write::Create | Write::Update | Write::Delete => kind == Kind::Webhooks,
        Write::Pause | Write::Resume => true,
    }
}

fn event() -> impl Strategy<Value = Event> {
    let kind = || prop::sample::select(KINDS.to_vec());
    let write = || prop::sample::select(WRITES.to_vec());
    let number = || 0..NAMES.len();
    let theirs = prop::sample::select(vec![
        Theirs::Settings,
        Theirs::NoSettings,
        Theirs::Hook,
        Theirs::Stack,
        Theirs::NoStack,
        Theirs::References,
    ]);
    prop_oneof![
        6 => (kind(), number()).prop_map(|(kind, at)| Event::Ask(kind, at)),
        2 => (kind(), number()).prop_map(|(kind, at)| Event::AskTogether(kind, at)),
        1 => (kind(), number(), write()).prop_map(|(kind, at, write)| Event::AskMeanwhile(kind, at, write)),
        4 => (write(), number()).prop_map(|(write, at)| Event::Write(write, at)),
        3 => (theirs, number(), number()).prop_map(|(theirs, at, other)| Event::Theirs(theirs, at, other)),
    ]
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, max_shrink_iters: 100, ..Config::with_cases(24) })]

    /// An answer is as old as the last request of this process, and not older than its last write to the stack; that
    /// something does not exist is never older than the question.
    #[test]
    fn no_answer_is_older_than_the_last_write(events in prop::collection::vec(event(), 1..60)) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let mut world = World::start().await;
            for event in &events {
                world.happen(event).await;
            }
        });
    }
}

/// The rule for one write after the other: this finds a write that does not say what it changes.
#[tokio::test]
async fn each_write_voids_what_it_changes() {
    for write in WRITES {
        let mut world = World::start().await;
        world.theirs(Theirs::Settings, 0, 0).await;
        if matches!(write, Write::Update | Write::Delete) {
            world.happen(&Event::Write(Write::Create, 0)).await;
        }
        if matches!(write, Write::Resume) {
            world.happen(&Event::Write(Write::Pause, 0)).await;
        }
        let mut before = Vec::new();
        for kind in KINDS {
            before.push(answer(&world.survey, kind, 0).await);
        }
        world.happen(&Event::Write(write, 0)).await;
        let mut changed = 0;
        for (kind, before) in KINDS.into_iter().zip(before) {
            let now = answer(&world.survey, kind, 0).await;
            assert_eq!(now, world.truth(kind, 0).await, "{kind:?} after {write:?}");
            changed += usize::from(now != before);
        }
        assert_eq!(changed, 1, "{write:?} changes something");
    }
}
