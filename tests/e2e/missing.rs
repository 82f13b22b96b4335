//! Stacks that do not exist: a typing error in a name, a stack that nobody has created yet, and a removed one.

use crate::{SEED, SEED_STACKS, named_alike};
use serde_json::{Value, json};
use testkit::workspace::{Workspace, lines};

const STACKS: [&str; 4] = [
    "acme/network/prod",
    "acme/database/prod",
    "acme/cluster/prod",
    "acme/app/prod",
];

const WEBHOOKS: &str = "/api/stacks/acme/network/prod/hooks";

/// A program with these resources: for each its name, its type, and its properties.
fn program(resources: &[(&str, &str, &str)]) -> String {
    let resource = |(name, kind, properties): &(&str, &str, &str)| {
        format!(
            "  {name}: {{type: 'auto-deploy:{kind}', properties: {{organization: acme, {properties}}}}}\n"
        )
    };
    let resources: String = resources.iter().map(resource).collect();
    format!("name: seed\nruntime: yaml\nresources:\n{resources}")
}

/// An `AutoDeployer` of the network, with these properties.
fn network(properties: &str) -> String {
    program(&[("net", "AutoDeployer", properties)])
}

/// A workspace in which every stack can be deployed.
async fn workspace(program: &str, stacks: &[&str]) -> Workspace {
    let workspace = Workspace::new(program, stacks).await;
    for stack in stacks {
        let settings = json!({"sourceContext": {"git": {"repoUrl": "https://example.com/x.git", "branch": "main"}}});
        let path = format!("/api/stacks/{stack}/deployments/settings");
        assert_eq!(workspace.ask("PUT", &path, settings).await.0, 200);
    }
    workspace.requests();
    workspace
}

/// The errors and warnings that the CLI shows, each once, in order.
fn told(said: &str) -> Vec<String> {
    let said = named_alike(said);
    let mut told = lines(&said, &["error:", "warning:", "- property"]);
    told.retain(|line| !line.contains("update failed") && !line.contains("preview failed"));
    told.sort_unstable();
    told.dedup();
    told.into_iter().map(str::to_owned).collect()
}

