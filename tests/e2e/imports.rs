//! Existing webhooks become edges by an import into a component: they keep their names.

use serde_json::json;
use testkit::workspace::Workspace;

const HOOKS: &str = "/api/stacks/acme/app/a/hooks";

fn program(refs: &str) -> String {
    format!(
        "name: seed\nruntime: yaml\nresources:\n  net: {{type: 'auto-deploy:AutoDeployer', properties: {{organization: acme, \
         project: app, stack: a, downstreamRefs: [{refs}], checks: 'off'}}}}\n"
    )
}

/// A webhook that someone created in the console.
async fn made_by_hand(workspace: &Workspace) {
    let hook = json!({
        "organizationName": "acme", "projectName": "app", "stackName": "a", "name": "by-hand", "displayName": "app/b",
        "payloadUrl": "app/b", "active": true, "format": "pulumi_deployments", "filters": ["update_succeeded"],
    });
    assert_eq!(workspace.ask("POST", HOOKS, hook).await.0, 201);
    workspace.requests();
}

/// The program has the edge now: no webhook is changed, and an update finds nothing to do.
async fn is_taken_over(workspace: &Workspace) {
    workspace.write(&program("app/b"));
    let said = workspace.pulumi(&["preview", "--diff"]).await.succeeds();
    assert!(!said.contains("auto-deploy:index:Webhook"), "{said}");
    workspace.up().await.succeeds();
    let preview = ["preview", "--expect-no-changes"];
    workspace.pulumi(&preview).await.succeeds();
    let requests = workspace.requests();
    let mut changes = requests.iter().filter(|it| !it.starts_with("GET "));
    assert_eq!(changes.next(), None, "nothing is made anew");
    let (_, hooks) = workspace.ask("GET", HOOKS, json!(null)).await;
    let names = hooks
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| &it["name"]);
    assert_eq!(names.collect::<Vec<_>>(), ["by-hand"]);
}

/// One by one, into a component that exists without the edge.
#[tokio::test(flavor = "multi_thread")]
async fn by_the_command_line_with_the_component_as_parent() {
    let workspace = Workspace::new(&program(""), &["acme/app/a", "acme/app/b"]).await;
    made_by_hand(&workspace).await;
    workspace.up().await.succeeds();
    let parent = "net=urn:pulumi:dev::seed::auto-deploy:index:AutoDeployer::net";
    let import = [
        "import",
        "auto-deploy:index:Webhook",
        "net->acme/app/b",
        "acme/app/a/by-hand",
        "--parent",
        parent,
        "--yes",
        "--generate-code=false",
        "--protect=false",
    ];
    workspace.pulumi(&import).await.succeeds();
    is_taken_over(&workspace).await;
}

/// Together with the component, before the first update.
#[tokio::test(flavor = "multi_thread")]
async fn by_a_file_with_the_component_in_it() {
    let workspace = Workspace::new(&program(""), &["acme/app/a", "acme/app/b"]).await;
    made_by_hand(&workspace).await;
    let file = json!({"resources": [
        {"type": "auto-deploy:index:AutoDeployer", "name": "net", "component": true},
        {"type": "auto-deploy:index:Webhook", "name": "net->acme/app/b", "id": "acme/app/a/by-hand", "parent": "net"},
    ]});
    let path = workspace.path("import.json");
    std::fs::write(&path, file.to_string()).expect("it is written");
    let path = path.display().to_string();
    let import = [
        "import",
        "--file",
        &path,
        "--yes",
        "--generate-code=false",
        "--protect=false",
    ];
    workspace.pulumi(&import).await.succeeds();
    is_taken_over(&workspace).await;
}
