//! A program with many joins: each stack runs once for one change, and a run requests lists instead of single stacks.

use super::scene::Scene;
use auto_deploy::pb;
use auto_deploy::pb::diff_response::DiffChanges;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::engine::Log;
use testkit::patience::until;
use testkit::provider::seed;
use testkit::values::{json_of, properties};

/// The number of layers, and of stacks in each.
const LAYERS: usize = 5;
const WIDTH: usize = 8;

/// Layers of stacks, each joined after two of the layer above it.
struct Many {
    scene: Scene,
    /// The inputs and outputs of the joins, by the name of their stack's project.
    joins: BTreeMap<String, (Value, Value)>,
}

fn name(layer: usize, place: usize) -> String {
    format!("s{layer}x{:02}", place % WIDTH)
}

fn urn(project: &str) -> String {
    format!("urn:pulumi:dev::wiring::auto-deploy:index:Join::{project}")
}

impl Many {
    async fn start() -> Many {
        let scene = Scene::start().await;
        for layer in 0..LAYERS {
            for place in 0..WIDTH {
                let project = name(layer, place);
                scene.stack(&project).await;
                scene.updates(&project).await;
            }
        }
        let body = json!({"stackName": "dev"});
        scene.done("POST", "/api/stacks/acme/wiring", body).await;
        let mut many = Many {
            scene,
            joins: BTreeMap::new(),
        };
        many.run().await;
        many
    }

    /// One run of the program, as a wake-up starts it; returns the stacks that it starts, and its requests.
    async fn run(&mut self) -> (Vec<String>, Vec<String>) {
        self.scene.later();
        self.keep().await;
        self.scene.provider.requests();
        let process = self
            .scene
            .provider
            .another(&Log::default().serve().await)
            .await;
        let mut client = process.client.clone();
        let mut started = Vec::new();
        for layer in 1..LAYERS {
            for place in 0..WIDTH {
                let project = name(layer, place);
                let above = [name(layer - 1, place), name(layer - 1, place + 1)];
                let inputs = json!({
                    "organization": "acme", "project": project, "stack": "prod",
                    "upstreamRefs": above.map(|name| format!("{name}/prod")),
                });
                if self.join(&mut client, &project, inputs).await {
                    started.push(project);
                }
            }
        }
        (started, self.scene.provider.requests())
    }

    /// Check, Diff and Update of one join, or its Create; returns whether it started its stack.
    async fn join(&mut self, client: &mut Client, project: &str, news: Value) -> bool {
        let urn = urn(project);
        let old = self.joins.get(project).cloned();
        let check = pb::CheckRequest {
            urn: urn.clone(),
            olds: properties(old.as_ref().map_or(json!({}), |(inputs, _)| inputs.clone())),
            news: properties(news),
            random_seed: seed(),
            ..pb::CheckRequest::default()
        };
        let checked = client.check(check).await.expect("it answers").into_inner();
        let inputs = json_of(checked.inputs);
        let Some((old_inputs, olds)) = old else {
            let create = pb::CreateRequest {
                urn,
                properties: properties(inputs.clone()),
                ..pb::CreateRequest::default()
            };
            let made = client
                .create(create)
                .await
                .expect("it is made")
                .into_inner();
            self.joins
                .insert(project.to_owned(), (inputs, json_of(made.properties)));
            return false;
        };
        let diff = pb::DiffRequest {
            id: format!("acme/{project}/prod"),
            urn: urn.clone(),
            olds: properties(olds.clone()),
            old_inputs: properties(old_inputs.clone()),
            news: properties(inputs.clone()),
            ..pb::DiffRequest::default()
        };
        let found = client.diff(diff).await.expect("it answers").into_inner();
        if found.changes() == DiffChanges::DiffNone {
            return false;
        }
        let update = pb::UpdateRequest {
            id: format!("acme/{project}/prod"),
            urn,
            olds: properties(olds),
            old_inputs: properties(old_inputs),
            news: properties(inputs.clone()),
            ..pb::UpdateRequest::default()
        };
        let updated = client.update(update).await.expect("it starts").into_inner();
        self.joins
            .insert(project.to_owned(), (inputs, json_of(updated.properties)));
        true
    }

    /// Writes the state of the program, as the engine does.
    async fn keep(&self) {
        let join = |(project, (inputs, outputs)): (&String, &(Value, Value))| {
            json!({
                "urn": urn(project), "type": "auto-deploy:index:Join", "custom": true,
                "id": format!("acme/{project}/prod"), "inputs": inputs, "outputs": outputs,
            })
        };
        let resources: Vec<Value> = self.joins.iter().map(join).collect();
        let state = json!({"version": 3, "deployment": {"manifest": {}, "resources": resources}});
        self.scene
            .done("POST", "/api/stacks/acme/wiring/dev/import", state)
            .await;
    }

