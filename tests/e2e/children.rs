//! The names of components' webhooks in a program, and how webhooks move to them from older names and parents.

use crate::replacement::UP;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use testkit::since;
use testkit::workspace::Workspace;

const STACK: &str = "acme/wiring/dev";

/// A cloud that also keeps the state, with the program's stack and these stacks.
async fn start(stacks: &[&str]) -> Workspace {
    let mut workspace = Workspace::empty(stacks).await;
    let url = workspace.cloud.url().to_owned();
    workspace.set("PULUMI_BACKEND_URL", url);
    workspace.write("name: wiring\nruntime: yaml\n");
    workspace.pulumi(&["stack", "init", STACK]).await.succeeds();
    workspace
}

fn program(resources: &[&str]) -> String {
    format!(
        "name: wiring\nruntime: yaml\nresources:\n  {}\n",
        resources.join("\n  ")
    )
}

/// The webhooks of these stacks, by their ids, with the stack that each starts.
async fn live(workspace: &Workspace, stacks: &[&str]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for stack in stacks {
        let (_, hooks) = workspace
            .ask("GET", &format!("/api/stacks/{stack}/hooks"), Value::Null)
            .await;
        let text = |hook: &Value, name: &str| hook[name].as_str().expect("a text").to_owned();
        for hook in hooks.as_array().into_iter().flatten() {
            all.insert(
                format!("{stack}/{}", text(hook, "name")),
                text(hook, "payloadUrl"),
            );
        }
    }
    all
}

async fn export(workspace: &Workspace) -> Value {
    let state = workspace.pulumi(&["stack", "export"]).await.succeeds();
    serde_json::from_str(&state).expect("it is JSON")
}

