//! Two programs, two people, one edge: no duplicate is made silently.

use crate::components::component;
use crate::hooks::{HOOKS, hook, n_webhooks, name, told};
use auto_deploy::pb;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::engine::Log;
use testkit::monitor::Monitor;
use testkit::provider::{Another, Provider};
use tokio::sync::Barrier;

#[tokio::test]
async fn two_programs_with_one_edge_double_it_and_the_second_is_told() {
    let (first, log) = (Provider::start().await, Log::default());
    let second = first.another(&log.serve().await).await;
    let (id, _) = first.create("hook", &hook()).await.expect("it is made");
    let other = second.create("edge", &hook()).await.expect("it is made");
    assert_ne!(id, other);
    insta::assert_snapshot!(told(&log, &id), @"Warning edge: the webhook `acme/app/prod/NAME` starts `app/dev` as well, so it runs more than once for one change; unless that webhook is deleted in this update, keep one of the two: delete it, or remove the edge here and take it into the program with `pulumi import auto-deploy:index:Webhook edge acme/app/prod/NAME`");

    let mut different = hook();
    different["filters"] = json!(["update_failed"]);
    second
        .create("other", &different)
        .await
        .expect("it is made");
    assert_eq!(log.taken(), [""; 0], "another event is another edge");
}

#[tokio::test]
async fn of_two_at_the_same_time_at_least_one_is_told() {
    for _ in 0..10 {
        let (cloud, logs) = (Provider::start().await, [Log::default(), Log::default()]);
        let one = cloud.another(&logs[0].serve().await).await;
        let two = cloud.another(&logs[1].serve().await).await;
        let hook = hook();
        let (left, right) = tokio::join!(one.create("one", &hook), two.create("two", &hook));
        let (left, right) = (left.expect("it is made"), right.expect("it is made"));
        assert_eq!(n_webhooks(&cloud).await, 2);
        let said = [logs[0].taken(), logs[1].taken()].concat();
        assert!(!said.is_empty());
        for line in said {
            assert!(
                line.contains(name(&left)) || line.contains(name(&right)),
                "{line}"
            );
        }
    }
}

#[tokio::test]
async fn many_made_at_the_same_time_look_for_their_like_together() {
    let provider = Provider::start().await;
    let edges = (0..20).map(|n| {
        let mut hook = hook();
        hook["payloadUrl"] = json!(format!("app/dev{n}"));
        let provider = &provider;
        async move { provider.create(&format!("hook{n}"), &hook).await }
    });
    for made in futures_util::future::join_all(edges).await {
        made.expect("it is made");
    }
    let requests = provider.requests();
    let n_lists = requests
        .iter()
        .filter(|request| request.starts_with("GET"))
        .count();
    assert_eq!(requests.len() - n_lists, 20);
    assert!((1..=10).contains(&n_lists), "{requests:?}");
}

