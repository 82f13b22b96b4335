//! A program with one join, run repeatedly as the engine runs it, and a cloud whose clock the test moves.

use auto_deploy::pb;
use auto_deploy::pb::diff_response::DiffChanges;
use jiff::{SignedDuration, Timestamp};
use local_cloud::{Capability, Clock};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use testkit::by_hand::ByHand;
use testkit::engine::Log;
use testkit::patience::until;
use testkit::provider::{Provider, seed};
use testkit::values::{json_of, properties};
use tonic::Status;

/// The join of the program `wiring`, stack `dev`.
const URN: &str = "urn:pulumi:dev::wiring::auto-deploy:index:Join::app";

/// A cloud with network, cluster, database and app, and the program that declares them as a diamond.
pub(super) struct Scene {
    pub(super) provider: Provider,
    seconds: Arc<AtomicI64>,
    pub(super) program: Program,
}

/// The program's declarations, and its state.
#[derive(Clone)]
pub(super) struct Program {
    /// The inputs of the join.
    pub(super) inputs: Value,
    /// The edges by webhooks beside it, `from to`.
    pub(super) edges: Vec<(&'static str, &'static str)>,
    /// Its `ignoreChanges`.
    pub(super) ignored: Vec<String>,
    /// The inputs and outputs of the join; `None` before it was created.
    pub(super) state: Option<(Value, Value)>,
}

/// What one run of the program did with the join.
#[derive(Debug)]
pub(super) struct Ran {
    /// The differences, `path kind`.
    pub(super) diff: Vec<String>,
    /// The messages about it, without severity and name.
    pub(super) said: Vec<String>,
}

impl Scene {
    pub(super) async fn start() -> Scene {
        Scene::start_without(None).await
    }

    /// The same on a cloud without this capability.
    pub(super) async fn start_without(lacking: Option<Capability>) -> Scene {
        let seconds = Arc::new(AtomicI64::new(0));
        let now = Arc::clone(&seconds);
        let clock = Clock::from_fn(move || {
            let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("it is a time");
            start + SignedDuration::from_secs(now.load(Ordering::Relaxed))
        });
        let scene = Scene {
            provider: Provider::simulated_at(clock, lacking).await,
            seconds,
            program: Program {
                inputs: json!({
                    "organization": "acme", "project": "app", "stack": "prod",
                    "upstreamRefs": ["cluster/prod", "database/prod"],
                }),
                edges: vec![("network", "cluster"), ("network", "database")],
                ignored: Vec::new(),
                state: None,
            },
        };
        for project in ["network", "cluster", "database", "app"] {
            scene.stack(project).await;
        }
        for project in ["network", "cluster", "database", "app"] {
            scene.updates(project).await;
        }
        scene
    }

    /// Creates `project/prod`, which can be deployed.
    pub(super) async fn stack(&self, project: &str) {
        let path = format!("/api/stacks/acme/{project}");
        let body = json!({"stackName": "prod"});
        // The app exists already.
        self.provider.ask("POST", &path, body).await;
        self.settings(project, json!({})).await;
    }

