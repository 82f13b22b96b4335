//! The lifecycle of a graph of `AutoDeployer`s.

use crate::named_alike;
use crate::{SEED, SEED_STACKS, unchecked};
use serde_json::json;
use std::process::{Command, Stdio};
use testkit::api::TOKEN;
use testkit::process::Service;
use testkit::since;
use testkit::tools;
use testkit::workspace::{Workspace, lines};

const HOOKS_OF_A: &str = "/api/stacks/acme/dependency-example/a/hooks";
const HOOKS_OF_B: &str = "/api/stacks/acme/dependency-example/b/hooks";

#[tokio::test(flavor = "multi_thread")]
async fn lives_with_as_few_calls_as_there_can_be() {
    let seed = unchecked(SEED);
    let workspace = Workspace::new(&seed, &SEED_STACKS).await;
    let previewed = workspace.pulumi(&["preview"]).await.succeeds();
    assert_eq!(
        lines(&previewed, &["+ 12 to create"]).len(),
        1,
        "{previewed}"
    );
    assert_eq!(
        workspace.requests(),
        [""; 0],
        "a preview without checks makes no request"
    );

    workspace.up().await.succeeds();
    let created = [HOOKS_OF_A, HOOKS_OF_A, HOOKS_OF_B, HOOKS_OF_B, HOOKS_OF_B]
        .map(|path| format!("POST {path} 201"));
    let (looks, made): (Vec<_>, Vec<_>) = workspace
        .requests()
        .into_iter()
        .partition(|request| request.starts_with("GET"));
    assert_eq!(made, created, "one call for each edge");
    assert!(
        looks.iter().all(|list| [HOOKS_OF_A, HOOKS_OF_B]
            .iter()
            .any(|path| *list == format!("GET {path} 200")))
            && looks.len() <= made.len(),
        "and a look for its like, together with others: {looks:?}"
    );
    assert_eq!(
        workspace.edges("acme/dependency-example/a").await,
        [
            "dependency-example/b on update_succeeded",
            "dependency-example/c on update_succeeded"
        ]
    );
    assert_eq!(workspace.edges("acme/dependency-example/b").await.len(), 3);

    let again = workspace.up().await.succeeds();
    assert_eq!(lines(&again, &["12 unchanged"]).len(), 1, "{again}");
    assert_eq!(
        workspace.requests(),
        [""; 0],
        "what is healthy is not asked for"
    );

    workspace.write(&seed.replace(
        "['${d.ref}', '${e.ref}', '${f.ref}']",
        "['${f.ref}', '${d.ref}', '${e.ref}']",
    ));
    let reordered = workspace.up().await.succeeds();
    assert_eq!(
        workspace.requests(),
        [""; 0],
        "order is no difference: {reordered}"
    );

    workspace.write(&seed.replace(
        "['${d.ref}', '${e.ref}', '${f.ref}']",
        "['${f.ref}', '${d.ref}']",
    ));
    workspace.up().await.succeeds();
    let removed = workspace.requests();
    assert!(
        matches!(removed.as_slice(), [only] if only.starts_with(&format!("DELETE {HOOKS_OF_B}/")) && only.ends_with(" 204")),
        "{removed:?}"
    );
    assert_eq!(
        workspace.edges("acme/dependency-example/b").await,
        [
            "dependency-example/d on update_succeeded",
            "dependency-example/f on update_succeeded"
        ]
    );

    workspace
        .pulumi(&["destroy", "--yes", "--skip-preview"])
        .await
        .succeeds();
    let deleted = workspace.requests();
    assert_eq!(deleted.len(), 4);
    assert!(
        deleted
            .iter()
            .all(|request| request.starts_with("DELETE ") && request.ends_with(" 204")),
        "{deleted:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_ask_at_most_three_questions_for_each_stack() {
    let workspace = Workspace::new(SEED, &SEED_STACKS).await;
    let questions = |requests: Vec<String>| {
        for stack in SEED_STACKS {
            let of_stack = format!(" /api/stacks/{stack}/");
            let asked = requests
                .iter()
                .filter(|request| request.contains(&of_stack));
            let (made, asked): (Vec<_>, Vec<_>) =
                asked.partition(|request| request.starts_with("POST "));
            let (missing, found): (Vec<_>, Vec<_>) = asked
                .into_iter()
                .partition(|request| request.ends_with(" 404"));
            // Each create of a webhook invalidates the list of the stack's webhooks.
            let most = 3 + made.len();
            assert!(found.len() <= most, "{stack}: {found:?}");
            // Each component that names a stack asks again if it did not exist.
            assert!(missing.len() <= 2, "{stack}: {missing:?}");
        }
        requests
    };
    workspace.pulumi(&["preview"]).await.succeeds();
    let previewed = questions(workspace.requests());
    workspace.up().await.succeeds();
    questions(workspace.requests());
    workspace.up().await.succeeds();
    let again = questions(workspace.requests());
    for requests in [previewed, again] {
        assert!(
            requests.iter().all(|request| request.starts_with("GET ")),
            "{requests:?}"
        );
    }
}

/// Two edges, one after the other, so that the CLI's output has a fixed order.
const CHAIN: &str = "\
name: seed
runtime: yaml
resources:
  a: {type: 'auto-deploy:AutoDeployer', options: {dependsOn: ['${b}']}, properties: {organization: acme, project: app, stack: a, downstreamRefs: ['${b.ref}'], checks: off}}
  b: {type: 'auto-deploy:AutoDeployer', properties: {organization: acme, project: app, stack: b, downstreamRefs: [app/c], checks: off}}
";

const CHAIN_STACKS: [&str; 3] = ["acme/app/a", "acme/app/b", "acme/app/c"];

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_lists_each_stack_once() {
    let workspace = Workspace::new(SEED, &SEED_STACKS).await;
    workspace.up().await.succeeds();
    workspace.requests();
    let refreshed = workspace
        .pulumi(&["refresh", "--yes", "--skip-preview"])
        .await
        .succeeds();
    assert_eq!(lines(&refreshed, &["12 unchanged"]).len(), 1, "{refreshed}");
    let lists = [
        format!("GET {HOOKS_OF_A} 200"),
        format!("GET {HOOKS_OF_B} 200"),
    ];
    assert_eq!(workspace.requests(), lists);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_sees_what_was_done_by_hand_and_an_update_fixes_it() {
    let workspace = Workspace::new(CHAIN, &CHAIN_STACKS).await;
    workspace.up().await.succeeds();
    let hook = async |stack: &str| {
        let (_, hooks) = workspace
            .ask(
                "GET",
                &format!("/api/stacks/acme/app/{stack}/hooks"),
                json!(null),
            )
            .await;
        format!(
            "/api/stacks/acme/app/{stack}/hooks/{}",
            hooks[0]["name"].as_str().expect("a name")
        )
    };
    assert_eq!(
        workspace
            .ask("DELETE", &hook("a").await, json!(null))
            .await
            .0,
        204
    );
    let change = json!({"active": false, "filters": ["update_succeeded"]});
    assert_eq!(
        workspace.ask("PATCH", &hook("b").await, change).await.0,
        200
    );

    let refreshed = workspace
        .pulumi(&[
            "refresh",
            "--yes",
            "--skip-preview",
            "--diff",
            "--parallel=1",
        ])
        .await
        .succeeds();
    insta::assert_snapshot!(named_alike(&refreshed));
    let fixed = workspace
        .pulumi(&["up", "--yes", "--skip-preview", "--diff", "--parallel=1"])
        .await
        .succeeds();
    if since::FLAT_DIFF.is_there() {
        insta::assert_snapshot!(named_alike(&fixed));
    }
    for (stack, downstream) in [("a", "b"), ("b", "c")] {
        assert_eq!(
            workspace.edges(&format!("acme/app/{stack}")).await,
            [format!("app/{downstream} on update_succeeded")]
        );
    }
    workspace
        .pulumi(&["preview", "--expect-no-changes"])
        .await
        .succeeds();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_reads_well() {
    let workspace = Workspace::new(CHAIN, &CHAIN_STACKS).await;
    let said = workspace.pulumi(&["preview", "--diff"]).await.succeeds();
    insta::assert_snapshot!(named_alike(&said));
    workspace.up().await.succeeds();
    workspace.write(&CHAIN.replace("['${b.ref}']", "[]").replace(
        "stack: b,",
        "stack: b, active: false, filters: [update_succeeded, import_succeeded],",
    ));
    let said = workspace.pulumi(&["preview", "--diff"]).await.succeeds();
    insta::assert_snapshot!(named_alike(&said));
}

#[tokio::test(flavor = "multi_thread")]
async fn options_reach_the_webhooks() {
    let program = SEED.replace("    properties: {organization: '${organization}', project: '${project}', stack: a,", "    options: {protect: true}\n    properties: {organization: '${organization}', project: '${project}', stack: a,");
    let workspace = Workspace::new(&program, &SEED_STACKS).await;
    workspace.up().await.succeeds();
    let destroyed = workspace
        .pulumi(&["destroy", "--yes", "--skip-preview"])
        .await
        .fails();
    assert!(destroyed.contains("protected"), "{destroyed}");
    assert_eq!(workspace.edges("acme/dependency-example/a").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_go_round_for_ever_is_refused_before_anything_is_made() {
    let program = SEED.replace(
        "stack: f, downstreamRefs: []",
        "stack: f, downstreamRefs: [dependency-example/a]",
    );
    let workspace = Workspace::new(&unchecked(&program), &SEED_STACKS).await;
    let cycle = workspace.pulumi(&["preview"]).await.fails();
    assert!(cycle.contains("dependency-example/a → dependency-example/b → dependency-example/f → dependency-example/a"), "{cycle}");
    workspace.write(&unchecked(&SEED.replace(
        "stack: c, downstreamRefs: []",
        "stack: c, downstreamRefs: [dependency-example/c]",
    )));
    let itself = workspace.pulumi(&["preview"]).await.fails();
    assert!(
        itself.contains("downstreamRefs[0]") && itself.contains("a stack cannot follow itself"),
        "{itself}"
    );
    assert_eq!(workspace.requests(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_reference_makes_one_webhook_and_a_warning() {
    let program = SEED.replace(
        "['${b.ref}', '${c.ref}']",
        "['${b.ref}', '${c.ref}', 'acme/dependency-example/b']",
    );
    let workspace = Workspace::new(&program, &SEED_STACKS).await;
    let said = workspace.up().await.succeeds();
    assert!(
        said.contains("warning: `downstreamRefs[2]` names the stack `dependency-example/b` again"),
        "{said}"
    );
    assert_eq!(workspace.edges("acme/dependency-example/a").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_attaches_to_a_plugin_that_runs_already() {
    let mut workspace = Workspace::new(SEED, &SEED_STACKS).await;
    let mut plugin = Command::new(tools::plugin());
    plugin
        .env("PULUMI_API", workspace.cloud.url())
        .env("PULUMI_ACCESS_TOKEN", TOKEN)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let plugin = Service::start(&mut plugin);
    workspace.set(
        "PULUMI_DEBUG_PROVIDERS",
        format!("auto-deploy:{}", plugin.port()),
    );
    for _ in 0..2 {
        let said = workspace.pulumi(&["up", "--yes", "--skip-preview"]).await;
        assert!(said.succeeded, "{}", said.said);
    }
    assert_eq!(workspace.edges("acme/dependency-example/a").await.len(), 2);
}
