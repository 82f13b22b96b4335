//! The pure parts of the plugin: what they cost without a process, a socket or a cloud. `cargo bench --package bench`.

use auto_deploy::cascade::{Decision, History, Observation, Observed, World};
use auto_deploy::cloud::{Operation, Update, UpdateResult};
use auto_deploy::domain::StackRef;
use auto_deploy::graph::{Edge, find_cycle};
use auto_deploy::property::wire::{self, Outputs};
use auto_deploy::property::{Map, Value};
use auto_deploy::resources::auto_deployer::plan::{Discovery, plan};
use auto_deploy::resources::component::origin::Origin;
use auto_deploy::resources::component::reach::Given;
use auto_deploy::resources::component::request::Request;
use auto_deploy::resources::outcome::Olds;
use auto_deploy::resources::webhook;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

fn map<const N: usize>(members: [(&str, Value); N]) -> Map {
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn inputs() -> Map {
    map([
        ("organizationName", "acme".into()),
        ("projectName", "app".into()),
        ("stackName", "prod".into()),
        ("displayName", "to people".into()),
        ("payloadUrl", "https://example.com/deliveries".into()),
        ("active", true.into()),
        ("format", "raw".into()),
        ("secret", Value::from("s3cr3t").into_secret()),
        (
            "filters",
            ["update_succeeded", "update_failed"].into_iter().collect(),
        ),
    ])
}

#[divan::bench]
fn decode(bencher: Bencher<'_, '_>) {
    let message = wire::encode(inputs(), Outputs::Flatten);
    bencher
        .with_inputs(|| message.clone())
        .bench_values(|message| wire::decode(Some(message)));
}

#[divan::bench]
fn encode(bencher: Bencher<'_, '_>) {
    let inputs = inputs();
    bencher
        .with_inputs(|| inputs.clone())
        .bench_values(|inputs| wire::encode(inputs, Outputs::Flatten));
}

#[divan::bench]
fn check(bencher: Bencher<'_, '_>) {
    let inputs = inputs();
    let organization = Ok("acme".to_owned());
    bencher.bench(|| webhook::check::check(&Map::new(), black_box(&inputs), Some(&organization)));
}

#[divan::bench]
fn diff(bencher: Bencher<'_, '_>) {
    let olds = inputs();
    let mut news = inputs();
    news.insert("displayName".to_owned(), "something else".into());
    let olds = Olds {
        state: olds.clone(),
        inputs: olds,
    };
    bencher.bench(|| webhook::diff::diff(black_box(&olds), black_box(&news)));
}

#[divan::bench(args = [1, 10, 100, 1000])]
fn plan_downstream(bencher: Bencher<'_, '_>, downstream: usize) {
    let refs: Vec<String> = (0..downstream).map(|at| format!("app/s{at}")).collect();
    let inputs = map([
        ("project", "network".into()),
        ("stack", "prod".into()),
        (
            "downstreamRefs",
            refs.iter().map(String::as_str).collect::<Value>(),
        ),
    ]);
    let request = Request {
        name: "network".to_owned(),
        inputs,
        organization: "acme".to_owned(),
        origin: Origin::default(),
        given: Given::default(),
    };
    let planned = || plan(black_box(&request), &Discovery::NotWanted);
    bencher.bench(|| planned().map(|plan| plan.children.count()));
}

#[divan::bench(args = [10, 100, 1000, 10_000])]
fn cycle_in_layers(bencher: Bencher<'_, '_>, stacks: usize) {
    let edges = layered(stacks);
    bencher.bench(|| find_cycle(black_box(&edges)));
}

/// Ten layers; each stack starts three of the next.
fn layered(stacks: usize) -> Vec<Edge> {
    let width = stacks / 10;
    let stack = |layer: usize, place: usize| {
        StackRef::new("acme", "app", &format!("s{layer}-{}", place % width)).expect("a name")
    };
    (0..9)
        .flat_map(|layer| (0..width).map(move |place| (layer, place)))
        .flat_map(|(layer, place)| {
            (0..3).map(move |step| Edge {
                upstream: stack(layer, place),
                downstream: stack(layer + 1, place + step),
            })
        })
        .collect()
}

/// A thousand stacks in ten layers, each with three stacks of the layer above, after a change of twenty.
fn world() -> World {
    let name = |number: usize| StackRef::new("acme", &format!("s{number:04}"), "prod");
    let names: Vec<StackRef> = (0..1000)
        .map(|number| name(number).expect("it is a name"))
        .collect();
    let edge = |(number, step): (usize, usize)| Edge {
        upstream: names[number - 100 - number % 100 + (number + 7 * step) % 100].clone(),
        downstream: names[number].clone(),
    };
    let edges = (100..1000).flat_map(|number| [0, 1, 2].map(|step| (number, step)));
    let more = (200..500).map(|number| Edge {
        upstream: names[number % 100].clone(),
        downstream: names[number].clone(),
    });
    let observed = |number: usize| {
        let began = if number < 20 { 5_000 } else { 3 * number };
        let time = |seconds: usize| {
            let seconds = 1_700_000_000 + i64::try_from(seconds).expect("it is small");
            jiff::Timestamp::from_second(seconds).ok()
        };
        let update = Update {
            version: 1,
            operation: Operation::Update,
            result: UpdateResult::Succeeded,
            began: time(began),
            ended: time(began + 2),
        };
        Observed::Found(Observation {
            history: History::new([update], Vec::new()),
            ..Observation::default()
        })
    };
    World {
        edges: edges.map(edge).chain(more).collect(),
        stacks: names.iter().cloned().zip((0..).map(observed)).collect(),
        ..World::default()
    }
}

#[divan::bench]
fn decide(bencher: Bencher<'_, '_>) {
    let world = world();
    assert_eq!((world.stacks.len(), world.edges.len()), (1000, 3000));
    bencher.bench(|| Decision::of(black_box(&world)));
}
