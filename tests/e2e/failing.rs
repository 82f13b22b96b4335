//! A webhook of a component that fails: the engine reports why, once, and what does not depend on it is created if the user
//! wants that.

use testkit::since;
use testkit::workspace::{Workspace, lines};

const PROGRAM: &str = "\
name: seed
runtime: yaml
resources:
  graph:
    type: auto-deploy:DependencyGraph
    properties:
      organization: acme
      checks: off
      dependencies: {app/b: [app/a], app/c: [app/gone]}
  other:
    type: auto-deploy:AutoDeployer
    properties: {organization: acme, project: app, stack: b, downstreamRefs: [app/c], checks: off}
outputs:
  layers: ${graph.layers}
";

#[tokio::test(flavor = "multi_thread")]
async fn one_error_names_the_cause_and_the_rest_is_made() {
    if since::ONE_ERROR.is_missing() {
        return;
    }
    for options in [&["--continue-on-error"][..], &[]] {
        let workspace = Workspace::new(PROGRAM, &["acme/app/a", "acme/app/b", "acme/app/c"]).await;
        let up = [&["up", "--yes", "--skip-preview"][..], options].concat();
        let said = workspace.pulumi(&up).await.fails();
        assert!(said.contains("has no stack `acme/app/gone`"), "{said}");
        assert!(!said.contains("has a problem"), "no second error: {said}");
        assert!(!said.contains("grpc"), "{said}");
        if !options.is_empty() {
            for (stack, target) in [("a", "b"), ("b", "c")] {
                let edges = workspace.edges(&format!("acme/app/{stack}")).await;
                assert_eq!(
                    edges,
                    [format!("app/{target} on update_succeeded")],
                    "{said}"
                );
            }
            let output = workspace.pulumi(&["stack", "output", "--json"]).await;
            assert!(output.succeeds().contains("layers"), "{said}");
        }
    }
}

/// A webhook that fails while components are being constructed.
const BESIDE: &str = "\
name: seed
runtime: yaml
resources:
  hook: {type: 'auto-deploy:Webhook', properties: {organizationName: acme, projectName: app, stackName: gone, displayName: x, payloadUrl: 'https://x.example'}}
  a: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: app, stack: a, downstreamRefs: [app/b]}}
  b: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: app, stack: b, downstreamRefs: [app/c]}}
  c: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: app, stack: c, downstreamRefs: []}}
";

/// The errors that the CLI shows, without the summary line.
fn errors(said: &str) -> Vec<&str> {
    let mut errors = lines(said, &["error:"]);
    errors.retain(|line| !line.contains("update failed"));
    errors
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_fails_beside_components_is_the_one_error() {
    if since::ONE_ERROR.is_missing() {
        return;
    }
    for _ in 0..4 {
        let workspace = Workspace::new(BESIDE, &["acme/app/a", "acme/app/b", "acme/app/c"]).await;
        let said = workspace.up().await.fails();
        let errors = errors(&said);
        assert_eq!(errors.len(), 1, "{said}");
        assert!(errors[0].contains("has no stack `acme/app/gone`"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_not_there_is_the_one_error() {
    let workspace = Workspace::new(BESIDE, &["acme/app/a", "acme/app/b", "acme/app/c"]).await;
    let target = "urn:pulumi:dev::seed::auto-deploy:index:Webhook::nothing";
    let up = ["up", "--yes", "--skip-preview", "--target", target];
    for _ in 0..4 {
        let said = workspace.pulumi(&up).await.fails();
        assert!(said.contains("nothing"), "{said}");
        assert!(
            !said.contains("has a problem") && !said.contains("grpc"),
            "{said}"
        );
    }
}
