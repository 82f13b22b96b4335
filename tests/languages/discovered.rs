//! What `auto-deploy discover` writes runs, and leaves nothing to be said about the graph.
//!
//! The projects in `discovered/` are those that it writes for these stacks; a test of the command holds it to them.

use crate::cli::{TOKEN, Workspace};
use crate::language::{Language, repository};
use auto_deploy::cloud::{Client, Endpoint, Patience};
use auto_deploy::findings::{Finding, audit};
use auto_deploy::survey::Survey;
use serde_json::json;

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
    let endpoint = Endpoint {
        url: workspace.cloud.url().parse().expect("it is a URL"),
        token: TOKEN.into(),
    };
    let survey = Survey::new(Client::new(endpoint, Patience::default()));
    let live = survey.live("acme", None, |_, _| {}).await;
    audit(&live.expect("the cloud tells"))
}

/// Runs the project that was written for a language.
async fn runs(language: Language) {
    let mut workspace = referring().await;
    let missing = findings(&workspace).await;
    assert_eq!(missing.len(), 3, "{missing:?}");
    let folder = format!("tests/languages/discovered/deployers-{}", language.name());
    let folder = repository(&folder);
    if language == Language::Go {
        // The SDK of this repository, which no proxy has.
        let project = tempfile::tempdir().expect("a folder");
        crate::language::copy(&folder, project.path());
        for file in ["go.mod", "go.sum"] {
            let from = repository("examples/auto-deploy-go").join(file);
            std::fs::copy(from, project.path().join(file)).expect("it is copied");
        }
        language.install(&mut workspace, project.path()).await;
    } else {
        language.install(&mut workspace, &folder).await;
    }
    workspace.up().await.succeeds();
    assert_eq!(
        workspace.edges("acme/network/prod").await,
        [
            "database/prod on update_succeeded",
            "queue/prod on update_succeeded"
        ]
    );
    assert_eq!(findings(&workspace).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_yaml() {
    runs(Language::Yaml).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_typescript() {
    runs(Language::TypeScript).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_python() {
    runs(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_go() {
    runs(Language::Go).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_java() {
    runs(Language::Java).await;
}

/// The import file is the one that a test of the command holds `discover` to.
#[tokio::test(flavor = "multi_thread")]
async fn takes_over_the_webhooks_that_there_are() {
    let mut workspace = referring().await;
    let hook = json!({
        "organizationName": "acme", "displayName": "by hand", "payloadUrl": "database/prod", "active": true,
        "format": "pulumi_deployments", "filters": ["update_succeeded"], "name": "4b0d0671",
    });
    let hooks = "/api/stacks/acme/network/prod/hooks";
    let (status, said) = workspace.ask("POST", hooks, hook).await;
    assert_eq!(status, 201, "{said}");
    let folder = repository("tests/languages/discovered/deployers-yaml");
    Language::Yaml.install(&mut workspace, &folder).await;
    let imports = json!({"resources": [
        {"component": true, "name": "network-prod", "remote": true, "type": "auto-deploy:index:AutoDeployer"},
        {
            "id": "acme/network/prod/4b0d0671", "name": "network-prod-database-prod", "parent": "network-prod",
            "type": "auto-deploy:index:Webhook",
        },
    ]});
    std::fs::write(workspace.path("program/import.json"), imports.to_string())
        .expect("it is written");
    workspace
        .pulumi(&[
            "import",
            "--file",
            "import.json",
            "--yes",
            "--generate-code=false",
            "--protect=false",
            "--skip-preview",
        ])
        .await
        .succeeds();
    workspace.up().await.succeeds();
    assert_eq!(findings(&workspace).await, []);
    let (_, hooks) = workspace.ask("GET", hooks, json!({})).await;
    assert_eq!(hooks.as_array().map(Vec::len), Some(2), "{hooks}");
}
