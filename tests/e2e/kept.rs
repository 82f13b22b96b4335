//! Values that a program could not set, but that a cloud or a configuration has.

use crate::named_alike;
use serde_json::json;
use testkit::workspace::{Workspace, lines};

/// A webhook that someone created by hand, with an event that the check refuses in a new program.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_a_cloud_has_can_be_imported_and_kept() {
    let workspace = Workspace::new("name: wiring\nruntime: yaml\n", &["acme/network/prod"]).await;
    let hook = json!({
        "organizationName": "acme", "projectName": "network", "stackName": "prod", "name": "mine", "displayName": "mine",
        "payloadUrl": "https://a.example", "active": true, "format": "raw", "filters": ["stack_deleted", "update_succeeded"],
    });
    let hooks = "/api/stacks/acme/network/prod/hooks";
    let (status, said) = workspace.ask("POST", hooks, hook).await;
    assert_eq!(status, 201, "{said}");
    let import = [
        "import",
        "--yes",
        "auto-deploy:index:Webhook",
        "mine",
        "acme/network/prod/mine",
        "--protect=false",
    ];
    let said = workspace.pulumi(&import).await.succeeds();
    assert!(
        !said.contains("almost certainly a bug") && !said.contains("warning"),
        "{said}"
    );

    let program = "\
name: wiring
runtime: yaml
resources:
  mine: {type: 'auto-deploy:Webhook', properties: {organizationName: acme, projectName: network, stackName: prod, name: mine, displayName: mine, payloadUrl: 'https://a.example', active: true, format: raw, filters: [stack_deleted, update_succeeded]}}
";
    workspace.write(program);
    let said = workspace.up().await.succeeds();
    assert!(said.contains("2 unchanged"), "{said}");
    workspace.write(&program.replace("displayName: mine", "displayName: ours"));
    workspace.up().await.succeeds();
    // A new program may not use it.
    workspace.write(
        &program
            .replace("  mine:", "  other:")
            .replace("name: mine", "name: other"),
    );
    let refused = workspace.pulumi(&["preview"]).await.fails();
    insta::assert_snapshot!(lines(&refused, &["error: auto-deploy"]).join("\n"), @"error: auto-deploy:index:Webhook resource 'other': property filters value {[{stack_deleted} {update_succeeded}]} has a problem: `filters[0]`: a webhook on a stack does not get the event `stack_deleted`");
}

/// A stack's configuration has no quotes: YAML programs get its digits as a number.
#[tokio::test(flavor = "multi_thread")]
async fn digits_of_the_configuration_are_text() {
    let program = "\
name: wiring
runtime: yaml
config:
  stackName: {type: string}
  key: {type: string, secret: true}
resources:
  hook: {type: 'auto-deploy:Webhook', properties: {organizationName: acme, projectName: network, stackName: '${stackName}', displayName: x, payloadUrl: 'https://a.example', secret: '${key}'}}
";
    let workspace = Workspace::new(program, &["acme/network/42"]).await;
    for (name, value) in [("stackName", "42"), ("key", "123456")] {
        let secret = if name == "key" {
            "--secret"
        } else {
            "--plaintext"
        };
        let set = ["config", "set", secret, name, value];
        workspace.pulumi(&set).await.succeeds();
    }
    workspace.up().await.succeeds();
    assert_eq!(workspace.edges("acme/network/42").await.len(), 1);
    let said = workspace.up().await.succeeds();
    assert!(said.contains("2 unchanged"), "{said}");
    let said = workspace.pulumi(&["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
    said.await.succeeds();

    // A number that has lost its text: `0123` is 83.
    workspace.write(&program.replace("'${stackName}'", "0123"));
    let refused = workspace.up().await.fails();
    insta::assert_snapshot!(named_alike(lines(&refused, &["error: the webhook"])[0]), @"error: the webhook `acme/network/42/NAME` stays as it is, because its replacement would fail: could not create the webhook of the stack `acme/network/83`: URL (named by PULUMI_API) has no stack `acme/network/83`, or the access token may not see it; create it, or correct its name; a name of digits, such as `0123`, must be in quotes, or it becomes another number");
    workspace.write(&program.replace("'${stackName}'", "1.50"));
    let refused = workspace.pulumi(&["preview"]).await.fails();
    insta::assert_snapshot!(lines(&refused, &["error: auto-deploy"])[0], @"error: auto-deploy:index:Webhook resource 'hook': property stackName value {1.5} has a problem: must be a string, but is a number that may have been written differently: put it in quotes");
}
