//! What a `DependencyGraph` registers.

use crate::components::{component, construct};
use auto_deploy::pb;
use serde_json::{Value, json};
use testkit::engine::Log;
use testkit::monitor::Monitor;
use testkit::provider::Provider;
use testkit::values::{UNKNOWN, json_of, output};

fn asked(monitor: &str, inputs: Value) -> pb::ConstructRequest {
    component("DependencyGraph", "graph", monitor, inputs)
}

fn detail(status: &tonic::Status) -> String {
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    String::from_utf8_lossy(status.details()).into_owned()
}

#[tokio::test]
async fn registers_a_webhook_for_each_edge() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let inputs = json!({
        "dependencies": {"app/c": [output("app/a", &["urn:a"]), "app/b"], "app/b": ["app/a"]}, "checks": "off",
    });
    let state = construct(&provider, asked(&monitor.serve().await, inputs))
        .await
        .expect("it is built");
    let taken = monitor.taken();
    let (component, children) = taken.split_first().expect("it was registered");
    assert_eq!(
        (component.custom, component.name.as_str()),
        (false, "graph")
    );
    assert_eq!(
        component.property_dependencies["dependencies"].urns,
        ["urn:a"]
    );
    let names: Vec<_> = children.iter().map(|child| child.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "graph->acme/app/a->app/b",
            "graph->acme/app/a->app/c",
            "graph->acme/app/b->app/c"
        ]
    );
    assert_eq!(
        children[1].property_dependencies["payloadUrl"].urns,
        ["urn:a"]
    );
    assert_eq!(
        json_of(children[1].object.clone()),
        json!({
            "organizationName": "acme", "projectName": "app", "stackName": "a", "format": "pulumi_deployments",
            "displayName": "app/c", "payloadUrl": "app/c",
        })
    );
    let (own, others) = children[1].aliases.split_first().expect("there are some");
    let Some(pb::alias::Alias::Spec(own)) = &own.alias else {
        panic!("{own:?}")
    };
    assert_eq!(own.name, "app/a->app/c", "what it was called before");
    let aliases: Vec<_> = others
        .iter()
        .map(|alias| match &alias.alias {
            Some(pb::alias::Alias::Urn(urn)) => urn.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    let former =
        "urn:pulumi:dev::wiring::auto-deploy:index:AutoDeployer$auto-deploy:index:Webhook::";
    // An `AutoDeployer` called `app` could be the one of `app/a` or of `app/b`.
    assert_eq!(
        aliases,
        ["a", "app-a", "app/a"]
            .iter()
            .flat_map(|name| ["->acme/", "-"].map(|between| format!("{former}{name}{between}app/c")))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        state["layers"]["value"],
        json!([["app/a"], ["app/b"], ["app/c"]])
    );
    assert_eq!(
        state["runsPerChange"]["value"],
        json!({"app/a": {"app/b": 1.0, "app/c": 2.0}})
    );
    assert_eq!(
        state["webhooks"]["value"],
        json!([
            "hook of graph->acme/app/a->app/b",
            "hook of graph->acme/app/a->app/c",
            "hook of graph->acme/app/b->app/c"
        ])
    );
    assert_eq!(
        provider.requests(),
        [""; 0],
        "without checks nobody is asked"
    );
}

#[tokio::test]
async fn a_preview_leaves_what_is_not_known_for_later() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let inputs =
        json!({"dependencies": {"app/c": ["app/a", output(UNKNOWN, &["urn:b"])]}, "checks": "off"});
    let request = pb::ConstructRequest {
        dry_run: true,
        ..asked(&monitor.serve().await, inputs)
    };
    let state = construct(&provider, request).await.expect("it is planned");
    assert_eq!(monitor.taken().len(), 2);
    assert_eq!(state["webhooks"], UNKNOWN);
    assert_eq!(state["strategy"], "parallel");
}

#[tokio::test]
async fn a_cycle_is_refused_before_anything_is_registered() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let address = monitor.serve().await;
    let inputs = json!({"dependencies": {"app/a": ["app/b"], "app/b": ["app/a"]}});
    let status = construct(&provider, asked(&address, inputs))
        .await
        .expect_err("it is refused");
    assert!(
        detail(&status).contains("app/a → app/b → app/a"),
        "{status:?}"
    );
    assert_eq!(monitor.registered.lock().expect("no panic").len(), 0);
}