    /// Gives a stack deployment settings; `variables` are the environment variables of its deployments.
    pub(super) async fn settings(&self, project: &str, variables: Value) {
        let path = format!("/api/stacks/acme/{project}/prod/deployments/settings");
        let git = json!({"repoUrl": "file:///nowhere", "branch": "main"});
        let settings = json!({
            "sourceContext": {"git": git}, "operationContext": {"environmentVariables": variables},
        });
        let (status, answer) = self.provider.ask("PUT", &path, settings).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Advances the cloud's clock.
    pub(super) fn later(&self) {
        self.seconds.fetch_add(10, Ordering::Relaxed);
    }

    /// A function that advances the clock while the scene is borrowed.
    pub(super) fn clock(&self) -> impl Fn() + Sync + use<> {
        let seconds = Arc::clone(&self.seconds);
        move || {
            seconds.fetch_add(10, Ordering::Relaxed);
        }
    }

    /// Starts an operation by hand, 10 s after the last event; returns what is needed to end it.
    pub(super) async fn begins(&self, project: &str, kind: &str) -> ByHand {
        self.begins_at(&format!("acme/{project}/prod"), kind).await
    }

    /// The same for a stack by its full name, `organization/project/stack`.
    pub(super) async fn begins_at(&self, stack: &str, kind: &str) -> ByHand {
        self.later();
        ByHand::begin(&self.provider.api(), stack, kind).await
    }

    /// Ends it, 10 s later.
    pub(super) async fn ends(&self, begun: ByHand, result: &str) {
        self.later();
        begun.end(&self.provider.api(), result).await;
    }

    /// Runs an operation by hand from start to end.
    pub(super) async fn by_hand(&self, project: &str, kind: &str, result: &str) {
        let begun = self.begins(project, kind).await;
        self.ends(begun, result).await;
    }

    /// Updates a stack by hand.
    pub(super) async fn updates(&self, project: &str) {
        self.by_hand(project, "update", "succeeded").await;
    }

    /// A request that succeeds.
    pub(super) async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.provider.ask(method, path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// The deployments of the app once all have ended, `id status`, oldest first.
    pub(super) async fn deployments(&self) -> Vec<(String, String)> {
        until(async || {
            let path = "/api/stacks/acme/app/prod/deployments?asc=true&pageSize=100";
            let list = self.done("GET", path, Value::Null).await;
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let list = list["deployments"].as_array().expect("a list").iter();
            let all: Vec<_> = list
                .map(|one| (text(&one["id"]), text(&one["status"])))
                .collect();
            let is_over = |(_, status): &(String, String)| {
                ["succeeded", "failed", "skipped"].contains(&status.as_str())
            };
            all.iter().all(is_over).then_some(all)
        })
        .await
    }

    /// `pulumi up`.
    pub(super) async fn up(&mut self) -> Ran {
        self.run(false, async || {}).await.expect("it succeeds")
    }

    /// `pulumi up` that fails; returns the message. The state stays.
    pub(super) async fn up_fails(&mut self, between: impl AsyncFnOnce()) -> String {
        let failed = self.run(false, between).await;
        failed.expect_err("it fails").message().to_owned()
    }

    /// `pulumi up` with something between the Diff and the Update.
    pub(super) async fn up_while(&mut self, between: impl AsyncFnOnce()) -> Ran {
        let ran = self.run(false, between).await;
        ran.expect("it succeeds")
    }

    /// `pulumi preview`.
    pub(super) async fn preview(&mut self) -> Ran {
        self.run(true, async || {}).await.expect("it succeeds")
    }

    async fn run(&mut self, preview: bool, between: impl AsyncFnOnce()) -> Result<Ran, Status> {
        self.later();
        let log = Log::default();
        let process = self.provider.another(&log.serve().await).await;
        let mut client = process.client.clone();
        let program = self.program.clone();
        for (from, to) in &program.edges {
            let request = pb::CheckRequest {
                urn: testkit::provider::urn(&format!("{from}-{to}")),
                news: properties(json!({
                    "organizationName": "acme", "projectName": from, "stackName": "prod", "displayName": to,
                    "format": "pulumi_deployments", "payloadUrl": format!("{to}/prod"),
                })),
                random_seed: seed(),
                ..pb::CheckRequest::default()
            };
            client.check(request).await?;
        }
        let olds = program.state.as_ref().map(|(inputs, _)| inputs.clone());
        let checked = pb::CheckRequest {
            urn: URN.to_owned(),
            olds: properties(olds.unwrap_or(json!({}))),
            news: properties(program.inputs.clone()),
            random_seed: seed(),
            ..pb::CheckRequest::default()
        };
        let checked = client.check(checked).await?.into_inner();
        assert_eq!(checked.failures, []);
        let inputs = json_of(checked.inputs);
        let mut diff = Vec::new();
        let outputs = match &program.state {
            None => {
                let request = pb::CreateRequest {
                    urn: URN.to_owned(),
                    properties: properties(inputs.clone()),
                    preview,
                    ..pb::CreateRequest::default()
                };
                let made = client.create(request).await?.into_inner();
                assert_eq!(made.id, "acme/app/prod");
                json_of(made.properties)
            }
            Some((old_inputs, olds)) => {
                let request = pb::DiffRequest {
                    id: "acme/app/prod".to_owned(),
                    urn: URN.to_owned(),
                    olds: properties(olds.clone()),
                    old_inputs: properties(old_inputs.clone()),
                    news: properties(inputs.clone()),
                    ignore_changes: program.ignored.clone(),
                    ..pb::DiffRequest::default()
                };
                let found = client.diff(request).await?.into_inner();
                let entries = found.detailed_diff.iter();
                diff = entries
                    .map(|(path, diff)| format!("{path} {:?}", diff.kind()))
                    .collect();
                diff.sort();
                between().await;
                if found.changes() == DiffChanges::DiffNone {
                    olds.clone()
                } else {
                    let request = pb::UpdateRequest {
                        id: "acme/app/prod".to_owned(),
                        urn: URN.to_owned(),
                        olds: properties(olds.clone()),
                        old_inputs: properties(old_inputs.clone()),
                        news: properties(inputs.clone()),
                        preview,
                        ..pb::UpdateRequest::default()
                    };
                    json_of(client.update(request).await?.into_inner().properties)
                }
            }
        };
        if !preview {
            self.program.state = Some((inputs, outputs));
        }
        let said = log.taken();
        let said = said.iter().map(|line| {
            let (_, text) = line.split_once(": ").expect("it has a name");
            text.to_owned()
        });
        Ok(Ran {
            diff,
            said: said.collect(),
        })
    }

    /// An output of the join.
    pub(super) fn output(&self, name: &str) -> Value {
        let (_, outputs) = self.program.state.as_ref().expect("it was made");
        outputs[name].clone()
    }

    /// The versions that the join has handled, each as `stack version`.
    pub(super) fn handled(&self) -> Vec<String> {
        let after = self.output("after");
        let after = after.as_object().expect("an object").iter();
        after
            .map(|(stack, handled)| {
                format!("{stack} {}", handled["version"].as_f64().expect("a number"))
            })
            .collect()
    }
}
