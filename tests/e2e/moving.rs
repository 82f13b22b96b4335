//! A stack that was created with the published package, `pulumi-auto-deploy` 0.0.4, changes to ours.
//!
//! That package cannot be built here. The state is as it would write it: components without inputs, whose children are
//! `pulumiservice:index:Webhook`s named by position. The plugin of that type is replaced by ours, which refuses the type:
//! any request to the old plugin except its configuration fails the test.

use serde_json::{Value, json};
use testkit::tools;
use testkit::workspace::{Workspace, lines};

const PROGRAM: &str = "\
name: seed
runtime: yaml
resources:
  a: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: app, stack: a, downstreamRefs: [app/b, app/c, app/d], checks: off}}
";

const STACKS: [&str; 4] = ["acme/app/a", "acme/app/b", "acme/app/c", "acme/app/d"];

/// The names that the cloud gave the webhooks, in the order of the references.
const NAMES: [&str; 3] = ["4b0d0671", "9f31c2aa", "0c5e77d1"];

fn urn(kind: &str, name: &str) -> String {
    format!("urn:pulumi:dev::seed::{kind}::{name}")
}

fn provider(package: &str, version: &str) -> Value {
    let kind = format!("pulumi:providers:{package}");
    json!({
        "urn": urn(&kind, &format!("default_{}", version.replace('.', "_"))), "type": kind, "custom": true,
        "id": "0b5d7a50-8c4e-4b51-9a55-2c1f3d0e6a11", "inputs": {"version": version}, "outputs": {"version": version},
    })
}

/// The state after an `up` with the published package.
fn old_state() -> Value {
    let root = urn("pulumi:pulumi:Stack", "seed-dev");
    let component = urn("auto-deploy:index:AutoDeployer", "a");
    let mut resources = vec![
        json!({"urn": root, "type": "pulumi:pulumi:Stack", "custom": false}),
        provider("auto-deploy", "0.0.4"),
        provider("pulumiservice", "0.9.0"),
        json!({
            "urn": component, "type": "auto-deploy:index:AutoDeployer", "custom": false, "parent": root,
            "outputs": {"ref": "app/a", "downstreamWebhooks": NAMES},
        }),
    ];
    let old = provider("pulumiservice", "0.9.0");
    for (index, (name, target)) in NAMES.iter().zip(["app/b", "app/c", "app/d"]).enumerate() {
        let inputs = json!({
            "active": true, "displayName": target, "filters": ["update_succeeded"], "format": "pulumi_deployments",
            "organizationName": "acme", "payloadUrl": target, "projectName": "app", "stackName": "a",
        });
        let mut outputs = inputs.clone();
        outputs["name"] = json!(name);
        resources.push(json!({
            "urn": urn("auto-deploy:index:AutoDeployer$pulumiservice:index:Webhook", &format!("a-{index}")),
            "type": "pulumiservice:index:Webhook", "custom": true, "id": format!("acme/app/a/{name}"), "parent": component,
            "provider": format!("{}::{}", old["urn"].as_str().expect("a text"), old["id"].as_str().expect("a text")),
            "inputs": inputs, "outputs": outputs,
        }));
    }
    let manifest = json!({"time": "2023-06-20T00:00:00Z", "magic": "", "version": ""});
    json!({"version": 3, "deployment": {"manifest": manifest, "resources": resources}})
}

async fn moved() -> Workspace {
    let workspace = Workspace::new(PROGRAM, &STACKS).await;
    let folder = workspace.path("home/plugins/resource-pulumiservice-v0.9.0");
    std::fs::create_dir_all(&folder).expect("it is made");
    std::os::unix::fs::symlink(
        tools::plugin(),
        folder.join("pulumi-resource-pulumiservice"),
    )
    .expect("it is linked");
    for (name, target) in NAMES.iter().zip(["app/b", "app/c", "app/d"]) {
        let hook = json!({
            "organizationName": "acme", "projectName": "app", "stackName": "a", "name": name, "displayName": target, "active": true,
            "payloadUrl": target, "format": "pulumi_deployments", "filters": ["update_succeeded"],
        });
        assert_eq!(
            workspace
                .ask("POST", "/api/stacks/acme/app/a/hooks", hook)
                .await
                .0,
            201
        );
    }
    std::fs::write(workspace.path("old.json"), old_state().to_string()).expect("it is written");
    let file = workspace.path("old.json").display().to_string();
    workspace
        .pulumi(&["stack", "import", "--file", &file])
        .await
        .succeeds();
    workspace.requests();
    workspace
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_taken_over_in_place() {
    let workspace = moved().await;
    let previewed = workspace.pulumi(&["preview"]).await.succeeds();
    assert_eq!(
        lines(&previewed, &["+ ", "- ", "+-"]),
        [""; 0],
        "nothing is made or removed: {previewed}"
    );
    workspace.up().await.succeeds();
    assert_eq!(
        workspace.requests(),
        [""; 0],
        "the cloud is not asked for anything"
    );
    assert_eq!(workspace.edges("acme/app/a").await.len(), 3);
    workspace
        .pulumi(&["up", "--yes", "--skip-preview", "--expect-no-changes"])
        .await
        .succeeds();

    workspace.write(&PROGRAM.replace("[app/b, app/c, app/d]", "[app/d, app/c]"));
    workspace.up().await.succeeds();
    assert_eq!(
        workspace.requests(),
        [format!(
            "DELETE /api/stacks/acme/app/a/hooks/{} 204",
            NAMES[0]
        )]
    );
    workspace
        .pulumi(&["destroy", "--yes", "--skip-preview"])
        .await
        .succeeds();
    assert_eq!(
        workspace.edges("acme/app/a").await,
        [""; 0],
        "none is left behind"
    );
}
