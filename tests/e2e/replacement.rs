//! Replacements of webhooks: whatever fails in between, is undone or runs again, the webhook that the state names is on the
//! cloud.

use local_cloud::{Fault, Method, Trouble, Watch};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use testkit::workspace::{Ran, Workspace};

const STACKS: [&str; 4] = [
    "acme/network/prod",
    "acme/network/dev",
    "acme/database/prod",
    "acme/app/prod",
];

pub(super) const URN: &str = "urn:pulumi:dev::seed::auto-deploy:index:Webhook::hook";

/// A webhook of `network/prod`; tests replace parts of this text.
pub(super) const PROGRAM: &str = "\
name: seed
runtime: yaml
resources:
  hook:
    type: auto-deploy:Webhook
    properties: {displayName: x, organizationName: acme, projectName: network, stackName: prod, payloadUrl: 'https://a.example'}
";

/// The same with a name, and another webhook that prevents moving that name.
pub(super) const NAMED: &str = "\
name: seed
runtime: yaml
resources:
  hook:
    type: auto-deploy:Webhook
    properties: {name: mine, displayName: x, organizationName: acme, projectName: network, stackName: prod, payloadUrl: 'https://a.example'}
";

/// A resource that fails, after `hook`.
pub(super) const FAILING: &str = "
  other:
    type: auto-deploy:Webhook
    properties: {displayName: y, organizationName: acme, projectName: network, stackName: nowhere, payloadUrl: 'https://b.example'}
    options: {dependsOn: ['${hook}']}
";

const ON_URL: &str = "    options: {replaceOnChanges: [payloadUrl]}\n";

/// Where the state is kept, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Backend {
    Journal,
    Checkpoint,
    Folder,
}

pub(super) const BACKENDS: [Backend; 3] = [Backend::Journal, Backend::Checkpoint, Backend::Folder];

pub(super) async fn start(backend: Backend, program: &str) -> Workspace {
    let mut workspace = Workspace::empty(&STACKS).await;
    workspace.write(program);
    let mut stack = "dev";
    if backend != Backend::Folder {
        let url = workspace.cloud.url().to_owned();
        workspace.set("PULUMI_BACKEND_URL", url);
        stack = "acme/seed/dev";
    }
    if backend == Backend::Checkpoint {
        workspace.set("PULUMI_DISABLE_JOURNALING", "true");
    }
    workspace.pulumi(&["stack", "init", stack]).await.succeeds();
    workspace.up().await.succeeds();
    workspace
}

/// The webhooks of `network/prod`, as `name payload`.
pub(super) async fn live(workspace: &Workspace) -> Vec<String> {
    let (_, hooks) = workspace
        .ask("GET", "/api/stacks/acme/network/prod/hooks", Value::Null)
        .await;
    let text = |hook: &Value, name: &str| hook[name].as_str().unwrap_or_default().to_owned();
    let hooks = hooks.as_array().expect("a list").iter();
    let mut hooks: Vec<_> = hooks
        .map(|hook| format!("{} {}", text(hook, "name"), text(hook, "payloadUrl")))
        .collect();
    hooks.sort();
    hooks
}

/// The webhooks named `hook` in the state, as `name payload`, with their flags.
pub(super) async fn known(workspace: &Workspace) -> Vec<String> {
    let state = workspace.pulumi(&["stack", "export"]).await.succeeds();
    let state: Value = serde_json::from_str(&state).expect("it is JSON");
    let resources = state["deployment"]["resources"].as_array().expect("a list");
    let one = |resource: &Value| {
        let id = resource["id"].as_str().unwrap_or_default();
        let name = id.strip_prefix("acme/network/prod/").unwrap_or(id);
        let url = resource["inputs"]["payloadUrl"].as_str();
        let flag = ["delete", "pendingReplacement"]
            .into_iter()
            .filter(|flag| resource[flag] == true)
            .map(|flag| format!(" ({flag})"));
        format!(
            "{name} {}{}",
            url.unwrap_or_default(),
            flag.collect::<String>()
        )
    };
    let hooks = resources.iter().filter(|resource| resource["urn"] == URN);
    hooks.map(one).collect()
}

