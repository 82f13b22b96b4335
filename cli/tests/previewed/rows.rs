//! What only the real CLI shows about a stack: an environment, a secret, a CLI without windows, another organization.

use crate::stage::{Stage, reading, row};
use local_cloud::Method;
use serde_json::json;
use testkit::tools;

/// Writes files and commits them.
fn put(stage: &Stage, files: &[(&str, &str)]) {
    for (path, text) in files {
        let file = stage.repository().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    stage.git(&["add", "--all"]);
    stage.git(&["commit", "--quiet", "--message", "Files"]);
}

/// Writes files on the branch `next`, and returns to `main`.
fn propose(stage: &Stage, files: &[(&str, &str)]) {
    stage.git(&["checkout", "--quiet", "-b", "next"]);
    put(stage, files);
    stage.git(&["checkout", "--quiet", "main"]);
}

/// network → cluster.
async fn pair() -> Stage {
    let programs = [
        ("network", reading(&[], "10.0")),
        ("cluster", reading(&["network"], "cluster")),
    ];
    Stage::set(&programs, &[("network", "cluster")], |app| app).await
}

const PREVIEW: [&str; 6] = [
    "preview",
    "network/prod",
    "--branch",
    "next",
    "--show-values",
    "--json",
];

/// The lines of the text about a stack, without links.
async fn told(stage: &Stage, status: i32, name: &str) -> Vec<String> {
    let said = stage.run(&PREVIEW[..5]).await.expect(status);
    let (_, told) = said.out.split_once("\n\n").unwrap();
    let url = stage.server.url();
    let lines = told.lines().map(str::trim);
    let begin = format!("{name}/prod ");
    let mut lines = lines.skip_while(|line| !line.starts_with(&begin));
    let first = lines.next().unwrap().split(url).next().unwrap().trim();
    let rest = lines.take_while(|line| !line.contains("/prod ") && !line.is_empty());
    [first].into_iter().chain(rest).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_environment_reads_is_of_today() {
    let stage = pair().await;
    let all = "/api/esc/environments/acme";
    let new = json!({"project": "web", "name": "shared"});
    stage.ask(Method::POST, all, Some(new)).await;
    let definition = json!({"values": {"pulumiConfig": {"cluster:size": "3"}}});
    let one = format!("{all}/web/shared");
    stage.ask(Method::PATCH, &one, Some(definition)).await;
    put(
        &stage,
        &[("cluster/Pulumi.prod.yaml", "environment: [web/shared]\n")],
    );
    let network = "name: network\nruntime: yaml\noutputs: {range: '10.8'}\n";
    propose(&stage, &[("network/Pulumi.yaml", network)]);
    let document = stage.run(&PREVIEW).await.expect(0).json();
    let environments = |name: &str| row(&document, name)["environments"].clone();
    assert_eq!(environments("cluster"), json!(["web/shared"]));
    assert_eq!(environments("network"), json!([]));
    let told = told(&stage, 0, "cluster").await;
    let note = "outputs that the environment web/shared reads are today's".to_owned();
    assert!(told.contains(&note), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_output_alone_is_named_and_not_compared() {
    let stage = pair().await;
    let hidden = |range: &str| {
        format!("name: network\nruntime: yaml\noutputs:\n  range: {{fn::secret: '{range}'}}\n")
    };
    put(&stage, &[("network/Pulumi.yaml", &hidden("10.0"))]);
    stage.deploy("network").await;
    propose(&stage, &[("network/Pulumi.yaml", &hidden("10.8"))]);
    let said = stage.run(&PREVIEW).await.expect(0);
    for text in ["10.0", "10.8"] {
        assert!(!said.out.contains(text), "{text} in {}", said.out);
    }
    let document = said.json();
    let secret = json!([{"name": "range", "change": "secret"}]);
    assert_eq!(row(&document, "network")["outputs"], secret);
    assert_eq!(row(&document, "network")["result"], "unchanged");
    let said = stage.run(&PREVIEW[..5]).await.expect(0);
    let line = "Unchanged: network/prod (secret, not compared: range)";
    assert!(said.out.contains(line), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cli_that_knows_no_windows_reads_old_values() {
    let oldest = tools::repository(".tools/oldest/pulumi");
    assert!(oldest.exists(), "`make tools-oldest` builds the CLI 3.200");
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("pulumi");
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *acme/cluster/prod*) exec {} \"$@\";; esac\nexec {} \"$@\"\n",
        oldest.display(),
        tools::pulumi().display()
    );
    tools::write_script(&program, &script);
    // The features that the other programs use in their stacks are newer than that CLI.
    let cluster = "name: cluster\nruntime: yaml\nresources:\n  network: {type: 'pulumi:pulumi:StackReference', properties: {name: \
                   acme/network/prod}}\noutputs:\n  range: 'cluster ${network.outputs[\"range\"]}'\n";
    let programs = [("network", reading(&[], "10.0"))];
    let stage = Stage::set(&programs, &[], |app| app.pulumi(program)).await;
    put(&stage, &[("cluster/Pulumi.yaml", cluster)]);
    stage.stack("cluster").await;
    stage.deploy("cluster").await;
    stage.hook("network", "cluster", json!({})).await;
    let network = "name: network\nruntime: yaml\noutputs: {range: '10.8'}\n";
    propose(&stage, &[("network/Pulumi.yaml", network)]);
    let document = stage.run(&PREVIEW).await.expect(2).json();
    let reasons = |name: &str| row(&document, name)["incomplete"].clone();
    assert_eq!(reasons("cluster")[0]["reason"], "old-values", "{document}");
    assert_eq!(reasons("network"), json!([]));
    let version = &row(&document, "cluster")["outputs"];
    assert_eq!(*version, json!([]), "it saw what is there today");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_of_another_organization_is_of_today() {
    let programs = [
        ("network", reading(&[], "10.0")),
        ("cluster", reading(&["network"], "cluster")),
    ];
    let edges = [("network", "cluster")];
    let stage = Stage::set(&programs, &edges, |app| app.organization("globex")).await;
    let body = json!({"stackName": "prod"});
    stage
        .ask(Method::POST, "/api/stacks/globex/shared", Some(body))
        .await;
    let mut shared = testkit::states::of_references("shared/prod", &[]);
    shared["deployment"]["resources"][0]["outputs"] = json!({"zone": "west"});
    let import = "/api/stacks/globex/shared/prod/import";
    stage.ask(Method::POST, import, Some(shared)).await;
    let network = "name: network\nruntime: yaml\noutputs: {range: '10.8'}\n";
    let cluster = "name: cluster\nruntime: yaml\nresources:\n  \
                   network: {type: 'pulumi:pulumi:StackReference', properties: {name: acme/network/prod}}\n  \
                   shared: {type: 'pulumi:pulumi:StackReference', properties: {name: globex/shared/prod}}\n\
                   outputs:\n  range: '${network.outputs[\"range\"]} in ${shared.outputs[\"zone\"]}'\n";
    let files = [
        ("network/Pulumi.yaml", network),
        ("cluster/Pulumi.yaml", cluster),
    ];
    propose(&stage, &files);
    let document = stage.run(&PREVIEW).await.expect(0).json();
    let cluster = row(&document, "cluster");
    assert_eq!(cluster["outputs"][0]["after"], "10.8 in west", "{document}");
    let reads = json!(["acme/network/prod"]);
    assert_eq!(cluster["reads"], reads, "of the members");
}
