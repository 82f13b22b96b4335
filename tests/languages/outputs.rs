//! What a program can do with outputs in a preview and in an update.

use testkit::language::{Language, copy};
use testkit::tools::repository;
use testkit::workspace::{Workspace, lines};

const TYPESCRIPT: &str = r#"
import * as autodeploy from "@pulumi/auto-deploy";
import * as pulumi from "@pulumi/pulumi";

const hook = new autodeploy.Webhook("hook", {
    organizationName: "acme",
    displayName: "to us",
    payloadUrl: "https://example.com/in",
});
const optional = [hook.projectName, hook.stackName, hook.environmentName, pulumi.unsecret(hook.secret)];

export const filters = hook.filters.apply(filters => filters.length);
export const groups = hook.groups.apply(groups => groups.length);
export const given = pulumi.all(optional).apply(values => values.filter(value => value).length);
"#;

const PYTHON: &str = r#"
import pulumi
import pulumi_auto_deploy as auto_deploy

hook = auto_deploy.Webhook("hook",
    organization_name="acme",
    display_name="to us",
    payload_url="https://example.com/in")
optional = [hook.project_name, hook.stack_name, hook.environment_name, pulumi.Output.unsecret(hook.secret)]

pulumi.export("filters", hook.filters.apply(lambda filters: len(filters)))
pulumi.export("groups", hook.groups.apply(lambda groups: len(groups)))
pulumi.export("given", pulumi.Output.all(*optional).apply(lambda values: len([value for value in values if value])))
"#;

/// Runs a program that counts the items of a webhook's lists, and of its optional outputs. A preview shows the latter as
/// `given`.
async fn are_known(language: Language, file: &str, program: &str, given: &str) {
    let mut workspace = Workspace::empty(&[]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let example = format!("examples/auto-deploy-{}", language.name());
    copy(&repository(&example), folder.path());
    std::fs::write(folder.path().join(file), program).expect("it is written");
    language.install(&mut workspace, folder.path()).await;
    // The compiler must see that the lists exist.
    workspace.set("PULUMI_NODEJS_TRANSPILE_ONLY", "");

    let counts = |said: &str| lines(said, &["filters", "given", "groups"]).join(", ");
    let previewed = workspace.pulumi(&["preview"]).await.succeeds();
    let wanted = format!("filters: 0, given  : {given}, groups : 3");
    assert_eq!(counts(&previewed), wanted);
    let made = workspace.up().await.succeeds();
    assert_eq!(counts(&made), "filters: 0, given  : 0, groups : 3");

    let path = workspace.path("program").join(file);
    std::fs::write(path, program.replace("to us", "to them")).expect("it is written");
    let previewed = workspace.pulumi(&["preview", "--diff"]).await.succeeds();
    let changes = lines(&previewed, &["~ displayName", "~ filters", "~ groups"]);
    assert_eq!(changes, [r#"~ displayName: "to us" => "to them""#]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_typescript() {
    are_known(Language::TypeScript, "index.ts", TYPESCRIPT, "0").await;
}

/// Pulumi's library for Python treats absent values as unknown in a preview, whatever a provider answers.
#[tokio::test(flavor = "multi_thread")]
async fn in_python() {
    are_known(Language::Python, "__main__.py", PYTHON, "[unknown]").await;
}
