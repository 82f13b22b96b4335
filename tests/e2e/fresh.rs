//! What a program reads from the cloud while it changes it.

use serde_json::json;
use testkit::workspace::{Workspace, lines};

/// An edge, and the live graph behind it.
fn program(checks: &str) -> String {
    format!(
        "\
name: seed
runtime: yaml
resources:
  early: {{type: 'auto-deploy:AutoDeployer', properties: {{organization: acme, project: app, stack: a, downstreamRefs: [app/b], checks: {checks}}}}}
variables:
  before: {{fn::invoke: {{function: 'auto-deploy:getDependencyGraph', arguments: {{organization: acme, project: app}}}}}}
  found: {{fn::invoke: {{function: 'auto-deploy:getDependencyGraph', arguments: {{organization: '${{early.organization}}', project: app}}}}}}
outputs: {{edge: '${{found.edges[0].upstream}}', webhook: '${{found.edges[0].webhooks[0].name}}', made: '${{early.downstreamWebhooks[0]}}'}}
"
    )
}

/// The function runs after the webhooks are created, as its argument depends on them; the checks have asked about the same
/// stacks before.
#[tokio::test(flavor = "multi_thread")]
async fn a_function_sees_what_the_program_has_just_made() {
    for checks in ["warn", "'off'"] {
        let workspace = Workspace::new(&program(checks), &["acme/app/a", "acme/app/b"]).await;
        let settings = json!({"sourceContext": {"git": {"repoUrl": "https://example.com/x.git", "branch": "main"}}});
        for stack in ["a", "b"] {
            let path = format!("/api/stacks/acme/app/{stack}/deployments/settings");
            workspace.ask("PUT", &path, settings.clone()).await;
        }
        workspace.requests();
        let said = workspace.up().await.succeeds();
        let requests = workspace.requests();
        let shown = lines(&said, &["edge", "made", "webhook"]);
        let value = |line: &str| {
            line.split_once(": ")
                .expect("a name and a value")
                .1
                .to_owned()
        };
        assert_eq!(value(shown[0]), "\"app/a\"", "{checks}: {said}");
        assert_eq!(value(shown[1]), value(shown[2]), "{checks}: {said}");
        let settings = "GET /api/stacks/acme/app/b/deployments/settings 200";
        let asked = requests.iter().filter(|request| *request == settings);
        assert_eq!(
            asked.count(),
            1,
            "what nobody changed is asked once: {requests:?}"
        );
    }
}