#[tokio::test]
async fn those_made_one_after_the_other_are_listed_as_often_as_they_double() {
    let (cloud, log) = (Provider::start().await, Log::default());
    let provider = cloud.another(&log.serve().await).await;
    let edge = |n: usize| {
        let mut hook = hook();
        hook["payloadUrl"] = json!(format!("app/dev{n}"));
        hook
    };
    let mut listed_after = Vec::new();
    for n in 1..=40 {
        let made = provider.create(&format!("hook{n}"), &edge(n)).await;
        made.expect("it is made");
        match lists_and_creates(&cloud) {
            (0, 1) => {}
            (1, 1) => listed_after.push(n),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(listed_after, [1, 2, 4, 8, 16, 32]);
    assert_eq!(log.taken(), [""; 0]);
    // What this deployment has created itself needs no list.
    let again = provider.create("again", &edge(37)).await;
    again.expect("it is made");
    assert_eq!(lists_and_creates(&cloud), (0, 1));
    assert!(log.taken().concat().contains("starts `app/dev37` as well"));
}

/// The inputs of a component that creates the edges from `app/prod` to `targets`.
fn inputs(kind: &str, targets: &[&str]) -> Value {
    if kind == "AutoDeployer" {
        return json!({"project": "app", "stack": "prod", "downstreamRefs": targets});
    }
    let dependencies = targets
        .iter()
        .map(|target| ((*target).to_owned(), json!(["app/prod"])));
    json!({"dependencies": dependencies.collect::<serde_json::Map<_, _>>()})
}

/// A program that someone runs.
struct Program {
    provider: Another,
    log: Log,
    monitor: String,
    project: String,
}

impl Program {
    /// Its webhooks are created when everyone who meets at the barrier has arrived.
    async fn new(cloud: &Provider, project: &str, meeting: &Arc<Barrier>) -> Program {
        let log = Log::default();
        let provider = cloud.another(&log.serve().await).await;
        let monitor = Monitor::making(&provider.client, project, meeting);
        Program {
            monitor: monitor.serve().await,
            project: project.to_owned(),
            provider,
            log,
        }
    }

    /// Constructs a component.
    async fn run(&self, kind: &str, name: &str, inputs: Value) {
        let request = pb::ConstructRequest {
            project: self.project.clone(),
            ..component(kind, name, &self.monitor, inputs)
        };
        let built = self.provider.client.clone().construct(request).await;
        built.expect("it is built");
    }
}

/// How often the webhooks of the stack were listed, and webhooks created, since the last call.
fn lists_and_creates(cloud: &Provider) -> (usize, usize) {
    let requests = cloud.requests();
    let count = |method: &str| {
        let line = format!("{method} {HOOKS} 2");
        requests
            .iter()
            .filter(|request| request.starts_with(&line))
            .count()
    };
    (count("GET"), count("POST"))
}

/// What the log says about webhooks that do the same, and nothing else.
fn doubles(log: &Log) -> Vec<String> {
    let is_one = |line: &String| line.contains("as well") || line.contains("also has the edge");
    log.taken().into_iter().filter(is_one).collect()
}

#[tokio::test]
async fn of_two_components_at_the_same_time_at_least_one_is_told() {
    for (left, right) in [
        ("AutoDeployer", "AutoDeployer"),
        ("AutoDeployer", "DependencyGraph"),
        ("DependencyGraph", "DependencyGraph"),
    ] {
        let cloud = Provider::start().await;
        let meeting = Arc::new(Barrier::new(2));
        let one = Program::new(&cloud, "one", &meeting).await;
        let two = Program::new(&cloud, "two", &meeting).await;
        tokio::join!(
            one.run(left, "a", inputs(left, &["app/dev"])),
            two.run(right, "a", inputs(right, &["app/dev"])),
        );
        assert_eq!(
            lists_and_creates(&cloud),
            (4, 2),
            "each looks before and afterwards"
        );
        let said = [doubles(&one.log), doubles(&two.log)].concat();
        assert!(!said.is_empty(), "{left}, {right}");
        let (_, hooks) = cloud.ask("GET", HOOKS, Value::Null).await;
        for line in said {
            let hook = hooks
                .as_array()
                .expect("a list")
                .iter()
                .find(|hook| line.contains(hook["name"].as_str().expect("it has one")));
            let name = hook.expect("it is named")["name"]
                .as_str()
                .unwrap_or_default();
            insta::allow_duplicates! {
                insta::assert_snapshot!(line.replace(name, "NAME"), @"Warning a: the webhook `acme/app/prod/NAME` starts `app/dev` as well, so it runs more than once for one change; unless that webhook is deleted in this update, keep one of the two: delete it, or remove the edge here and take it into the program with `pulumi import auto-deploy:index:Webhook app-dev acme/app/prod/NAME`");
            }
        }
    }
}

#[tokio::test]
async fn what_a_component_has_seen_before_is_told_once() {
    let (cloud, alone) = (Provider::start().await, Arc::new(Barrier::new(1)));
    let (status, _) = cloud.ask("POST", HOOKS, by_hand()).await;
    assert_eq!(status, 201);
    cloud.requests();
    let program = Program::new(&cloud, "wiring", &alone).await;
    program
        .run("AutoDeployer", "a", inputs("AutoDeployer", &["app/dev"]))
        .await;
    assert_eq!(doubles(&program.log).len(), 1);
    assert_eq!(lists_and_creates(&cloud), (2, 1));
}

fn by_hand() -> Value {
    let mut by_hand = hook();
    by_hand["name"] = json!("by-hand");
    by_hand
}

#[tokio::test]
async fn what_a_component_makes_together_is_looked_for_together() {
    let (cloud, all) = (Provider::start().await, Arc::new(Barrier::new(3)));
    let program = Program::new(&cloud, "wiring", &all).await;
    let targets = ["app/dev", "app/dev2", "app/dev3"];
    program
        .run("DependencyGraph", "a", inputs("DependencyGraph", &targets))
        .await;
    assert_eq!(lists_and_creates(&cloud), (2, 3));
    assert_eq!(doubles(&program.log), [""; 0]);
}

/// The components of a layer share their downstream stacks. Each stack is listed once before anything is created, and once
/// more at the end.
#[tokio::test]
async fn components_that_are_made_together_look_once_more_together() {
    let (cloud, all) = (Provider::start().await, Arc::new(Barrier::new(6)));
    let program = Program::new(&cloud, "wiring", &all).await;
    for stack in ["dev2", "dev3", "dev4"] {
        cloud
            .ask("POST", "/api/stacks/acme/app", json!({"stackName": stack}))
            .await;
    }
    cloud.requests();
    let below = ["app/dev", "app/dev2"];
    let from = |stack: &str| json!({"project": "app", "stack": stack, "downstreamRefs": below});
    tokio::join!(
        program.run("AutoDeployer", "a", from("prod")),
        program.run("AutoDeployer", "b", from("dev3")),
        program.run("AutoDeployer", "c", from("dev4")),
    );
    let requests = cloud.requests();
    let lists = requests
        .iter()
        .filter(|request| request.starts_with("GET") && request.contains("/hooks "));
    assert_eq!(lists.count(), 2 * 5, "{requests:?}");
    assert_eq!(doubles(&program.log), [""; 0]);
}

/// The component whose webhook has a duplicate is told, even if another one has found it.
#[tokio::test]
async fn what_another_component_has_seen_is_told_where_it_belongs() {
    let (cloud, all) = (Provider::start().await, Arc::new(Barrier::new(3)));
    let program = Program::new(&cloud, "wiring", &all).await;
    cloud
        .ask("POST", "/api/stacks/acme/app", json!({"stackName": "dev3"}))
        .await;
    let inputs =
        |stack: &str| json!({"project": "app", "stack": stack, "downstreamRefs": ["app/dev"]});
    let by_hand = async {
        all.wait().await;
        cloud.ask("POST", HOOKS, by_hand()).await;
    };
    tokio::join!(
        program.run("AutoDeployer", "a", inputs("prod")),
        program.run("AutoDeployer", "b", inputs("dev3")),
        by_hand,
    );
    let told = doubles(&program.log);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("Warning a: "), "{told:?}");
}

#[tokio::test]
async fn a_component_that_is_not_to_look_does_not() {
    let (cloud, alone) = (Provider::start().await, Arc::new(Barrier::new(1)));
    let program = Program::new(&cloud, "wiring", &alone).await;
    let mut quiet = inputs("AutoDeployer", &["app/dev"]);
    quiet["checks"] = json!("off");
    program.run("AutoDeployer", "a", quiet).await;
    // Nor is there a search for what a renamed stack may have taken along: the program's state has nothing that could be
    // gone.
    assert_eq!(lists_and_creates(&cloud), (0, 1));
}

#[tokio::test]
async fn two_components_of_one_program_do_not_take_each_other_for_someone_else() {
    let (cloud, both) = (Provider::start().await, Arc::new(Barrier::new(2)));
    let program = Program::new(&cloud, "wiring", &both).await;
    tokio::join!(
        program.run("AutoDeployer", "a", inputs("AutoDeployer", &["app/dev"])),
        program.run("AutoDeployer", "b", inputs("AutoDeployer", &["app/dev"])),
    );
    assert_eq!(n_webhooks(&cloud).await, 2);
    let said = doubles(&program.log);
    // Whichever comes second reports that the program has the edge twice, and nothing more.
    assert!(
        matches!(&*said, [line] if line.contains("has the edge")),
        "{said:?}"
    );
}
