//! `auto-deploy preview` with simulated deployments: what it requests, what it shows, and how often it asks the cloud.

use crate::pty::on_terminal;
use crate::support::{Cloud, filters};
use local_cloud::{Capability, Method};
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use testkit::states;
use tokio::task::block_in_place;

const STACKS: [&str; 4] = ["network/prod", "cluster/prod", "app/prod", "audit/prod"];

/// network → cluster → app by webhooks, each reads the one before; audit reads app, and nothing starts it. The network's
/// range is going to change.
async fn chain_in(cloud: Cloud) -> Cloud {
    for stack in STACKS {
        cloud.stack(stack).await;
        cloud.settings(stack, json!({})).await;
    }
    for pair in STACKS.windows(2) {
        cloud.refers(pair[1], &pair[..1]).await;
        let text = format!("{} of ${{{}.range}}", pair[1], pair[0]);
        predicts(&cloud, pair[1], json!({ "range": text })).await;
    }
    predicts(&cloud, "network/prod", json!({"range": "10.8"})).await;
    cloud.hook("network/prod", "cluster/prod", json!({})).await;
    cloud.hook("cluster/prod", "app/prod", json!({})).await;
    cloud
}

async fn chain() -> Cloud {
    chain_in(Cloud::start().await).await
}

/// Makes previews of a stack predict these outputs.
async fn predicts(cloud: &Cloud, stack: &str, outputs: Value) {
    let variables = json!({"SIMULATED_OUTPUTS": outputs.to_string()});
    let more = json!({"operationContext": {"environmentVariables": variables}});
    cloud.settings(stack, more).await;
}