    /// How often each stack was deployed, once all deployments have ended.
    async fn deployed(&self) -> BTreeMap<String, usize> {
        let list = until(async || {
            let mut all = Vec::new();
            for page in 1.. {
                let path = format!("/api/orgs/acme/deployments?pageSize=100&page={page}");
                let list = self.scene.done("GET", &path, Value::Null).await;
                let list = list["deployments"].as_array().expect("a list").clone();
                let is_last = list.len() < 100;
                all.extend(list);
                if is_last {
                    break;
                }
            }
            let is_over = |one: &Value| one["status"] == "succeeded";
            all.iter().all(is_over).then_some(all)
        })
        .await;
        let mut counts = BTreeMap::new();
        for one in list {
            let project = one["projectName"].as_str().expect("a text");
            *counts.entry(project.to_owned()).or_insert(0) += 1;
        }
        counts
    }

    /// Runs the program until nothing is left to start.
    async fn settle(&mut self) -> usize {
        for n_runs in 1.. {
            let (started, _) = self.run().await;
            self.deployed().await;
            if started.is_empty() {
                return n_runs;
            }
        }
        unreachable!("it ends")
    }
}

type Client =
    auto_deploy::pb::resource_provider_client::ResourceProviderClient<tonic::transport::Channel>;

/// The requests by the kind of their path, without names of stacks and ids.
fn kinds(requests: &[String]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for request in requests {
        let plain: Vec<&str> = request
            .split('/')
            .map(|part| match part {
                _ if part.len() == 36 => "ID",
                _ if part.starts_with('s') && part.contains('x') && part.len() == 5 => "STACK",
                part => part,
            })
            .collect();
        *kinds.entry(plain.join("/")).or_insert(0) += 1;
    }
    kinds
}

#[tokio::test]
async fn each_stack_runs_once_for_one_change_and_lists_are_asked() {
    let mut many = Many::start().await;
    let (started, idle) = many.run().await;
    assert_eq!(started, [""; 0]);
    many.scene.updates(&name(0, 0)).await;
    let n_runs = many.settle().await;
    assert_eq!(
        n_runs, LAYERS,
        "a run for each layer below, and the last has nothing to do"
    );
    // A stack is below the first one if it is at most as far to the left as it is below.
    let below =
        (1..LAYERS).flat_map(|layer| (0..=layer).map(move |back| name(layer, WIDTH - back)));
    let once: BTreeMap<String, usize> = below.map(|name| (name, 1)).collect();
    assert_eq!(many.deployed().await, once);
    for place in 0..WIDTH {
        many.scene.updates(&name(0, place)).await;
    }
    let (started, busy) = many.run().await;
    assert_eq!(started.len(), WIDTH);
    insta::assert_snapshot!(format!("nothing to do: {:#?}\n{WIDTH} changes: {:#?}", kinds(&idle), kinds(&busy)), @r#"
    nothing to do: {
        "GET /api/orgs/acme/deployments 200": 1,
        "GET /api/orgs/acme/deployments/metadata 200": 1,
        "GET /api/stacks/acme/STACK/prod/deployments 200": 8,
        "GET /api/stacks/acme/STACK/prod/updates 200": 8,
        "GET /api/stacks/acme/wiring/dev/export 200": 1,
        "GET /api/user/stacks 200": 2,
    }
    8 changes: {
        "GET /api/orgs/acme/deployments 200": 1,
        "GET /api/orgs/acme/deployments/metadata 200": 1,
        "GET /api/stacks/acme/STACK/prod 200": 16,
        "GET /api/stacks/acme/STACK/prod/deployments 200": 49,
        "GET /api/stacks/acme/STACK/prod/deployments/metadata 200": 8,
        "GET /api/stacks/acme/STACK/prod/deployments/settings 200": 8,
        "GET /api/stacks/acme/STACK/prod/updates 200": 41,
        "GET /api/stacks/acme/wiring/dev/export 200": 1,
        "GET /api/user/stacks 200": 2,
        "POST /api/stacks/acme/STACK/prod/deployments 202": 8,
    }
    "#);
}

/// Only stacks that have not changed cause no request.
#[tokio::test]
async fn what_failed_or_was_destroyed_is_noticed() {
    let mut many = Many::start().await;
    many.scene.updates(&name(0, 1)).await;
    many.scene.by_hand(&name(0, 0), "update", "failed").await;
    many.scene
        .by_hand(&name(0, 3), "destroy", "succeeded")
        .await;
    many.scene.updates(&name(0, 4)).await;
    // The others below these have one above them that failed or was destroyed.
    let (started, _) = many.run().await;
    assert_eq!(started, [name(1, 1), name(1, 4)]);
    many.deployed().await;
    many.scene.updates(&name(0, 0)).await;
    many.scene
        .by_hand(&name(1, 7), "destroy", "succeeded")
        .await;
    let (started, _) = many.run().await;
    assert_eq!(
        started,
        [name(1, 0), name(2, 1), name(2, 4)],
        "nothing revives {}",
        name(1, 7)
    );
}