/// The webhook on the cloud has the name and payload of the state, and an update finds nothing to do.
pub(super) async fn is_whole(workspace: &Workspace, url: &str, about: &str) -> String {
    let (live, known) = (live(workspace).await, known(workspace).await);
    assert_eq!(live, known, "{about}");
    assert_eq!(live.len(), 1, "{about}: {live:?}");
    assert!(live[0].ends_with(url), "{about}: {live:?}");
    let again = ["up", "--yes", "--skip-preview", "--expect-no-changes"];
    workspace.pulumi(&again).await.succeeds();
    live.into_iter().next().unwrap_or_default()
}

/// How long `network/prod` was without a webhook, as seen by the cloud.
#[derive(Clone, Default)]
struct Gap(Arc<Mutex<(Option<Instant>, Duration)>>);

impl Watch for Gap {
    fn arrived(&self, _: &Method, _: &str) -> Option<Trouble> {
        None
    }

    fn done(&self, method: &Method, path: &str) {
        if !path.starts_with("/api/stacks/acme/network/prod/hooks") {
            return;
        }
        let mut gap = self.0.lock().expect("no panic");
        if method == Method::DELETE {
            gap.0 = Some(Instant::now());
        } else if method == Method::POST
            && let Some(since) = gap.0.take()
        {
            gap.1 = gap.1.max(since.elapsed());
        }
    }
}

/// Runs `up`, and watches the cloud meanwhile. Returns the longest time that `network/prod` had no webhook; it never has
/// two.
pub(super) async fn watched(workspace: &Workspace, arguments: &[&str]) -> (Ran, Duration) {
    watched_for(workspace, arguments, 1).await
}

/// The same where `most` webhooks may exist at a time: an engine that creates first has two of one resource.
pub(super) async fn watched_for(
    workspace: &Workspace,
    arguments: &[&str],
    most: usize,
) -> (Ran, Duration) {
    let (is_over, gap) = (AtomicBool::new(false), Gap::default());
    workspace.cloud.app().faults().watch(gap.clone());
    let up = async {
        let ran = workspace.pulumi(arguments).await;
        is_over.store(true, Ordering::Relaxed);
        ran
    };
    let look = async {
        let mut was_empty = false;
        while !is_over.load(Ordering::Relaxed) {
            let hooks = live(workspace).await;
            assert!(hooks.len() <= most, "too many for one resource: {hooks:?}");
            was_empty |= hooks.is_empty();
        }
        was_empty
    };
    let (ran, was_empty) = tokio::join!(up, look);
    workspace.cloud.app().faults().unwatch();
    let gap = gap.0.lock().expect("no panic").1;
    assert!(!was_empty || gap > Duration::ZERO, "{ran:?}");
    (ran, gap)
}

pub(super) const UP: [&str; 3] = ["up", "--yes", "--skip-preview"];

/// The output does not claim that a replaced webhook belongs to someone else.
pub(super) fn says_nothing_false(said: &str, about: &str) {
    assert!(!said.contains("warning"), "{about}: {said}");
    assert!(!said.contains("pulumi state delete"), "{about}: {said}");
}

/// The same, except that a webhook which is replaced without the provider being told cannot be recognized where the state
/// is in a folder.
pub(super) fn says_nothing_false_of_two(said: &str, backend: Backend, about: &str) {
    if backend != Backend::Folder {
        return says_nothing_false(said, about);
    }
    let warnings = said.lines().filter(|line| line.contains("warning"));
    for warning in warnings {
        let is_conditional = warning.contains("unless that webhook is deleted in this update");
        assert!(is_conditional, "{about}: {said}");
    }
}

