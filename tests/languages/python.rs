//! Programs in Python: with the oldest library that the SDK accepts, and when a webhook of a component fails.

use std::ffi::OsStr;
use testkit::language::{Language, copy, installed};
use testkit::since;
use testkit::tools::{self, repository};
use testkit::workspace::Workspace;

/// A workspace with a program in Python, and these stacks on the cloud.
async fn workspace(program: &str, stacks: &[&str]) -> Workspace {
    let mut workspace = Workspace::empty(stacks).await;
    let folder = tempfile::tempdir().expect("a folder");
    copy(&repository("examples/auto-deploy-python"), folder.path());
    std::fs::write(folder.path().join("__main__.py"), program).expect("it is written");
    Language::Python
        .install(&mut workspace, folder.path())
        .await;
    workspace
}

/// A graph whose outputs are maps with keys that begin like Pulumi's own names. They are exported as texts, because
/// Pulumi's library for Python leaves such keys out of an exported map.
const SHARED: &str = r#"
import json
import pulumi
import pulumi_auto_deploy as auto_deploy

graph = auto_deploy.DependencyGraph("graph",
    organization="acme",
    checks="off",
    dependencies={"app/prod": ["__shared/prod"], "__apps/prod": ["app/prod"]})

pulumi.export("runs", graph.runs_per_change.apply(json.dumps))
pulumi.export("dependencies", graph.dependencies.apply(json.dumps))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn every_name_is_kept_from_the_oldest_library_on() {
    let stacks = ["acme/app/prod", "acme/__shared/prod", "acme/__apps/prod"];
    let mut workspace = workspace(SHARED, &stacks).await;
    for library in ["python-oldest", "python"] {
        let bin = installed(library).join("bin");
        let path = [bin.into_os_string(), tools::path()].join(OsStr::new(":"));
        workspace.set("PATH", path.into_string().expect("paths are text"));
        workspace.up().await.succeeds();
        let output = ["stack", "output", "--json"];
        let told = workspace.pulumi(&output).await.succeeds();
        let told: serde_json::Value = serde_json::from_str(&told).expect("it is JSON");
        let read = |name: &str| {
            let text = told[name].as_str().expect("it is a text");
            serde_json::from_str::<serde_json::Value>(text).expect("it is JSON")
        };
        let told = serde_json::json!({"runs": read("runs"), "dependencies": read("dependencies")});
        let wanted = serde_json::json!({
            "runs": {"__shared/prod": {"app/prod": 1, "__apps/prod": 1}},
            "dependencies": {"app/prod": ["__shared/prod"], "__apps/prod": ["app/prod"]},
        });
        assert_eq!(told, wanted, "{library}");
    }
}

/// A component with a webhook that fails, and resources that do not depend on it.
const FAILING: &str = r#"
import pulumi
import pulumi_auto_deploy as auto_deploy

graph = auto_deploy.DependencyGraph("graph",
    organization="acme",
    checks="off",
    dependencies={"app/b": ["app/a"], "app/c": ["app/gone"]})
other = auto_deploy.AutoDeployer("other",
    organization="acme",
    project="app",
    stack="b",
    downstream_refs=["app/c"],
    checks="off")
hook = auto_deploy.Webhook("hook",
    organization_name="acme",
    display_name="last",
    payload_url="https://example.com/in")

pulumi.export("layers", graph.layers)
pulumi.export("hook", hook.display_name)
"#;

/// The last lines of the stack traces in the CLI's diagnostics, without those of an interrupt.
///
/// After a failed update the CLI does not wait for a program that has come to its end: it interrupts the interpreter while
/// that is exiting, and shows as much of its trace as it has got by then.
fn exceptions(said: &str) -> Vec<&str> {
    let is_exception = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        !name.contains(' ') && (name.ends_with("Error") || name.ends_with("Exception"))
    };
    said.lines().map(str::trim).filter(is_exception).collect()
}

#[test]
fn the_trace_of_an_interrupt_is_no_exception() {
    let begun = "Diagnostics:\n    error: update failed\n    Traceback (most recent call last):\n      x.close()\n";
    let interrupted = [begun, "    KeyboardInterrupt:\n"].concat();
    let failed = [begun, "    grpc.RpcError: no\n", begun, "    Exception\n"].concat();
    assert_eq!(exceptions(begun), [""; 0]);
    assert_eq!(exceptions(&interrupted), [""; 0]);
    assert_eq!(exceptions(&failed), ["grpc.RpcError: no", "Exception"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_fails_does_not_end_the_program() {
    if since::ONE_ERROR.is_missing() {
        return;
    }
    let stacks = ["acme/app/a", "acme/app/b", "acme/app/c"];
    let workspace = workspace(FAILING, &stacks).await;
    let up = ["up", "--yes", "--skip-preview", "--continue-on-error"];
    let said = workspace.pulumi(&up).await.fails();
    assert!(said.contains("has no stack `acme/app/gone`"), "{said}");
    for second in [
        "has a problem",
        "grpc",
        "__main__.py",
        "the deployment ended",
    ] {
        assert!(!said.contains(second), "{second}: {said}");
    }
    assert_eq!(exceptions(&said), [""; 0], "{said}");
    for (stack, target) in [("a", "b"), ("b", "c")] {
        let edges = workspace.edges(&format!("acme/app/{stack}")).await;
        assert_eq!(
            edges,
            [format!("app/{target} on update_succeeded")],
            "{said}"
        );
    }
    let output = ["stack", "output", "--json"];
    let told = workspace.pulumi(&output).await.succeeds();
    let told: serde_json::Value = serde_json::from_str(&told).expect("it is JSON");
    assert_eq!(told["hook"], "last", "{said}");
    assert!(told["layers"].is_array(), "{told}: {said}");
}