/// Removes a stack from the cloud, with its webhooks.
async fn vanish(workspace: &Workspace, stack: &str) {
    let path = format!("/api/stacks/{stack}?force=true");
    assert_eq!(workspace.ask("DELETE", &path, Value::Null).await.0, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_is_refused_alike_in_both_components() {
    let strict = "checks: error";
    let right = network(&format!(
        "project: network, stack: prod, downstreamRefs: [database/prod], {strict}"
    ));
    let workspace = workspace(&right, &STACKS).await;
    workspace.up().await.succeeds();
    let before = workspace.ask("GET", WEBHOOKS, Value::Null).await;
    assert_eq!(before.1.as_array().map(Vec::len), Some(1));
    let graph = |upstream: &str| {
        let properties = format!("dependencies: {{database/prod: [{upstream}]}}, {strict}");
        program(&[("net", "DependencyGraph", &properties)])
    };
    let deployer = |project: &str, stack: &str| {
        network(&format!(
            "project: {project}, stack: {stack}, downstreamRefs: [database/prod], {strict}"
        ))
    };
    workspace.requests();
    for (slip, upstream) in [
        (deployer("netwrok", "prod"), "netwrok/prod"),
        (deployer("network", "prdo"), "network/prdo"),
    ] {
        let mut said = Vec::new();
        for program in [slip, graph(upstream)] {
            workspace.write(&program);
            let previewed = told(&workspace.pulumi(&["preview"]).await.fails());
            let done = told(&workspace.up().await.fails());
            assert_eq!(previewed, done);
            said.push(done.join("\n").replace("DependencyGraph", "AutoDeployer"));
        }
        assert_eq!(said[0], said[1], "the same finding in both");
        insta::allow_duplicates! {
            insta::assert_snapshot!(said[0].replace(upstream, "SLIP"));
        }
    }
    let requests = workspace.requests();
    assert!(
        requests.iter().all(|request| request.starts_with("GET ")),
        "{requests:?}"
    );
    assert_eq!(workspace.ask("GET", WEBHOOKS, Value::Null).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_that_is_a_warning_deletes_nothing_either() {
    let of = |stack: &str| {
        network(&format!(
            "project: network, stack: {stack}, downstreamRefs: [database/prod]"
        ))
    };
    let workspace = workspace(&of("prod"), &STACKS).await;
    workspace.up().await.succeeds();
    let before = workspace.ask("GET", WEBHOOKS, Value::Null).await;
    workspace.write(&of("prdo"));
    let previewed = workspace.pulumi(&["preview"]).await.succeeds();
    insta::assert_snapshot!(told(&previewed).join("\n"));
    let said = workspace.up().await.fails();
    insta::assert_snapshot!(told(&said).join("\n"));
    assert_eq!(workspace.ask("GET", WEBHOOKS, Value::Null).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_of_the_graph_that_is_not_there_is_said_in_the_preview() {
    let is_there = |stack: &&str| *stack != "acme/dependency-example/c";
    let stacks: Vec<&str> = SEED_STACKS.into_iter().filter(is_there).collect();
    // It depends on one stack and another depends on it.
    let program = SEED.replace(
        "stack: c, downstreamRefs: []",
        "stack: c, downstreamRefs: ['${d.ref}']",
    );
    let workspace = workspace(&program, &stacks).await;
    let previewed = workspace.pulumi(&["preview"]).await.succeeds();
    insta::assert_snapshot!(told(&previewed).join("\n"));
    for _ in 0..5 {
        let said = workspace.up().await.fails();
        let errors: Vec<_> = told(&said);
        let errors: Vec<_> = errors
            .iter()
            .filter(|line| !line.starts_with("warning"))
            .collect();
        assert_eq!(errors.len(), 1, "{said}");
        assert!(errors[0].contains("`acme/dependency-example/c`"), "{said}");
        assert!(!said.contains("grpc"), "{said}");
    }
    workspace.write(&program.replace("stack: c, down", "stack: c, checks: error, down"));
    insta::assert_snapshot!(told(&workspace.pulumi(&["preview"]).await.fails()).join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_is_gone_stands_in_nobodys_way() {
    let discovers = "project: network, stack: prod, discoverDownstream: true";
    let other =
        |target: &str| format!("project: database, stack: prod, downstreamRefs: [{target}]");
    let both = |target: &str| {
        program(&[
            ("net", "AutoDeployer", discovers),
            ("db", "AutoDeployer", &other(target)),
        ])
    };
    let workspace = workspace(&both("app/prod"), &STACKS).await;
    let state = testkit::states::of_references("cluster/prod", &["acme/network/prod"]);
    let imported = workspace
        .ask("POST", "/api/stacks/acme/cluster/prod/import", state)
        .await;
    assert_eq!(imported.0, 200);
    workspace.up().await.succeeds();
    assert_eq!(
        workspace.edges("acme/network/prod").await,
        ["cluster/prod on update_succeeded"]
    );
    vanish(&workspace, "acme/network/prod").await;
    workspace.write(&both("cluster/prod"));
    let said = workspace.up().await.succeeds();
    insta::assert_snapshot!(told(&said).join("\n"));
    assert_eq!(
        workspace.edges("acme/database/prod").await,
        ["cluster/prod on update_succeeded"]
    );
    let said = workspace.pulumi(&["preview"]).await.succeeds();
    assert_eq!(told(&said).len(), 1, "still one warning: {said}");
    workspace.write(&both("cluster/prod").replace(
        "discoverDownstream: true",
        "discoverDownstream: true, checks: error",
    ));
    insta::assert_snapshot!(told(&workspace.pulumi(&["preview"]).await.fails()).join("\n"));
    workspace.write(&both("cluster/prod"));
    let destroy = ["destroy", "--run-program", "--yes", "--skip-preview"];
    let said = workspace.pulumi(&destroy).await.succeeds();
    assert_eq!(told(&said).len(), 1, "one warning: {said}");
    assert_eq!(workspace.edges("acme/database/prod").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_where_stacks_are_looked_for_deletes_nothing() {
    let of = |stack: &str| {
        network(&format!(
            "project: network, stack: {stack}, discoverDownstream: true"
        ))
    };
    let mut workspace = Workspace::empty(&STACKS).await;
    let url = workspace.cloud.url().to_owned();
    workspace.set("PULUMI_BACKEND_URL", url);
    workspace.write(&of("prod"));
    workspace
        .pulumi(&["stack", "init", "acme/seed/dev"])
        .await
        .succeeds();
    let state = testkit::states::of_references("cluster/prod", &["acme/network/prod"]);
    let imported = workspace
        .ask("POST", "/api/stacks/acme/cluster/prod/import", state)
        .await;
    assert_eq!(imported.0, 200);
    workspace.up().await.succeeds();
    let before = workspace.ask("GET", WEBHOOKS, Value::Null).await;
    assert_eq!(before.1.as_array().map(Vec::len), Some(1));
    workspace.write(&of("prdo"));
    let said = workspace.up().await.fails();
    assert!(
        said.contains("there is no stack `acme/network/prdo`"),
        "{said}"
    );
    assert_eq!(workspace.ask("GET", WEBHOOKS, Value::Null).await, before);
}
