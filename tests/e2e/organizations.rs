//! The organization of a program's webhook when the program names none, as the real Pulumi CLI runs it.

use local_cloud::{Fault, Method, StatusCode, Trouble};
use serde_json::json;
use testkit::clouds::Clouds;
use testkit::workspace::{Ran, lines};

/// A webhook and a function without an organization.
const PROGRAM: &str = "\
name: wiring
runtime: yaml
variables:
  found: {fn::invoke: {function: 'auto-deploy:getDownstreamStacks', arguments: {project: network, stack: prod}}}
resources:
  hook: {type: 'auto-deploy:Webhook', properties: {displayName: ours, projectName: network, stackName: prod, format: pulumi_deployments, payloadUrl: database/prod}}
outputs: {hookOrganization: '${hook.organizationName}', foundOrganization: '${found.organization}', myOrganization: '${pulumi.organization}'}
";

/// A cloud where the user's default organization differs from the program's, and the program's stack in `owners`.
async fn clouds(owners: &[&str]) -> Clouds {
    let clouds = Clouds::start().await;
    clouds.write("program/Pulumi.yaml", PROGRAM);
    for organization in ["local", "acme", "corp"] {
        for project in ["network", "database"] {
            clouds
                .a
                .stack(&format!("{organization}/{project}/prod"))
                .await;
        }
    }
    for owner in owners {
        clouds.a.stack(&format!("{owner}/wiring/prod")).await;
    }
    clouds.log_in(&clouds.a).await;
    clouds
}

/// `pulumi up` of the program's stack in `corp`.
async fn up(clouds: &Clouds, variables: &[(&str, &str)]) -> Ran {
    let up = [
        "up",
        "--yes",
        "--skip-preview",
        "--stack",
        "corp/wiring/prod",
    ];
    clouds.pulumi(variables, &up).await
}

/// The organizations in which `network/prod` has the webhook.
async fn hooked(clouds: &Clouds) -> Vec<&'static str> {
    let mut found = Vec::new();
    for organization in ["local", "acme", "corp"] {
        let hooks = clouds
            .a
            .hooks(&format!("{organization}/network/prod"))
            .await;
        found.extend(hooks.iter().map(|_| organization));
    }
    found
}

fn warnings(said: &str) -> Vec<&str> {
    lines(said, &["warning: "])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_that_has_the_stack_is_the_programs() {
    let clouds = clouds(&["corp"]).await;
    let said = up(&clouds, &[("PULUMI_DEFAULT_ORGANIZATION", "acme")]).await;
    let said = said.succeeds();
    insta::assert_snapshot!(lines(&said, &["foundOrg", "hookOrg", "myOrg"]).join("\n"), @r#"
    foundOrganization: "corp"
    hookOrganization : "corp"
    myOrganization   : "corp"
    "#);
    assert_eq!(
        (hooked(&clouds).await, warnings(&said)),
        (vec!["corp"], vec![])
    );
}

/// The first page of the list of the project's stacks does not contain the stack.
#[tokio::test(flavor = "multi_thread")]
async fn it_is_looked_for_on_the_second_page_too() {
    let clouds = clouds(&["corp"]).await;
    let other = json!({"orgName": "acme", "projectName": "wiring", "stackName": "dev"});
    let first = json!({"stacks": [other], "continuationToken": "second"});
    let first = Trouble::Replaced {
        status: None,
        body: Some(first.to_string()),
    };
    let ours = json!({"orgName": "corp", "projectName": "wiring", "stackName": "prod"});
    let second = Trouble::Replaced {
        status: Some(StatusCode::OK),
        body: Some(json!({"stacks": [ours]}).to_string()),
    };
    // The webhook and the function share one lookup.
    let faults = clouds.a.server.app().faults();
    for page in [first, second] {
        faults.add(Fault::on(Method::GET, "/api/user/stacks", page));
    }
    up(&clouds, &[]).await.succeeds();
    assert_eq!(
        (hooked(&clouds).await, faults.n_waiting()),
        (vec!["corp"], 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_neither_is_taken_without_a_word() {
    let clouds = clouds(&["acme", "corp"]).await;
    let refused = up(&clouds, &[]).await.fails();
    let required = refused.lines().find(|line| line.contains("is required"));
    insta::assert_snapshot!(required.expect("it is asked for").trim(), @"auto-deploy:index:Webhook hook  error: auto-deploy:index:Webhook resource 'hook': property organizationName value {<nil>} has a problem: is required: the organizations `acme` and `corp` each have a stack `wiring/prod`, and the engine does not say which one this program runs in");
    assert_eq!(hooked(&clouds).await, [""; 0]);

    // Pulumi Deployments says which one it is.
    let deployment = [
        ("PULUMI_CI_ORGANIZATION", "corp"),
        ("PULUMI_CI_PROJECT", "wiring"),
        ("PULUMI_CI_STACK", "prod"),
    ];
    let said = up(&clouds, &deployment).await.succeeds();
    assert_eq!(
        (hooked(&clouds).await, warnings(&said)),
        (vec!["corp"], vec![])
    );

    // The CLI's variable does, if it is correct; the user is told.
    let said = up(&clouds, &[("PULUMI_DEFAULT_ORGANIZATION", "corp")])
        .await
        .succeeds();
    insta::assert_snapshot!(warnings(&said).join("\n"), @"warning: `corp` is used as this program's organization, because PULUMI_DEFAULT_ORGANIZATION names it: the organizations `acme` and `corp` each have a stack `wiring/prod`, and the engine does not say which one this program runs in; name the organization in the program to be sure");
    assert_eq!(hooked(&clouds).await, ["corp"]);
}

/// With such a state, programs get the word `organization` as their organization.
#[tokio::test(flavor = "multi_thread")]
async fn state_that_is_elsewhere_leaves_it_to_the_default() {
    let clouds = clouds(&["corp"]).await;
    let given = PROGRAM
        .replace(
            "displayName: ours,",
            "displayName: ours, organizationName: '${pulumi.organization}',",
        )
        .replace(
            "{project: network,",
            "{organization: '${pulumi.organization}', project: network,",
        )
        + "  edge: '${edge.organization}'\n";
    let edge = "resources:\n  edge: {type: 'auto-deploy:AutoDeployer', properties: {organization: '${pulumi.organization}', project: database, stack: prod, downstreamRefs: [app/prod], checks: off}}\n";
    let given = given
        .replace("resources:\n", edge)
        .replace("outputs: {", "outputs:\n  ")
        .replace("', foundOrganization", "'\n  foundOrganization")
        .replace("', myOrganization", "'\n  myOrganization")
        .replace("organization}'}\n", "organization}'\n");
    clouds.write("program/Pulumi.yaml", &given);
    let elsewhere = clouds.elsewhere();
    let variables = [
        ("PULUMI_BACKEND_URL", elsewhere.as_str()),
        ("PULUMI_API", clouds.a.url()),
        ("PULUMI_ACCESS_TOKEN", clouds.a.token),
    ];
    let init = ["stack", "init", "prod"];
    clouds.pulumi(&variables, &init).await.succeeds();
    let said = clouds
        .pulumi(&variables, &["up", "--yes", "--skip-preview"])
        .await;
    let said = said.succeeds();
    insta::assert_snapshot!(lines(&said, &["edge ", "edge:", "foundOrg", "hookOrg", "myOrg"]).join("\n"), @r#"
    edge             : "acme"
    foundOrganization: "acme"
    hookOrganization : "acme"
    myOrganization   : "organization"
    "#);
    assert_eq!(hooked(&clouds).await, ["acme"]);
}
