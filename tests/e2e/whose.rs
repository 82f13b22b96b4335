//! Who owns a webhook, with the real CLI: no resource takes over another's webhook, and neither do the programs of two
//! people.

use crate::replacement::UP;
use serde_json::Value;
use std::collections::BTreeMap;
use testkit::workspace::Workspace;

const STACKS: [&str; 3] = ["acme/network/prod", "acme/database/prod", "acme/app/prod"];

const URN: &str = "urn:pulumi:same::wiring::auto-deploy:index:Webhook";

/// A program with these webhooks of `network/prod`: for each its name in the program, its payload URL, and its options.
fn program(hooks: &[(&str, &str, &str)]) -> String {
    let hook = |(name, url, options): &(&str, &str, &str)| {
        format!(
            "  {name}: {{type: 'auto-deploy:Webhook', properties: {{organizationName: acme, projectName: network, stackName: prod, \
             displayName: x, payloadUrl: 'https://{url}.example'}}, options: {{{options}}}}}\n"
        )
    };
    let hooks: String = hooks.iter().map(hook).collect();
    let resources = if hooks.is_empty() { "" } else { "resources:\n" };
    format!("name: wiring\nruntime: yaml\n{resources}{hooks}")
}

/// A cloud that also keeps the states, without a stack for the program yet.
async fn start() -> Workspace {
    let mut workspace = Workspace::empty(&STACKS).await;
    let url = workspace.cloud.url().to_owned();
    workspace.set("PULUMI_BACKEND_URL", url);
    workspace.write(&program(&[]));
    workspace
}

/// Runs the CLI for a stack.
async fn run(workspace: &Workspace, stack: &str, arguments: &[&str]) -> String {
    let arguments = [arguments, &["--stack", stack]].concat();
    workspace.pulumi(&arguments).await.succeeds()
}

async fn up(workspace: &Workspace, stack: &str) -> String {
    run(workspace, stack, &UP).await
}

async fn init(workspace: &Workspace, stack: &str) {
    workspace.pulumi(&["stack", "init", stack]).await.succeeds();
}

/// The webhooks of `network/prod`, by their names.
async fn live(workspace: &Workspace) -> BTreeMap<String, String> {
    let path = "/api/stacks/acme/network/prod/hooks";
    let (_, hooks) = workspace.ask("GET", path, Value::Null).await;
    let text = |hook: &Value, name: &str| hook[name].as_str().expect("a text").to_owned();
    let hooks = hooks.as_array().expect("a list").iter();
    hooks
        .map(|hook| (text(hook, "name"), text(hook, "payloadUrl")))
        .collect()
}

/// The webhooks in the state of a stack, by their names, with the resource that has each.
async fn held(workspace: &Workspace, stack: &str) -> BTreeMap<String, String> {
    let state = run(workspace, stack, &["stack", "export"]).await;
    let state: Value = serde_json::from_str(&state).expect("it is JSON");
    let resources = state["deployment"]["resources"].as_array().expect("a list");
    let hooks = resources
        .iter()
        .filter(|resource| resource["type"] == "auto-deploy:index:Webhook");
    let last = |text: &Value, by: &str| {
        let text = text.as_str().expect("a text");
        text.rsplit(by).next().unwrap_or_default().to_owned()
    };
    hooks
        .map(|hook| (last(&hook["id"], "/"), last(&hook["urn"], "::")))
        .collect()
}

/// Exactly one resource of one of these states has each webhook of the cloud, and each resource's webhook exists.
async fn each_has_its_own(workspace: &Workspace, stacks: &[&str], about: &str) {
    let mut all = Vec::new();
    for stack in stacks {
        all.extend(held(workspace, stack).await.into_keys());
    }
    all.sort();
    let live: Vec<String> = live(workspace).await.into_keys().collect();
    assert_eq!(all, live, "{about}");
}