/// Marks a resource to be replaced by the next `up`, whatever its Diff returns.
pub(super) async fn taint(workspace: &Workspace, urn: &str) {
    let taint = ["state", "taint", urn, "--yes"];
    workspace.pulumi(&taint).await.succeeds();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_to_a_stack_that_does_not_exist_leaves_the_webhook_where_it_is() {
    for backend in BACKENDS {
        let about = format!("{backend:?}");
        let workspace = start(backend, PROGRAM).await;
        let before = live(&workspace).await;
        workspace.write(&PROGRAM.replace("stackName: prod", "stackName: nowhere"));
        let (ran, gap) = watched(&workspace, &UP).await;
        let said = ran.fails();
        assert!(
            said.contains("has no stack `acme/network/nowhere`"),
            "{about}: {said}"
        );
        assert_eq!(
            (live(&workspace).await, gap),
            (before.clone(), Duration::ZERO),
            "{about}"
        );
        workspace.write(PROGRAM);
        workspace.up().await.succeeds();
        assert_eq!(
            [is_whole(&workspace, "a.example", &about).await][..],
            before[..]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_to_a_name_that_is_taken_leaves_the_webhook_as_it_is() {
    for backend in BACKENDS {
        let about = format!("{backend:?}");
        let workspace = start(backend, NAMED).await;
        let taken = json!({
            "organizationName": "acme", "projectName": "network", "stackName": "prod", "name": "alerts", "displayName": "theirs",
            "payloadUrl": "https://theirs.example", "active": true, "format": "raw", "groups": ["stacks"],
        });
        let hooks = "/api/stacks/acme/network/prod/hooks";
        assert_eq!(workspace.ask("POST", hooks, taken).await.0, 201);
        let both = ["alerts https://theirs.example", "mine https://a.example"];
        workspace.write(&NAMED.replace("name: mine", "name: alerts"));
        let said = workspace.up().await.fails();
        assert!(
            said.contains("there is already a webhook `acme/network/prod/alerts`"),
            "{said}"
        );
        assert_eq!(live(&workspace).await, both, "{about}");
        workspace.write(NAMED);
        workspace
            .pulumi(&[&UP[..], &["--expect-no-changes"]].concat())
            .await
            .succeeds();
        assert_eq!(live(&workspace).await, both, "{about}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_that_fails_after_the_delete_and_is_taken_back_makes_the_webhook_again() {
    for backend in BACKENDS {
        for program in [PROGRAM, NAMED] {
            let about = format!("{backend:?}");
            let workspace = start(backend, program).await;
            let before = live(&workspace).await;
            workspace.write(&program.replace("stackName: prod", "stackName: dev"));
            let refused = Fault::on(
                Method::POST,
                "/api/stacks/acme/network/dev/hooks",
                Trouble::status(403),
            );
            workspace.cloud.app().faults().add(refused);
            workspace.up().await.fails();
            assert_eq!(live(&workspace).await, [""; 0], "{about}");
            workspace.write(program);
            let said = workspace.up().await.succeeds();
            says_nothing_false(&said, &about);
            let after = is_whole(&workspace, "a.example", &about).await;
            // A generated name is another one in each create.
            assert_eq!([after][..] == before[..], program == NAMED, "{about}");
        }
    }
}

#[expect(
    clippy::print_stdout,
    reason = "how long an edge is without a webhook is a figure of the documents"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_next_to_a_failure_leaves_one_webhook() {
    for backend in BACKENDS {
        for program in [PROGRAM, NAMED] {
            let about = format!("{backend:?}");
            let program = format!("{program}{ON_URL}");
            let workspace = start(backend, &program).await;
            let changed = program.replace("a.example", "c.example");
            workspace.write(&format!("{changed}{FAILING}"));
            let (ran, gap) = watched(&workspace, &UP).await;
            let said = ran.fails();
            says_nothing_false(&said, &about);
            println!("{about}: replaced by a property, an edge was without a webhook for {gap:?}");
            assert_eq!(
                live(&workspace).await,
                known(&workspace).await,
                "{about}: {said}"
            );
            workspace.write(&format!("{changed}{}", FAILING.replace("nowhere", "dev")));
            workspace.up().await.succeeds();
            is_whole(&workspace, "c.example", &about).await;
        }
    }
}

/// A state as earlier versions left it: the webhook, and the same webhook again as pending deletion.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_about_to_be_deleted_and_held_as_well_stays() {
    for backend in BACKENDS {
        let about = format!("{backend:?}");
        let workspace = start(backend, PROGRAM).await;
        let before = live(&workspace).await;
        let file = workspace.path("state.json").display().to_string();
        let export = ["stack", "export", "--file", &file];
        workspace.pulumi(&export).await.succeeds();
        let state = std::fs::read(&file).expect("it is there");
        let mut state: Value = serde_json::from_slice(&state).expect("it is JSON");
        let resources = state["deployment"]["resources"]
            .as_array_mut()
            .expect("a list");
        let mut old = resources
            .iter()
            .find(|one| one["urn"] == URN)
            .expect("it is there")
            .clone();
        old["delete"] = json!(true);
        resources.push(old);
        std::fs::write(&file, state.to_string()).expect("it is written");
        workspace
            .pulumi(&["stack", "import", "--file", &file])
            .await
            .succeeds();
        assert_eq!(known(&workspace).await.len(), 2);
        workspace.up().await.succeeds();
        assert_eq!(
            [is_whole(&workspace, "a.example", &about).await][..],
            before[..]
        );
    }
}
