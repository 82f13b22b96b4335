//! The lifecycle of single webhooks.

use crate::named_alike;
use serde_json::json;
use testkit::workspace::Workspace;

/// The announcement's program for webhooks, with only the package's name changed.
const SEED_WEBHOOKS: &str = "\
name: seed
runtime: yaml
resources:
  database-webhook:
    type: auto-deploy:Webhook
    properties:
      organizationName: org
      projectName: network
      stackName: prod
      format: pulumi_deployments
      payloadUrl: database/prod
      active: true
      displayName: deploy-database
      filters: [update_succeeded]
  compute-webhook:
    type: auto-deploy:Webhook
    properties:
      organizationName: org
      projectName: database
      stackName: prod
      format: pulumi_deployments
      payloadUrl: compute/prod
      active: true
      displayName: deploy-compute
      filters: [update_succeeded]
";

const STACKS: [&str; 3] = ["org/network/prod", "org/database/prod", "org/compute/prod"];

#[tokio::test(flavor = "multi_thread")]
async fn the_program_of_the_announcement_lives() {
    let workspace = Workspace::new(SEED_WEBHOOKS, &STACKS).await;
    workspace.pulumi(&["preview"]).await.succeeds();
    workspace.up().await.succeeds();
    assert_eq!(
        workspace.edges("org/network/prod").await,
        ["database/prod on update_succeeded"]
    );
    assert_eq!(
        workspace.edges("org/database/prod").await,
        ["compute/prod on update_succeeded"]
    );
    workspace
        .pulumi(&["up", "--yes", "--skip-preview", "--expect-no-changes"])
        .await
        .succeeds();
    workspace.write(&SEED_WEBHOOKS.replace("stackName: prod\n      format: pulumi_deployments\n      payloadUrl: compute", "stackName: prod\n      format: pulumi_deployments\n      secret: {fn::secret: s3cret}\n      payloadUrl: compute"));
    let said = workspace
        .pulumi(&["up", "--yes", "--skip-preview", "--diff"])
        .await
        .succeeds();
    assert!(!said.contains("s3cret"), "{said}");
    let state = workspace.pulumi(&["stack", "export"]).await.succeeds();
    assert!(
        !state.contains("s3cret") && !state.contains(testkit::api::TOKEN),
        "secrets are not in the state in clear"
    );
    workspace
        .pulumi(&["destroy", "--yes", "--skip-preview"])
        .await
        .succeeds();
    assert_eq!(workspace.edges("org/database/prod").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_moves_is_deleted_before_it_is_made_anew() {
    let workspace = Workspace::new(SEED_WEBHOOKS, &STACKS).await;
    workspace.up().await.succeeds();
    workspace.requests();
    workspace.write(
        &SEED_WEBHOOKS
            .replace("projectName: database", "projectName: compute")
            .replace("payloadUrl: compute", "payloadUrl: network"),
    );
    let up = ["up", "--yes", "--skip-preview", "--diff"];
    insta::assert_snapshot!(named_alike(&workspace.pulumi(&up).await.succeeds()));
    let requests: Vec<_> = workspace
        .cloud
        .app()
        .request_log()
        .take()
        .iter()
        .map(|request| request.to_string().replace("/api/stacks/org", ""))
        .collect();
    assert_eq!(requests.len(), 4);
    assert!(
        requests[0] == "GET /compute/prod/hooks 200"
            && requests[1].starts_with("DELETE /database/prod/hooks/")
            && requests[2] == "POST /compute/prod/hooks 201"
            && requests[3] == "GET /compute/prod/hooks 200",
        "there is room for the new one, then it moves: {requests:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_webhook_is_imported() {
    let workspace = Workspace::new("name: seed\nruntime: yaml\n", &STACKS).await;
    let hook = json!({
        "organizationName": "org", "projectName": "network", "stackName": "prod", "name": "by-hand", "displayName": "deploy-database",
        "payloadUrl": "database/prod", "active": true, "format": "pulumi_deployments", "filters": ["update_succeeded"],
    });
    assert_eq!(
        workspace
            .ask("POST", "/api/stacks/org/network/prod/hooks", hook)
            .await
            .0,
        201
    );
    let import = [
        "import",
        "--yes",
        "--skip-preview",
        "--protect=false",
        "auto-deploy:index:Webhook",
        "database-webhook",
    ];
    let said = workspace
        .pulumi(&[&import[..], &["org/network/prod/by-hand"]].concat())
        .await
        .succeeds();
    assert!(
        said.contains("payloadUrl: database/prod"),
        "a program is proposed: {said}"
    );
    let one = SEED_WEBHOOKS
        .split_once("  compute-webhook")
        .expect("it is the second")
        .0;
    workspace.write(one);
    workspace
        .pulumi(&["preview", "--expect-no-changes"])
        .await
        .succeeds();

    let gone = workspace
        .pulumi(&[&import[..5], &["other", "org/network/prod/no-such"]].concat())
        .await
        .fails();
    assert!(gone.contains("does not exist"), "{gone}");
    let odd = workspace
        .pulumi(&[&import[..5], &["other", "org/network"], &[]].concat())
        .await;
    assert!(odd.fails().contains("does not exist"));
    let odd = workspace
        .pulumi(&[&import[..5], &["other", "network"], &[]].concat())
        .await
        .fails();
    assert!(
        odd.contains("`network` is not the id of a webhook"),
        "{odd}"
    );
}

/// A program that gives its webhook a name.
const NAMED: &str = "\
name: seed
runtime: yaml
resources:
  hook:
    type: auto-deploy:Webhook
    properties:
      organizationName: org
      projectName: network
      stackName: prod
      format: pulumi_deployments
      payloadUrl: database/prod
      displayName: deploy-database
      name: mine
";

const HOOK: &str = "urn:pulumi:dev::seed::auto-deploy:index:Webhook::hook";

/// The webhook exists exactly once, and the state has it.
async fn is_whole(workspace: &Workspace) {
    let edges = workspace.edges("org/network/prod").await;
    assert_eq!(edges, ["database/prod on update_succeeded"]);
    workspace
        .pulumi(&["preview", "--expect-no-changes"])
        .await
        .succeeds();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_with_a_name_that_the_state_has_lost_is_imported() {
    let workspace = Workspace::new(NAMED, &STACKS).await;
    workspace.up().await.succeeds();
    let forget = ["state", "delete", HOOK, "--yes"];
    workspace.pulumi(&forget).await.succeeds();
    let said = workspace.up().await.fails();
    let import = "pulumi import auto-deploy:index:Webhook hook org/network/prod/mine";
    assert!(said.contains(import), "{said}");
    let import: Vec<_> = import.split(' ').skip(1).collect();
    workspace
        .pulumi(&[&import[..], &["--yes", "--protect=false"]].concat())
        .await
        .succeeds();
    workspace.up().await.succeeds();
    is_whole(&workspace).await;
}

/// Where the state is in a folder, nothing proves who owns a webhook.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_with_a_name_stays_when_its_resource_is_renamed_or_replaced() {
    let workspace = Workspace::new(NAMED, &STACKS).await;
    workspace.up().await.succeeds();
    let replace = ["up", "--yes", "--skip-preview", "--target-replace", HOOK];
    let said = workspace.pulumi(&replace).await.fails();
    assert!(said.contains("set `deleteBeforeReplace: true`"), "{said}");
    is_whole(&workspace).await;
    workspace.write(&NAMED.replace("  hook:", "  renamed:"));
    let said = workspace.up().await.fails();
    assert!(said.contains("there is already a webhook"), "{said}");
    workspace.write(NAMED);
    workspace.up().await.succeeds();
    is_whole(&workspace).await;
}