const BOTH: [&str; 2] = ["acme/wiring/same", "org/wiring/same"];

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_of_the_same_names_do_not_meet() {
    let workspace = start().await;
    for (stack, url) in BOTH.into_iter().zip(["a", "b"]) {
        workspace.write(&program(&[("w", url, "")]));
        init(&workspace, stack).await;
        let said = up(&workspace, stack).await;
        assert!(!said.contains("warning"), "{said}");
    }
    each_has_its_own(&workspace, &BOTH, "two webhooks").await;
    let both = live(&workspace).await;
    assert_eq!(both.len(), 2);
    for (stack, url) in BOTH.into_iter().zip(["a", "b"]) {
        workspace.write(&program(&[("w", url, "")]));
        run(&workspace, stack, &["preview", "--expect-no-changes"]).await;
    }
    let ours = held(&workspace, BOTH[1]).await.into_keys().next();
    run(&workspace, BOTH[0], &["destroy", "--yes", "--skip-preview"]).await;
    let left: Vec<_> = live(&workspace).await.into_keys().collect();
    assert_eq!(left, Vec::from_iter(ours), "the other's stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_the_program_that_is_used_again_is_another_webhook() {
    for by_alias in [true, false] {
        let about = format!("by alias: {by_alias}");
        let workspace = start().await;
        let stack = BOTH[0];
        init(&workspace, stack).await;
        workspace.write(&program(&[("hook", "a", "")]));
        up(&workspace, stack).await;
        if by_alias {
            workspace.write(&program(&[("alerts", "a", "aliases: [{name: hook}]")]));
            up(&workspace, stack).await;
        } else {
            let urn = format!("{URN}::hook");
            let rename = ["state", "rename", &urn, "alerts", "--yes"];
            run(&workspace, stack, &rename).await;
        }
        let alerts = live(&workspace)
            .await
            .into_keys()
            .next()
            .expect("it is there");
        workspace.write(&program(&[("alerts", "a", ""), ("hook", "b", "")]));
        let said = up(&workspace, stack).await;
        assert!(!said.contains("warning"), "{about}: {said}");
        assert_eq!(
            live(&workspace).await[&alerts],
            "https://a.example",
            "{about}"
        );
        each_has_its_own(&workspace, &[stack], &about).await;
        workspace.write(&program(&[("alerts", "a", "")]));
        up(&workspace, stack).await;
        let left: Vec<_> = live(&workspace).await.into_keys().collect();
        assert_eq!(left, [alerts], "{about}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_takes_the_name_of_another_has_webhooks_of_its_own() {
    let workspace = start().await;
    let (prod, old) = ("acme/wiring/prod", "acme/wiring/old");
    init(&workspace, prod).await;
    workspace.write(&program(&[("w", "a", "")]));
    up(&workspace, prod).await;
    run(&workspace, prod, &["stack", "rename", "acme/old"]).await;
    init(&workspace, prod).await;
    let said = up(&workspace, prod).await;
    let others = held(&workspace, old)
        .await
        .into_keys()
        .next()
        .expect("it has one");
    let warning = format!("warning: the webhook `acme/network/prod/{others}`");
    assert!(said.contains(&warning), "the other is named: {said}");
    each_has_its_own(&workspace, &[prod, old], "renamed").await;
    run(&workspace, old, &["destroy", "--yes", "--skip-preview"]).await;
    each_has_its_own(&workspace, &[prod], "the old one is destroyed").await;
    run(&workspace, prod, &["preview", "--expect-no-changes"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_moved_to_another_project_stays_there() {
    let workspace = start().await;
    let (source, target) = (BOTH[0], "acme/other/same");
    init(&workspace, source).await;
    workspace.write(&program(&[("w", "a", "")]));
    up(&workspace, source).await;
    let moved = live(&workspace).await;
    let other = |text: &str| text.replace("name: wiring", "name: other");
    workspace.write(&other(&program(&[])));
    init(&workspace, target).await;
    up(&workspace, target).await;
    let urn = format!("{URN}::w");
    let state_move = [
        "state", "move", "--source", source, "--dest", target, &urn, "--yes",
    ];
    workspace.write(&program(&[("w", "a", "")]));
    workspace.pulumi(&state_move).await.succeeds();
    // The program of the source stack has not been edited yet.
    let said = up(&workspace, source).await;
    let name = moved.keys().next().expect("there is one");
    assert!(
        said.contains(&format!("warning: the webhook `acme/network/prod/{name}`")),
        "{said}"
    );
    each_has_its_own(&workspace, &[source, target], "moved").await;
    run(&workspace, source, &["destroy", "--yes", "--skip-preview"]).await;
    assert_eq!(live(&workspace).await, moved);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_that_is_turned_around_is_no_cycle() {
    let workspace = start().await;
    let stack = BOTH[0];
    init(&workspace, stack).await;
    let deployer = |name: &str, project: &str, target: &str| {
        format!(
            "name: wiring\nruntime: yaml\nresources:\n  {name}: {{type: 'auto-deploy:AutoDeployer', properties: {{organization: acme, \
             project: {project}, stack: prod, downstreamRefs: [{target}/prod], checks: error}}}}\n"
        )
    };
    // The only webhook left is its own.
    settle(&workspace).await;
    workspace.write(&deployer("net", "network", "database"));
    up(&workspace, stack).await;
    workspace.requests();
    let previewed = run(&workspace, stack, &["preview"]).await;
    assert!(!previewed.contains("forever"), "{previewed}");
    let exports = |requests: Vec<String>| {
        let is_one = |request: &&String| request.contains("wiring/same/export");
        requests.iter().filter(is_one).count()
    };
    workspace.write(&deployer("db", "database", "network"));
    workspace.requests();
    let said = run(&workspace, stack, &["preview"]).await;
    assert!(!said.contains("forever"), "{said}");
    assert_eq!(exports(workspace.requests()), 1 + N_CLI_EXPORTS);
    up(&workspace, stack).await;
    assert_eq!(live(&workspace).await.len(), 0);
    assert_eq!(
        workspace.edges("acme/database/prod").await,
        ["network/prod on update_succeeded"]
    );
    run(&workspace, stack, &["preview", "--expect-no-changes"]).await;
}

/// How often the CLI itself reads the state in a preview or an update.
const N_CLI_EXPORTS: usize = 1;

/// A program whose two components together close a cycle, each with its own provider; `checks` sets whether findings count
/// as errors.
fn cycle_of_two_providers(checks: &str) -> String {
    let one = |name: &str, project: &str, target: &str| {
        format!(
            "  {name}-provider: {{type: 'pulumi:providers:auto-deploy'}}\n  {name}: {{type: 'auto-deploy:AutoDeployer', properties: \
             {{organization: acme, project: {project}, stack: prod, downstreamRefs: [{target}/prod], checks: {checks}}}, options: \
             {{provider: '${{{name}-provider}}'}}}}\n"
        )
    };
    let (net, db) = (
        one("net", "network", "database"),
        one("db", "database", "network"),
    );
    format!("name: wiring\nruntime: yaml\nresources:\n{net}{db}")
}

/// Gives the stacks what a check asks for, so that it finds only what a test is about.
async fn settle(workspace: &Workspace) {
    for project in ["network", "database", "app"] {
        let settings = serde_json::json!({"sourceContext": {"git": {"repoUrl": "https://git.example/it", "branch": "main"}}});
        let path = format!("/api/stacks/acme/{project}/prod/deployments/settings");
        let (status, said) = workspace.ask("PUT", &path, settings).await;
        assert!(status < 300, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_providers_close_no_cycle_together() {
    let stack = BOTH[0];
    for parallel in ["--parallel=16", "--parallel=1"] {
        let workspace = start().await;
        settle(&workspace).await;
        init(&workspace, stack).await;
        workspace.write(&cycle_of_two_providers("error"));
        let up = [&UP[..], &["--stack", stack, parallel]].concat();
        let said = workspace.pulumi(&up).await.fails();
        assert!(said.contains("start each other forever"), "{said}");
        assert!(
            !said.contains("grpc") && !said.contains("has a problem"),
            "{said}"
        );
        let edges = [
            workspace.edges("acme/network/prod").await,
            workspace.edges("acme/database/prod").await,
        ]
        .concat();
        assert!(edges.len() < 2, "the cycle is open: {edges:?}\n{said}");
        let held = held(&workspace, stack).await;
        assert_eq!(
            held.len(),
            edges.len(),
            "the state has what is there: {said}"
        );
    }
    // With warnings, both are created, and at least one of the components reports it.
    let workspace = start().await;
    settle(&workspace).await;
    init(&workspace, stack).await;
    workspace.write(&cycle_of_two_providers("warn"));
    let said = up(&workspace, stack).await;
    assert!(
        said.contains("warning: stacks start each other forever"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_errors_nothing_is_made_beside_the_webhook_of_another_program() {
    let workspace = start().await;
    settle(&workspace).await;
    let hook = serde_json::json!({
        "organizationName": "acme", "name": "by-hand", "displayName": "by-hand", "payloadUrl": "database/prod", "active": true,
        "format": "pulumi_deployments", "filters": ["update_succeeded"],
    });
    let path = "/api/stacks/acme/network/prod/hooks";
    assert_eq!(workspace.ask("POST", path, hook).await.0, 201);
    let stack = BOTH[0];
    init(&workspace, stack).await;
    workspace.write(
        "name: wiring\nruntime: yaml\nresources:\n  net: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: \
         network, stack: prod, downstreamRefs: [app/prod, database/prod], checks: error}}\n",
    );
    for _ in 0..2 {
        let up = [&UP[..], &["--stack", stack]].concat();
        let said = workspace.pulumi(&up).await.fails();
        let errors: Vec<_> = said
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("error: "))
            .collect();
        let errors: Vec<_> = errors
            .iter()
            .filter(|line| !line.contains("update failed"))
            .collect();
        assert_eq!(errors.len(), 1, "{said}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(errors[0]);
        }
        let live: Vec<_> = live(&workspace).await.into_keys().collect();
        assert_eq!(
            live,
            ["by-hand"],
            "nothing of the component is made: {said}"
        );
    }
    assert_eq!(
        workspace
            .ask("DELETE", &format!("{path}/by-hand"), Value::Null)
            .await
            .0,
        204
    );
    up(&workspace, stack).await;
    let made = live(&workspace).await;
    assert_eq!(made.len(), 2);
    workspace.requests();
    let said = up(&workspace, stack).await;
    assert!(!said.contains("warning"), "{said}");
    let exports = workspace.requests();
    let exports = exports.iter().filter(|request| request.contains("/export"));
    let n_exports = exports.count();
    assert_eq!(n_exports, N_CLI_EXPORTS, "nothing asks whose they are");
    assert_eq!(live(&workspace).await, made);
}