/// The names of the state's webhooks in the program, by their ids.
async fn called(workspace: &Workspace) -> BTreeMap<String, String> {
    let state = export(workspace).await;
    let resources = state["deployment"]["resources"].as_array().expect("a list");
    let hooks = resources
        .iter()
        .filter(|resource| resource["type"] == "auto-deploy:index:Webhook");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    hooks
        .map(|hook| {
            let urn = text(&hook["urn"]);
            (
                text(&hook["id"]),
                urn.rsplit("::").next().unwrap_or_default().to_owned(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_webhooks_of_components_are_called_alike() {
    let stacks = [
        "acme/net/prod",
        "acme/work-db/prod",
        "acme/db/prod",
        "org/net/prod",
        "org/db/prod",
    ];
    let workspace = start(&stacks).await;
    workspace.write(&program(&[
        "net: {type: 'auto-deploy:AutoDeployer', properties: {project: net, stack: prod, downstreamRefs: [work-db/prod]}}",
        "net-work: {type: 'auto-deploy:AutoDeployer', properties: {project: net, stack: prod, downstreamRefs: [db/prod]}}",
        "here: {type: 'auto-deploy:DependencyGraph', properties: {dependencies: {db/prod: [work-db/prod]}}}",
        "there: {type: 'auto-deploy:DependencyGraph', properties: {organization: org, dependencies: {db/prod: [net/prod]}}}",
        "also: {type: 'auto-deploy:DependencyGraph', properties: {organization: acme, dependencies: {net/prod: [work-db/prod]}}}",
    ]).replace("net/prod: [work-db/prod]", "app/prod: [net/prod]"));
    let said = workspace.pulumi(&UP).await;
    assert!(!said.said.contains("Duplicate"), "{}", said.said);
    said.succeeds();
    let names: Vec<String> = called(&workspace).await.into_values().collect();
    let mut names = names;
    names.sort();
    assert_eq!(
        names,
        [
            "also->acme/net/prod->app/prod",
            "here->acme/work-db/prod->db/prod",
            "net->acme/work-db/prod",
            "net-work->acme/db/prod",
            "there->org/net/prod->db/prod",
        ]
    );
}

const MANY: [&str; 4] = [
    "net: {type: 'auto-deploy:AutoDeployer', properties: {project: net, stack: prod, downstreamRefs: [db/prod, app/prod]}}",
    "graph: {type: 'auto-deploy:DependencyGraph', properties: {dependencies: {app/prod: [db/prod]}}}",
    "hook: {type: 'auto-deploy:Webhook', properties: {projectName: net, stackName: prod, displayName: x, payloadUrl: 'https://a.example'}}",
    "mine: {type: 'auto-deploy:Webhook', properties: {projectName: net, stackName: prod, name: mine, displayName: y, payloadUrl: 'https://a.example'}}",
];

const MANY_STACKS: [&str; 3] = ["acme/net/prod", "acme/db/prod", "acme/app/prod"];

/// A state from before names were kept in it, and before children were named after their component, with the webhooks that
/// were on the cloud then.
const BEFORE: &str = include_str!("before/state.json");

/// Creates the stack of [`BEFORE`] and its webhooks on the cloud.
async fn plant_before(workspace: &Workspace) {
    let before: Value = serde_json::from_str(BEFORE).expect("it is JSON");
    for (stack, hooks) in before["hooks"].as_object().expect("a map") {
        for hook in hooks.as_array().expect("a list") {
            let path = format!("/api/stacks/{stack}/hooks");
            assert_eq!(workspace.ask("POST", &path, hook.clone()).await.0, 201);
        }
    }
    let file = workspace.path("program/before.json");
    let state = before["state"].to_string();
    let state = state.replace("\"URL\"", &format!("\"{}\"", workspace.cloud.url()));
    std::fs::write(&file, state).expect("it is written");
    let file = file.display().to_string();
    let import = ["stack", "import", "--file", &file];
    workspace.pulumi(&import).await.succeeds();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_of_the_provider_before_moves_to_the_new_names_without_a_call() {
    let workspace = start(&MANY_STACKS).await;
    workspace.write(&program(&MANY));
    plant_before(&workspace).await;
    let before = live(&workspace, &MANY_STACKS).await;
    let old: Vec<String> = called(&workspace).await.into_values().collect();
    assert!(
        old.contains(&"net-db/prod".to_owned()) && old.contains(&"db/prod->app/prod".to_owned()),
        "{old:?}"
    );
    assert_eq!(before.len(), 5);

    let is_over = AtomicBool::new(false);
    workspace.requests();
    let up = async {
        let ran = workspace.pulumi(&UP).await;
        is_over.store(true, Ordering::Relaxed);
        ran.succeeds()
    };
    let look = async {
        let mut n_looks = 0;
        while !is_over.load(Ordering::Relaxed) {
            assert_eq!(live(&workspace, &MANY_STACKS).await, before);
            n_looks += 1;
        }
        n_looks
    };
    let (said, n_looks) = tokio::join!(up, look);
    assert!(n_looks > 10, "{n_looks}");
    let changes: Vec<String> = workspace
        .requests()
        .into_iter()
        .filter(|request| request.contains("/hooks") && !request.starts_with("GET "))
        .collect();
    assert_eq!(changes, [""; 0], "{said}");
    let called = called(&workspace).await;
    assert_eq!(
        called.keys().collect::<Vec<_>>(),
        before.keys().collect::<Vec<_>>(),
        "the same webhooks"
    );
    let mut names: Vec<_> = called.into_values().collect();
    names.sort();
    assert_eq!(
        names,
        [
            "graph->acme/db/prod->app/prod",
            "hook",
            "mine",
            "net->acme/app/prod",
            "net->acme/db/prod"
        ]
    );
    let again = ["up", "--yes", "--skip-preview", "--expect-no-changes"];
    workspace.pulumi(&again).await.succeeds();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_is_renamed_with_an_alias_keeps_its_webhooks() {
    if since::COMPONENT_ALIASES.is_missing() {
        return;
    }
    for is_old in [false, true] {
        let workspace = start(&MANY_STACKS).await;
        workspace.write(&program(&MANY));
        if is_old {
            plant_before(&workspace).await;
        } else {
            workspace.pulumi(&UP).await.succeeds();
        }
        let before = live(&workspace, &MANY_STACKS).await;
        let renamed = |resource: &str, from: &str, to: &str| {
            let body = resource
                .strip_prefix(from)
                .and_then(|it| it.strip_suffix("}}"))
                .expect("it is so");
            format!("{to}{body}}}, options: {{aliases: [{{name: {from}}}]}}}}")
        };
        let net = renamed(MANY[0], "net", "network");
        let graph = renamed(MANY[1], "graph", "chain");
        workspace.write(&program(&[&net, &graph, MANY[2], MANY[3]]));
        let said = workspace.pulumi(&UP).await.succeeds();
        assert_eq!(
            live(&workspace, &MANY_STACKS).await,
            before,
            "{is_old}: {said}"
        );
        let mut names: Vec<_> = called(&workspace).await.into_values().collect();
        names.sort();
        assert_eq!(
            names,
            [
                "chain->acme/db/prod->app/prod",
                "hook",
                "mine",
                "network->acme/app/prod",
                "network->acme/db/prod"
            ],
            "{is_old}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_renamed_stack_took_along_stays_when_the_program_is_corrected() {
    for checks in ["warn", "off"] {
        let workspace = start(&["acme/net/prod", "acme/db/prod", "acme/app/prod"]).await;
        let net = MANY[0]
            .replace("stack: prod", &format!("stack: prod, checks: {checks}"))
            .replace("[db/prod, app/prod]", "[app/prod]");
        let graph = format!(
            "graph: {{type: 'auto-deploy:DependencyGraph', properties: {{checks: {checks}, dependencies: {{app/prod: [db/prod]}}}}}}"
        );
        workspace.write(&program(&[&net, &graph, MANY[2]]));
        workspace.pulumi(&UP).await.succeeds();
        let before = live(&workspace, &MANY_STACKS).await;
        for project in ["net", "db"] {
            let path = format!("/api/stacks/acme/{project}/prod/rename");
            let (status, said) = workspace
                .ask("POST", &path, json!({"newName": "live"}))
                .await;
            assert!(status < 300, "{said}");
        }
        let corrected = |text: &str| {
            text.replace("stack: prod", "stack: live")
                .replace("stackName: prod", "stackName: live")
                .replace("[db/prod]", "[db/live]")
        };
        let resources = [corrected(&net), corrected(&graph), corrected(MANY[2])];
        workspace.write(&program(&resources.each_ref().map(String::as_str)));
        let said = workspace.pulumi(&UP).await.succeeds();
        let live = live(
            &workspace,
            &["acme/net/live", "acme/db/live", "acme/app/prod"],
        )
        .await;
        let moved = |id: &str| id.replace("/prod/", "/live/");
        for (id, target) in &before {
            assert_eq!(live.get(&moved(id)), Some(target), "{checks}, {id}: {said}");
        }
        let held: Vec<String> = called(&workspace).await.into_keys().collect();
        assert_eq!(
            live.into_keys().collect::<Vec<_>>(),
            held,
            "{checks}: {said}"
        );
        let again = ["up", "--yes", "--skip-preview", "--expect-no-changes"];
        workspace.pulumi(&again).await.succeeds();
    }
}
