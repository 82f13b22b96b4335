//! Programs in which one thing depends on what another has just changed, or on what is skipped.

use serde_json::json;
use testkit::api::TOKEN;
use testkit::language::{Language, copy};
use testkit::tools::repository;
use testkit::workspace::{Workspace, lines};

const SETTINGS: &str =
    r#"{"sourceContext": {"git": {"repoUrl": "https://example.com/x.git", "branch": "main"}}}"#;

/// The webhooks of a component are counted, the live graph is read once they are created, and a stack without deployment
/// settings when the first component asked has some when the last one does.
const TYPESCRIPT: &str = r#"
import * as autodeploy from "@pulumi/auto-deploy";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const early = new autodeploy.AutoDeployer("early", {
    organization: "acme", project: "app", stack: "a", downstreamRefs: config.requireObject<string[]>("refs"),
});
const live = autodeploy.getDependencyGraphOutput({ organization: early.organization, project: "app" });

async function settle(): Promise<string> {
    const answer = await fetch(process.env.SETTINGS_URL!, {
        method: "PUT", body: process.env.SETTINGS,
        headers: { "Authorization": `token ${process.env.PULUMI_ACCESS_TOKEN}`, "Content-Type": "application/json" },
    });
    return answer.ok ? "app/b" : "not settled";
}
const late = new autodeploy.AutoDeployer("late", {
    organization: "acme", project: "app", stack: "d", downstreamRefs: [early.ref.apply(settle)], checks: "error",
});

export const counted = early.downstreamWebhooks.apply(names => names.length);
export const edges = live.apply(graph => graph.edges.length);
"#;

const PYTHON: &str = r#"
import os
import urllib.request
import pulumi
import pulumi_auto_deploy as auto_deploy

config = pulumi.Config()
early = auto_deploy.AutoDeployer("early",
    organization="acme", project="app", stack="a", downstream_refs=config.require_object("refs"))
live = auto_deploy.get_dependency_graph_output(organization=early.organization, project="app")

def settle(_):
    headers = {"Authorization": "token " + os.environ["PULUMI_ACCESS_TOKEN"], "Content-Type": "application/json"}
    request = urllib.request.Request(os.environ["SETTINGS_URL"], method="PUT", headers=headers,
                                     data=os.environ["SETTINGS"].encode())
    with urllib.request.urlopen(request) as answer:
        return "app/b" if answer.status == 200 else "not settled"

late = auto_deploy.AutoDeployer("late",
    organization="acme", project="app", stack="d", downstream_refs=[early.ref.apply(settle)], checks="error")

pulumi.export("counted", early.downstream_webhooks.apply(lambda names: len(names)))
pulumi.export("edges", live.apply(lambda graph: len(graph.edges)))
"#;

/// `partly` is the number of webhooks that the program counts while one is skipped.
async fn live(language: Language, file: &str, program: &str, partly: &str) {
    let stacks = ["a", "b", "c", "d"].map(|stack| format!("acme/app/{stack}"));
    let mut workspace = Workspace::empty(&stacks.each_ref().map(String::as_str)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let example = format!("examples/auto-deploy-{}", language.name());
    copy(&repository(&example), folder.path());
    std::fs::write(folder.path().join(file), program).expect("it is written");
    language.install(&mut workspace, folder.path()).await;
    let settings = "/api/stacks/acme/app/b/deployments/settings";
    workspace.set(
        "SETTINGS_URL",
        format!("{}{settings}", workspace.cloud.url()),
    );
    workspace.set("SETTINGS", SETTINGS);
    workspace.set("PULUMI_ACCESS_TOKEN", TOKEN);
    for stack in ["a", "d"] {
        let path = format!("/api/stacks/acme/app/{stack}/deployments/settings");
        let body: serde_json::Value = serde_json::from_str(SETTINGS).expect("it is JSON");
        workspace.ask("PUT", &path, body).await;
    }
    let refs = async |refs: serde_json::Value| {
        let refs = refs.to_string();
        let set = ["config", "set", "refs", &refs];
        workspace.pulumi(&set).await.succeeds();
    };
    let shown = |said: &str| lines(said, &["counted", "edges"]).join(", ");

    refs(json!(["app/b"])).await;
    let up = ["up", "--yes", "--skip-preview"];
    let said = workspace.pulumi(&up).await.succeeds();
    assert!(
        said.contains("warning: the stack `app/b` has no deployment settings"),
        "the first one is told: {said}"
    );
    assert_eq!(shown(&said), "counted: 1, edges  : 1", "{said}");

    // The new webhook is skipped, and its name is unknown.
    refs(json!(["app/b", "app/c"])).await;
    let target = ["--target", "**AutoDeployer::early"];
    let said = workspace.pulumi(&[&up[..], &target].concat()).await;
    let said = said.succeeds();
    assert_eq!(lines(&said, &["~ counted", "counted"]), [partly], "{said}");
    workspace.pulumi(&up).await.succeeds();
    let counted = workspace.pulumi(&["stack", "output", "counted"]).await;
    assert_eq!(counted.succeeds().trim(), "2");
}

/// Pulumi's library for JavaScript has no unknown values in an update: the list has its final length, and an unknown item
/// is `undefined`.
#[tokio::test(flavor = "multi_thread")]
async fn in_typescript() {
    live(
        Language::TypeScript,
        "index.ts",
        TYPESCRIPT,
        "~ counted: 1 => 2",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_python() {
    live(
        Language::Python,
        "__main__.py",
        PYTHON,
        "~ counted: 1 => [unknown]",
    )
    .await;
}
