//! What `auto-deploy discover` writes runs, and leaves nothing to be said about the graph.
//!
//! The projects and import files in `discovered/` are those that it writes for these stacks; a test of the command holds
//! it to them.

use crate::language::Language;
use auto_deploy::cloud::{Client, Endpoint, Patience};
use auto_deploy::findings::{Finding, audit};
use auto_deploy::survey::{Detail, Survey};
use serde_json::json;
use testkit::api::TOKEN;
use testkit::tools::repository;
use testkit::workspace::Workspace;

/// The stacks, and what each refers to.
const STACKS: [(&str, Option<&str>); 5] = [
    ("network", None),
    ("database", Some("network")),
    ("queue", Some("network")),
    ("app", Some("database")),
    ("docs", None),
];

/// A workspace whose cloud has these stacks, deployable and referring to each other.
async fn referring() -> Workspace {
    let names = STACKS.map(|(project, _)| format!("acme/{project}/prod"));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let workspace = Workspace::empty(&names).await;
    for (project, upstream) in STACKS {
        let stack = format!("/api/stacks/acme/{project}/prod");
        let git = json!({"repoUrl": "file:///nowhere", "branch": "main"});
        let settings = json!({"sourceContext": {"git": git}});
        let path = format!("{stack}/deployments/settings");
        let (status, said) = workspace.ask("PUT", &path, settings).await;
        assert_eq!(status, 200, "{said}");
        let Some(upstream) = upstream else { continue };
        let name = format!("acme/{upstream}/prod");
        let reference = json!({
            "urn": format!("urn:pulumi:prod::{project}::pulumi:pulumi:StackReference::{name}"),
            "type": "pulumi:pulumi:StackReference", "custom": true, "id": name, "inputs": {"name": name},
        });
        let state = json!({"version": 3, "deployment": {"resources": [reference]}});
        let (status, said) = workspace
            .ask("POST", &format!("{stack}/import"), state)
            .await;
        assert_eq!(status, 200, "{said}");
    }
    workspace
}

/// What is to be said about the graph as it is now.
async fn findings(workspace: &Workspace) -> Vec<Finding> {
    let endpoint = Endpoint::new(workspace.cloud.url().parse().expect("it is a URL"), TOKEN);
    let survey = Survey::new(Client::new(endpoint, Patience::default()));
    let live = survey.live("acme", None, Detail::Edges, |_, _| {}).await;
    audit(&live.expect("the cloud tells"))
}

/// How many webhooks each stack has that others refer to.
async fn webhooks(workspace: &Workspace) -> [usize; 2] {
    let mut counts = [0; 2];
    for (stack, count) in ["network", "database"].iter().zip(&mut counts) {
        let hooks = format!("/api/stacks/acme/{stack}/prod/hooks");
        let (_, hooks) = workspace.ask("GET", &hooks, json!({})).await;
        *count = hooks.as_array().map_or(0, Vec::len);
    }
    counts
}

/// Puts the project that was written for a language, in one of its forms, into a workspace.
async fn install(workspace: &mut Workspace, language: Language, form: &str) {
    let folder = format!("tests/languages/discovered/{form}-{}", language.name());
    let folder = repository(&folder);
    if language != Language::Go {
        language.install(workspace, &folder).await;
        return;
    }
    // The SDK of this repository, which no proxy has.
    let project = tempfile::tempdir().expect("a folder");
    crate::language::copy(&folder, project.path());
    for file in ["go.mod", "go.sum"] {
        let from = repository("examples/auto-deploy-go").join(file);
        std::fs::copy(from, project.path().join(file)).expect("it is copied");
    }
    language.install(workspace, project.path()).await;
}

/// Takes over the webhook that was made by hand, as the import file of a form says.
async fn import(workspace: &Workspace, form: &str) {
    let file = format!("tests/languages/discovered/import-{form}.json");
    std::fs::copy(repository(&file), workspace.path("program/import.json")).expect("it is copied");
    let import = [
        "import",
        "--file",
        "import.json",
        "--yes",
        "--generate-code=false",
        "--protect=false",
        "--skip-preview",
    ];
    workspace.pulumi(&import).await.succeeds();
}

/// Declares the edges with the deployers that were written for a language, where there is no webhook yet.
async fn deployers(language: Language) {
    if !language.is_there() {
        return;
    }
    let mut workspace = referring().await;
    let missing = findings(&workspace).await;
    assert_eq!(missing.len(), 3, "{missing:?}");
    install(&mut workspace, language, "deployers").await;
    workspace.up().await.succeeds();
    assert_eq!(
        workspace.edges("acme/network/prod").await,
        [
            "database/prod on update_succeeded",
            "queue/prod on update_succeeded"
        ]
    );
    assert_eq!(findings(&workspace).await, []);
    assert_eq!(webhooks(&workspace).await, [2, 1]);
}

/// Declares the edges with the graph that was written for a language, where there is a webhook made by hand.
async fn graph(language: Language) {
    if !language.is_there() {
        return;
    }
    let mut workspace = referring().await;
    by_hand(&workspace).await;
    install(&mut workspace, language, "graph").await;
    import(&workspace, "graph").await;
    workspace.up().await.succeeds();
    assert_eq!(findings(&workspace).await, []);
    assert_eq!(webhooks(&workspace).await, [2, 1], "none is made twice");
}

/// Makes the webhook that there is already.
async fn by_hand(workspace: &Workspace) {
    let hook = json!({
        "organizationName": "acme", "displayName": "by hand", "payloadUrl": "database/prod", "active": true,
        "format": "pulumi_deployments", "filters": ["update_succeeded"], "name": "4b0d0671",
    });
    let hooks = "/api/stacks/acme/network/prod/hooks";
    let (status, said) = workspace.ask("POST", hooks, hook).await;
    assert_eq!(status, 201, "{said}");
}

macro_rules! each {
    ($($language:ident: $deployers:ident, $graph:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $deployers() {
            deployers(Language::$language).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn $graph() {
            graph(Language::$language).await;
        }
    )*};
}

each! {
    Yaml: deployers_in_yaml, graph_in_yaml;
    TypeScript: deployers_in_typescript, graph_in_typescript;
    Python: deployers_in_python, graph_in_python;
    Go: deployers_in_go, graph_in_go;
    Csharp: deployers_in_csharp, graph_in_csharp;
    Java: deployers_in_java, graph_in_java;
}

#[tokio::test(flavor = "multi_thread")]
async fn deployers_take_over_the_webhooks_that_there_are() {
    let mut workspace = referring().await;
    by_hand(&workspace).await;
    install(&mut workspace, Language::Yaml, "deployers").await;
    import(&workspace, "deployers").await;
    workspace.up().await.succeeds();
    assert_eq!(findings(&workspace).await, []);
    assert_eq!(webhooks(&workspace).await, [2, 1], "none is made twice");
}