/// Each stack of the document, its result, and the predicted output.
fn rows(document: &Value) -> Vec<String> {
    let line = |row: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let (stack, result) = (text(&row["stack"]), text(&row["result"]));
        format!("{stack} {result}: {}", text(&row["outputs"][0]["after"]))
    };
    let rows = document["stacks"].as_array().expect("a list").iter();
    rows.map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn those_that_only_read_are_previewed_with_all() {
    let cloud = chain().await;
    let arguments = [
        "preview",
        "network/prod",
        "--json",
        "--show-values",
        "--all",
    ];
    let document = cloud.run(&arguments[..4]).await.expect(0).json();
    let started = [
        "acme/network/prod changes: 10.8",
        "acme/cluster/prod changes: cluster/prod of 10.8",
        "acme/app/prod changes: app/prod of cluster/prod of 10.8",
    ];
    assert_eq!(rows(&document), started);
    let onlooker = json!([{"stack": "acme/audit/prod", "reads": ["acme/app/prod"]}]);
    assert_eq!(document["onlookers"], onlooker);
    let document = cloud.run(&arguments).await.expect(0).json();
    let last = "acme/audit/prod changes: audit/prod of app/prod of cluster/prod of 10.8";
    assert_eq!(rows(&document), [&started[..], &[last]].concat());
    assert_eq!(document["stacks"][3]["role"], "reads");
    assert_eq!(document["onlookers"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_hears_of_previews_starts_its_stack_if_it_is_allowed_to() {
    let cloud = chain().await;
    let hears = json!({"filters": ["preview_succeeded"], "name": "hears"});
    cloud.hook("cluster/prod", "audit/prod", hears).await;
    let allowed = ["preview", "network/prod", "--allow-starts"];
    cloud.run(&allowed[..2]).await.expect(2);
    assert_eq!(cloud.deployments().await, [""; 0]);
    let said = cloud.run(&allowed).await.expect(0);
    let note = "note: the webhook `acme/cluster/prod/hears` receives events of previews (preview_succeeded)";
    assert!(said.notes.contains(note), "{}", said.notes);
    let all = cloud.settled(4).await;
    assert!(all.contains(&"audit/prod succeeded".to_owned()), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn markdown_goes_to_a_file_beside_the_text_or_to_standard_output_alone() {
    let cloud = chain().await;
    let file = cloud.home.path().join("preview.md");
    let arguments = ["preview", "network/prod", "--markdown"];
    let to_file = [&arguments[..], &[file.to_str().unwrap()]].concat();
    let said = cloud.run(&to_file).await.expect(0);
    assert!(said.out.ends_with("3 stacks change.\n"), "{}", said.out);
    let written = std::fs::read_to_string(&file).unwrap();
    let to_out = cloud
        .run(&[&arguments[..], &["-"]].concat())
        .await
        .expect(0);
    let _filters = filters(&cloud);
    insta::assert_snapshot!(to_out.out, @r"
    <!-- auto-deploy:preview acme/network/prod -->
    ### Preview of `network/prod` and what follows

    3 stacks change.

    | stack | result | create | update | replace | delete | outputs |
    | --- | --- | --: | --: | --: | --: | --: |
    | [`network/prod`]([CLOUD]/acme/network/prod/deployments/2) | changes |  |  |  |  | 1 |
    | [`cluster/prod`]([CLOUD]/acme/cluster/prod/deployments/2) | changes |  |  |  |  | 1 |
    | [`app/prod`]([CLOUD]/acme/app/prod/deployments/2) | changes |  |  |  |  | 1 |

    `audit/prod` reads `app/prod`, and nothing starts it.

    <details><summary><code>network/prod</code>: 1 output</summary>

    - `output range added`

    </details>

    <details><summary><code>cluster/prod</code>: 1 output</summary>

    - `output range added`

    </details>

    <details><summary><code>app/prod</code>: 1 output</summary>

    - `output range added`

    </details>
    ");
    // The second call has its own deployments.
    let unlinked = |text: &str| {
        text.replace("deployments/1", "")
            .replace("deployments/2", "")
    };
    assert_eq!(unlinked(&written), unlinked(&to_out.out));
    let nowhere = [&arguments[..], &["/nowhere/preview.md"]].concat();
    let said = cloud.run(&nowhere).await.expect(2);
    let note = "`/nowhere/preview.md` could not be written";
    assert!(said.notes.contains(note), "{}", said.notes);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_each_stack_has_a_line_that_lives_and_then_the_tree_follows() {
    let cloud = chain().await;
    let mut terminal = on_terminal(&cloud, &["preview", "network/prod"], 120, &[]);
    let mut seen: Vec<String> = Vec::new();
    let status = block_in_place(|| {
        terminal.end_looking(|terminal| {
            let lines = terminal.seen();
            let of_app = lines.lines().find(|line| line.contains("app/prod"));
            let words = of_app.into_iter().flat_map(str::split_whitespace);
            seen.extend(words.take(2).skip(1).map(str::to_owned));
            seen.dedup();
        })
    });
    assert_eq!(status, 0, "{}", terminal.seen());
    assert!(terminal.is_clean());
    assert_eq!(
        seen.first().map(String::as_str),
        Some("waiting"),
        "{seen:?}"
    );
    let _filters = filters(&cloud);
    insta::assert_snapshot!(terminal.seen(), @r"
    3 previews to run, each a deployment.
    network/prod    1 output  [TOOK]  [CLOUD]/acme/network/prod/deployments/1
      cluster/prod  1 output  [TOOK]  [CLOUD]/acme/cluster/prod/deployments/1
        app/prod    1 output  [TOOK]  [CLOUD]/acme/app/prod/deployments/1

    network/prod  1 output  [CLOUD]/acme/network/prod/deployments/1
        output range added
      cluster/prod  1 output  [CLOUD]/acme/cluster/prod/deployments/1
          output range added
        app/prod  1 output  [CLOUD]/acme/app/prod/deployments/1
            output range added
    Reads app/prod, and nothing starts it: audit/prod.

    3 stacks change.
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_stacks_one_after_another_keep_their_order() {
    let cloud = Cloud::with_concurrency(NonZeroUsize::MIN).await;
    let mut names = vec!["network/prod".to_owned()];
    names.extend((1..40).map(|n| format!("s{n:02}/prod")));
    for name in &names {
        cloud.stack(name).await;
        cloud.settings(name, json!({})).await;
    }
    // Layers of 13: each stack is started by one of the layer above.
    for (n, name) in names.iter().enumerate().skip(1) {
        let above = &names[n.saturating_sub(13)];
        cloud.hook(above, name, json!({})).await;
    }
    let document = cloud.run(&["preview", "network/prod", "--json"]).await;
    let document = document.expect(0).json();
    let rows = document["stacks"].as_array().unwrap();
    let mut begun: Vec<&str> = rows
        .iter()
        .map(|row| row["stack"].as_str().unwrap())
        .collect();
    assert_eq!(begun.len(), 40);
    begun.sort_unstable();
    let mut all: Vec<String> = names.iter().map(|name| format!("acme/{name}")).collect();
    all.sort_unstable();
    assert_eq!(begun, all);
    let order = cloud.deployments().await;
    let place = |name: &str| {
        order
            .iter()
            .position(|it| *it == format!("{name} succeeded"))
    };
    for (n, name) in names.iter().enumerate().skip(1) {
        let above = &names[n.saturating_sub(13)];
        assert!(place(above).unwrap() < place(name).unwrap(), "{order:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requests_for_a_preview_are_few() {
    // How often the status is read depends on how long the preview takes.
    const LOOK: &str = "GET /api/stacks/acme/cluster/prod/deployments";
    let cloud = chain().await;
    cloud.server.app().request_log().take();
    cloud.run(&["preview", "network/prod"]).await.expect(0);
    let mut own = requests_about(&cloud, "/cluster/prod");
    own.retain(|it| it != LOOK);
    insta::assert_snapshot!(counted(&own).join("\n"), @r"
    1 GET /api/stacks/acme/cluster/prod/deployments/[ID]/updates
    1 GET /api/stacks/acme/cluster/prod/deployments/metadata
    1 GET /api/stacks/acme/cluster/prod/deployments/settings
    1 GET /api/stacks/acme/cluster/prod/downstreamreferences
    1 GET /api/stacks/acme/cluster/prod/hooks
    1 GET /api/stacks/acme/cluster/prod/outputs
    1 GET /api/stacks/acme/cluster/prod/update/[ID]/events
    2 GET /api/stacks/acme/cluster/prod/updates
    1 POST /api/stacks/acme/cluster/prod/deployments
    ");
}

/// The requests since the log was last taken whose path contains this.
fn requests_about(cloud: &Cloud, part: &str) -> Vec<String> {
    let log = cloud.server.app().request_log().take();
    let about = log.iter().filter(|it| it.path.contains(part));
    about
        .map(|it| format!("{} {}", it.method, it.path))
        .collect()
}

/// The lines without what differs between calls, each once with its number of occurrences.
fn counted(lines: &[String]) -> Vec<String> {
    let plain = |line: &String| {
        let parts = line
            .split('/')
            .map(|part| if part.len() == 36 { "[ID]" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let mut counts = std::collections::BTreeMap::new();
    for line in lines.iter().map(plain) {
        *counts.entry(line).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .map(|(line, n)| format!("{n} {line}"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_windows_what_is_reached_is_listed_and_only_the_first_begins() {
    let lacks: [&[Capability]; 2] = [
        &[Capability::CoherenceWindows],
        &[Capability::CoherenceWindows, Capability::StackOutputs],
    ];
    for lacks in lacks {
        let build = |app: local_cloud::AppBuilder| {
            let without = |app: local_cloud::AppBuilder, it: &Capability| app.without(*it);
            lacks
                .iter()
                .fold(app.concurrency(NonZeroUsize::MIN), without)
        };
        let cloud = chain_in(Cloud::open(build).await).await;
        cloud.server.app().request_log().take();
        let said = cloud.run(&["preview", "network/prod"]).await.expect(2);
        let below = counted(&requests_about(&cloud, "/cluster/prod"));
        let _filters = filters(&cloud);
        insta::allow_duplicates! {
            let (_, end) = said.out.split_once("\n\n").unwrap();
            insta::assert_snapshot!(end, @r"
            network/prod  1 output  [CLOUD]/acme/network/prod/deployments/1
                output range added
            Not previewed: cluster/prod: this cloud has no coherence windows: a preview cannot read what others predict; it reads network/prod.
            Not previewed: app/prod: this cloud has no coherence windows: a preview cannot read what others predict; it reads cluster/prod.
            Reads app/prod, and nothing starts it: audit/prod.

            1 stack changes, 2 are not reached.
            Not everything could be previewed.
            ");
        }
        insta::allow_duplicates! {
            insta::assert_snapshot!(below.join("\n"), @r"
            1 GET /api/stacks/acme/cluster/prod/deployments
            1 GET /api/stacks/acme/cluster/prod/deployments/metadata
            1 GET /api/stacks/acme/cluster/prod/deployments/settings
            1 GET /api/stacks/acme/cluster/prod/downstreamreferences
            1 GET /api/stacks/acme/cluster/prod/hooks
            1 GET /api/stacks/acme/cluster/prod/updates
            ");
        }
        assert_eq!(cloud.deployments().await, ["network/prod succeeded"]);
    }
}

/// Gives the conductor a state with a join that starts `app` after `sides`.
async fn joins(cloud: &Cloud, sides: &[&str]) {
    joins_on(cloud, sides, "updates").await;
    for side in sides {
        let wake_up = json!({"displayName": "wake-up wiring/prod"});
        cloud.hook(side, "wiring/prod", wake_up).await;
    }
}

/// The state alone, of a join with this `startOn`.
async fn joins_on(cloud: &Cloud, sides: &[&str], start_on: &str) {
    let mut state = states::of_references("wiring/prod", &[]);
    let inputs = json!({
        "organization": "acme", "project": "app", "stack": "prod", "catchUp": false, "upstreamRefs": sides,
        "startOn": start_on,
    });
    let mut outputs = inputs.clone();
    outputs["after"] = json!({});
    let join = json!({
        "urn": "urn:pulumi:prod::wiring::auto-deploy:index:Join::app", "custom": true, "id": "acme/app/prod",
        "type": "auto-deploy:index:Join", "inputs": inputs, "outputs": outputs,
    });
    let resources = &mut state["deployment"]["resources"];
    resources.as_array_mut().expect("a list").push(join);
    let path = "/api/stacks/acme/wiring/prod/import";
    cloud.ask(Method::POST, path, Some(state)).await;
}

/// network → cluster, database by webhooks, both and `more` → app by a join, app → below by a webhook. Each passes on what
/// it reads; app was updated once.
async fn joined(more: &[&str]) -> Cloud {
    let cloud = Cloud::with_concurrency(NonZeroUsize::new(4).unwrap()).await;
    let sides = ["cluster/prod", "database/prod"];
    let rest = ["network/prod", "app/prod", "below/prod", "wiring/prod"];
    for stack in rest.iter().chain(&sides).chain(more) {
        cloud.stack(stack).await;
        cloud.settings(stack, json!({})).await;
    }
    for (stack, ago) in sides.iter().chain(more).zip([400, 300, 200]) {
        let (began, ended) = (ago, ago - 10);
        cloud
            .by_hand(stack, "update", "succeeded", (began, ended))
            .await;
    }
    cloud
        .by_hand("app/prod", "update", "succeeded", (100, 90))
        .await;
    cloud.ago(0);
    for side in sides {
        cloud.refers(side, &["network/prod"]).await;
        let text = format!("{side} ${{network/prod.range}}");
        predicts(&cloud, side, json!({ "range": text })).await;
        cloud.hook("network/prod", side, json!({})).await;
    }
    cloud.refers("app/prod", &sides).await;
    let both = "${cluster/prod.range}, ${database/prod.range}";
    predicts(&cloud, "app/prod", json!({ "range": both })).await;
    predicts(&cloud, "network/prod", json!({"range": "10.8"})).await;
    joins(&cloud, &[&sides, more].concat()).await;
    cloud.hook("app/prod", "below/prod", json!({})).await;
    cloud
}

const ABOVE: [&str; 3] = [
    "acme/network/prod changes: 10.8",
    "acme/cluster/prod changes: cluster/prod 10.8",
    "acme/database/prod changes: database/prod 10.8",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_joined_stack_is_previewed_once_after_all_and_a_failed_conductor_is_named() {
    let cloud = joined(&[]).await;
    let arguments = ["preview", "network/prod", "--json", "--show-values"];
    let document = cloud.run(&arguments).await.expect(0).json();
    let below = [
        "acme/app/prod changes: cluster/prod 10.8, database/prod 10.8",
        "acme/below/prod unchanged: -",
    ];
    let all = [&ABOVE[..], &below].concat();
    assert_eq!(rows(&document), all, "the wiring itself is not previewed");
    let app = &document["stacks"][3];
    let (runs, layer) = (&app["runsPerChange"], &app["layer"]);
    assert_eq!((runs, layer), (&json!(1), &json!(2)));
    assert_eq!(app["failedConductors"], json!([]));

    cloud.fails("wiring/prod", true).await;
    cloud.deploy("wiring/prod").await;
    cloud.settled(6).await;
    let document = cloud.run(&arguments).await.expect(0).json();
    let failed = &document["stacks"][3]["failedConductors"];
    assert_eq!(*failed, json!(["acme/wiring/prod"]));
    let said = cloud.run(&arguments[..2]).await.expect(0);
    let note = "conductor-failed: the last run of wiring/prod, whose join starts it, failed; it may not start";
    assert!(said.out.contains(note), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_join_would_not_start_is_said_and_not_previewed() {
    let cloud = joined(&["billing/prod"]).await;
    cloud
        .by_hand("billing/prod", "update", "failed", (20, 10))
        .await;
    cloud.ago(0);
    let arguments = ["preview", "network/prod", "--json", "--show-values"];
    let document = cloud.run(&arguments).await.expect(0).json();
    let below = [
        "acme/app/prod not started: -",
        "acme/below/prod not started: -",
    ];
    assert_eq!(rows(&document), [&ABOVE[..], &below].concat());
    assert_eq!(document["complete"], true, "it is an answer, and no gap");
    let said = cloud.run(&arguments[..2]).await.expect(0);
    let (_, end) = said.out.split_once("\n\n").unwrap();
    let end: Vec<&str> = end.lines().skip(6).collect();
    insta::assert_snapshot!(end.join("\n"), @r"
    Would not start: app/prod: billing/prod failed.
    Would not start: below/prod: what would start it is not started.

    3 stacks change, 2 would not start.
    ");
    let deployments = cloud.deployments().await;
    let is_of_app = |line: &String| line.starts_with("app/") || line.starts_with("below/");
    assert!(!deployments.iter().any(is_of_app), "{deployments:?}");
}

/// Its upstream stacks would be updated, and none of their outputs changes.
#[tokio::test(flavor = "multi_thread")]
async fn what_reads_no_changed_output_would_not_start() {
    let cloud = joined(&[]).await;
    let sides = ["cluster/prod", "database/prod"];
    joins_on(&cloud, &sides, "outputs").await;
    let arguments = ["preview", "network/prod", "--json", "--show-values"];
    let document = cloud.run(&arguments).await.expect(0).json();
    let changed = rows(&document);
    assert_eq!(
        changed[3],
        "acme/app/prod changes: cluster/prod 10.8, database/prod 10.8"
    );
    for side in sides {
        predicts(&cloud, side, json!({})).await;
    }
    let said = cloud.run(&arguments[..2]).await.expect(0);
    let (_, end) = said.out.split_once("\n\n").unwrap();
    let end: Vec<&str> = end
        .lines()
        .filter(|line| !line.contains("network"))
        .collect();
    insta::assert_snapshot!(end[1..].join("\n"), @r"
    Unchanged: cluster/prod, database/prod.
    Would not start: app/prod: no output that it reads has changed.
    Would not start: below/prod: what would start it is not started.

    1 stack changes, 2 stay as they are, 2 would not start.
    ");
}