#[tokio::test]
async fn an_edge_is_in_one_graph_and_in_no_auto_deployer_besides() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let address = monitor.serve().await;
    let inputs = json!({"dependencies": {"app/b": ["app/a"]}, "checks": "off"});
    construct(&provider, asked(&address, inputs.clone()))
        .await
        .expect("it is built");
    let twice = pb::ConstructRequest {
        name: "again".into(),
        ..asked(&address, inputs)
    };
    let status = construct(&provider, twice)
        .await
        .expect_err("it is refused");
    let said = "the DependencyGraph `graph` has the edge `app/a → app/b` already: remove it from one of the two";
    assert!(detail(&status).contains(said), "{status:?}");
    let deployer = pb::ConstructRequest {
        r#type: "auto-deploy:index:AutoDeployer".into(),
        ..asked(
            &address,
            json!({"project": "app", "stack": "a", "downstreamRefs": ["app/b"], "checks": "off"}),
        )
    };
    let status = construct(&provider, deployer)
        .await
        .expect_err("it is refused");
    assert!(detail(&status).contains(said), "{status:?}");
}

#[tokio::test]
async fn a_webhook_by_itself_can_close_a_cycle_too() {
    let (provider, monitor) = (Provider::start().await, Monitor::default());
    let address = monitor.serve().await;
    let hook = json!({
        "organizationName": "acme", "projectName": "app", "stackName": "b", "displayName": "back",
        "format": "pulumi_deployments", "payloadUrl": "app/a",
    });
    let inputs = json!({"dependencies": {"app/b": ["app/a"]}, "checks": "off"});
    construct(&provider, asked(&address, inputs.clone()))
        .await
        .expect("it is built");
    let checked = provider.check(hook.clone()).await.expect("it answers");
    insta::assert_snapshot!(checked.failures, @"payloadUrl: these stacks would start each other forever: app/a → app/b → app/a; remove one of the references");

    let provider = Provider::start().await;
    assert_eq!(provider.check(hook).await.expect("it answers").failures, "");
    let status = construct(&provider, asked(&address, inputs))
        .await
        .expect_err("it is refused");
    assert!(
        detail(&status).contains("app/a → app/b → app/a"),
        "{status:?}"
    );
}

/// The number of warnings grows with the square of the graph, and nobody reads a thousand.
#[tokio::test]
async fn of_each_kind_the_first_few_warnings_are_told() {
    let diamonds = |name: &str, checks: &str| {
        let app = |stack: String| format!("app/{name}-{stack}");
        let [top, left, right] = ["top", "left", "right"].map(|stack| app(stack.to_owned()));
        let sides = [left.clone(), right.clone()];
        let mut dependencies = json!({left: [&top], right: [top]});
        for number in 0..25 {
            dependencies[app(format!("{number:02}"))] = json!(sides);
        }
        json!({"dependencies": dependencies, "checks": checks})
    };
    let (cloud, log, monitor) = (Provider::start().await, Log::default(), Monitor::default());
    let provider = cloud.another(&log.serve().await).await;
    let address = monitor.serve().await;
    let construct = async |name: &str, checks: &str| {
        let request = pb::ConstructRequest {
            name: name.to_owned(),
            ..asked(&address, diamonds(name, checks))
        };
        provider.client.clone().construct(request).await
    };
    construct("one", "warn").await.expect("it is built");
    let told = log.taken();
    let is_diamond = |line: &&String| line.contains("twice for one change of");
    assert_eq!(told.iter().filter(is_diamond).count(), 10, "{told:#?}");
    let more = "Warning one: there are 15 more of the kind `diamond` here, and perhaps at other resources; `auto-deploy \
                check` lists those that are live";
    let is_more = |line: &&String| line.contains("of the kind `diamond`");
    assert_eq!(told.iter().filter(is_more).collect::<Vec<_>>(), [more]);
    let is_missing = |line: &&String| line.contains("does not exist");
    assert_eq!(
        told.iter().filter(is_missing).count(),
        28,
        "errors are all told"
    );

    construct("two", "warn").await.expect("it is built");
    let told = log.taken();
    assert_eq!(told.iter().filter(is_diamond).count(), 0, "{told:#?}");
    assert_eq!(told.iter().filter(is_more).count(), 0, "it was said once");

    let status = construct("three", "error")
        .await
        .expect_err("it is refused");
    let failures = detail(&status);
    let n_told = failures.matches("twice for one change of").count();
    assert_eq!(n_told, 10, "{failures}");
    assert!(failures.contains("there are 15 more of the kind `diamond` here"));
}
