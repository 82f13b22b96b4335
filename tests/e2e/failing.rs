//! A webhook of a component that fails: the engine says why, once, and what does not depend on it is made if the user wants.

use testkit::workspace::Workspace;

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
