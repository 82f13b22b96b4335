//! Preview, update, refresh and destroy, and their history.

use serde_json::{Value, json};
use testkit::session::{HOOKS, OUTPUTS, STACK, Session, hook};
use testkit::since;

/// A state without what differs from run to run, such as the order of resources that do not depend on each other: the CLI
/// itself checks that each follows those that it depends on.
fn steady(mut state: Value) -> Value {
    fn clean(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for name in [
                    "created",
                    "modified",
                    "time",
                    "ciphertext",
                    "url",
                    "stackTrace",
                    "id",
                    "name",
                    "__name",
                    "secretCiphertext",
                ] {
                    members.remove(name);
                }
                members.values_mut().for_each(clean);
            }
            Value::Array(items) => items.iter_mut().for_each(clean),
            Value::String(text) if text.contains("::pulumi:providers:") => {
                // The part after the last `::` is new in each run.
                let end = text.rfind("::").unwrap_or(text.len());
                text.truncate(end);
            }
            _ => {}
        }
    }
    clean(&mut state);
    if let Some(resources) = state["deployment"]["resources"].as_array_mut() {
        resources.sort_by_key(|resource| resource["urn"].as_str().map(str::to_owned));
    }
    state
}

/// Makes most changes that are possible to resources, and returns the state after each step.
async fn lifecycle(session: &Session) -> Vec<Value> {
    let mut states = Vec::new();
    let programs = [
        [
            hook("a", "A", ""),
            hook("b", "B", "dependsOn: ['${a}']"),
            hook("c", "C", "parent: '${b}'"),
        ]
        .concat(),
        // No change.
        [
            hook("a", "A", ""),
            hook("b", "B", "dependsOn: ['${a}']"),
            hook("c", "C", "parent: '${b}'"),
        ]
        .concat(),
        // One is updated, one deleted, one created.
        [
            hook("a", "A2", ""),
            hook("b", "B", "dependsOn: ['${a}']"),
            hook("d", "D", "parent: '${b}'"),
        ]
        .concat(),
        // One is renamed, and its child with it.
        [
            hook("a", "A2", ""),
            hook("e", "B", "aliases: [{name: b}]"),
            hook("d", "D", "parent: '${e}'"),
        ]
        .concat(),
    ];
    for program in programs {
        session.program(&[HOOKS, &program].concat());
        session.up().await.succeeds();
        states.push(session.get(&format!("{STACK}/export")).await);
    }
    // One is deleted without the engine.
    let hooks = session.get("/api/orgs/acme/hooks").await;
    let e = hooks
        .as_array()
        .unwrap()
        .iter()
        .find(|hook| hook["displayName"] == "B")
        .unwrap();
    let path = format!("/api/orgs/acme/hooks/{}", e["name"].as_str().unwrap());
    assert_eq!(session.ask("DELETE", &path, Value::Null).await.0, 204);
    for command in ["refresh", "up", "destroy"] {
        session.pulumi(&[command, "--yes"]).await.succeeds();
        states.push(session.get(&format!("{STACK}/export")).await);
    }
    states
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_makes_the_state_that_checkpoints_make() {
    if since::JOURNAL.is_missing() {
        return;
    }
    let journal = Session::with(OUTPUTS).await;
    let mut checkpoint = Session::with(OUTPUTS).await;
    checkpoint.set("PULUMI_DISABLE_JOURNALING", "true");
    let from_journal = lifecycle(&journal).await;
    let from_checkpoints = lifecycle(&checkpoint).await;
    let sent = |session: &Session, what: &str| {
        session
            .requests()
            .iter()
            .any(|request| request.contains(what))
    };
    assert!(sent(&journal, "/journalentries 204"));
    assert!(sent(&checkpoint, "/checkpoint 204"));
    for (step, (journal, checkpoint)) in from_journal.into_iter().zip(from_checkpoints).enumerate()
    {
        let [journal, checkpoint] =
            [journal, checkpoint].map(|state| format!("{:#}", steady(state)));
        assert_eq!(journal, checkpoint, "step {step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn previewed_updated_refreshed_destroyed() {
    let session = Session::with(&[HOOKS, &hook("one", "One", "")].concat()).await;
    let said = session.pulumi(&["preview"]).await.succeeds();
    assert!(said.contains("2 to create"), "{said}");
    assert_eq!(
        session.get("/api/orgs/acme/hooks").await,
        json!([]),
        "a preview makes nothing"
    );
    assert_eq!(session.get(STACK).await["version"], 0);
    session.up().await.succeeds();
    session.program(&[HOOKS, &hook("one", "Other", "")].concat());
    session
        .pulumi(&["up", "--yes", "--message", "another name"])
        .await
        .succeeds();
    session
        .pulumi(&["refresh", "--yes", "--expect-no-changes"])
        .await
        .succeeds();
    session.pulumi(&["destroy", "--yes"]).await.succeeds();
    assert_eq!(session.get("/api/orgs/acme/hooks").await, json!([]));
    let history = session.pulumi(&["stack", "history", "--json"]).await.json();
    let told: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|update| {
            assert_eq!(update["result"], "succeeded");
            json!([update["version"], update["kind"], update["resourceChanges"]])
        })
        .collect();
    insta::assert_snapshot!(Value::from(told), @r#"[[4,"destroy",{"delete":2}],[3,"refresh",{"same":2}],[2,"update",{"same":1,"update":1}],[1,"update",{"create":2}]]"#);
    assert_eq!(history[2]["message"], "another name");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_tells_what_it_does() {
    let session = Session::with(&[HOOKS, &hook("one", "One", "")].concat()).await;
    session.up().await.succeeds();
    let id = session.get(STACK).await["activeUpdate"].clone();
    let id = id.as_str().unwrap();
    let page = session.get(&format!("{STACK}/update/{id}/events")).await;
    assert_eq!(page["continuationToken"], Value::Null);
    let events = page["events"].as_array().unwrap();
    for event in events {
        let kind = event["type"].as_str().unwrap();
        assert!(event[kind].is_object(), "{event}");
    }
    let has = |name: &str| events.iter().any(|event| event.get(name).is_some());
    assert!(
        has("preludeEvent")
            && has("resourcePreEvent")
            && has("resOutputsEvent")
            && has("summaryEvent"),
        "{page}"
    );
    assert!(!page.to_string().contains("shh"), "secrets are blinded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_update_keeps_what_was_done() {
    let session = Session::with(
        &[
            HOOKS,
            &hook("one", "One", ""),
            &hook("two", "''", "dependsOn: ['${one}']"),
        ]
        .concat(),
    )
    .await;
    session
        .pulumi(&["up", "--yes", "--skip-preview"])
        .await
        .fails();
    let history = session.get(&format!("{STACK}/updates/latest")).await;
    assert_eq!(history["info"]["result"], "failed");
    session.program(&[HOOKS, &hook("one", "One", ""), &hook("two", "Two", "")].concat());
    let said = session.up().await.succeeds();
    assert!(said.contains("created"), "{said}");
    assert_eq!(
        session
            .get("/api/orgs/acme/hooks")
            .await
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_with_an_error() {
    let session = Session::with("name: web\nruntime: yaml\noutputs: {a: '${b}'}\n").await;
    session.pulumi(&["preview"]).await.fails();
    session.up().await.fails();
    session.program(OUTPUTS);
    session.up().await.succeeds();
}
