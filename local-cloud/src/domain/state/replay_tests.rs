use super::*;
use insta::assert_snapshot;
use serde_json::Value;

const ROOT: &str = "urn:pulumi:dev::web::pulumi:pulumi:Stack::web-dev";

fn urn(name: &str) -> String {
    format!("urn:pulumi:dev::web::a:b:C::{name}")
}

fn resource(name: &str, more: Value) -> Value {
    let mut resource = json!({"urn": urn(name), "type": "a:b:C"});
    resource
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    resource
}

fn base(resources: Value, pending: Value) -> State {
    let provider = json!({"type": "passphrase"});
    let deployment = json!({"resources": resources, "pending_operations": pending, "secrets_providers": provider, "other": 1});
    let text = json!({"version": 3, "deployment": deployment}).to_string();
    State::from_text(&text).unwrap()
}

/// Replays entries, numbered in order, and returns the last names of the resources with their marks, followed by the
/// pending operations.
fn told(base: State, entries: Value) -> String {
    let state = replayed(base, entries);
    let resource = |resource: &Object| {
        let urn = resource.text("urn").unwrap();
        let name = urn.rsplit("::").next().unwrap().to_owned();
        let text = |name| resource.text(name).map(|text| format!(" {name}={text}"));
        let marks = ["delete", "pendingReplacement"]
            .into_iter()
            .filter(|name| resource.is_true(name));
        let marks: Vec<_> = marks.map(|mark| format!(" {mark}")).collect();
        [name, marks.concat(), text("id").unwrap_or_default()].concat()
    };
    let deployment = state.deployment;
    let mut told: Vec<_> = deployment.resources.iter().map(resource).collect();
    let pending = deployment.pending_operations.iter();
    told.extend(
        pending.map(|operation| format!("{}: {}", operation.kind, resource(&operation.resource))),
    );
    told.join("\n")
}

fn replayed(base: State, entries: Value) -> State {
    let replayed = replay_all(base, entries);
    assert_eq!(replayed.misfit, None);
    replayed.state
}

fn replay_all(base: State, entries: Value) -> Replayed {
    let entry = |(number, mut entry): (i64, Value)| {
        // The second version only adds state migrations.
        entry["version"] = if entry["kind"] == 10 {
            2.into()
        } else {
            1.into()
        };
        entry["sequenceID"] = number.into();
        serde_json::from_value(entry).unwrap()
    };
    let Value::Array(entries) = entries else {
        panic!("entries are a list")
    };
    let entries = (1..).zip(entries).map(entry).collect();
    replay(base, entries, &origin())
}

fn origin() -> Origin {
    Origin {
        now: Timestamp::from_second(1_767_225_600).unwrap(),
        cli: Some("3.259.0".into()),
        path: StackPath {
            organization: "acme".into(),
            project: "web".into(),
            stack: "dev".into(),
        },
        url: "http://cloud".into(),
    }
}

fn begin(operation: i64, kind: &str, name: &str) -> Value {
    json!({"kind": 0, "operationID": operation, "operation": {"type": kind, "resource": resource(name, json!({}))}})
}

#[test]
fn a_first_update() {
    let empty = State::from_text(super::super::EMPTY).unwrap();
    let provider = json!({"type": "service", "state": {"url": "http://cloud"}});
    let entries = json!([
        {"kind": 6, "operationID": 0, "secretsProvider": provider},
        {"kind": 0, "operationID": 1},
        {"kind": 1, "operationID": 1, "state": {"urn": ROOT, "type": "pulumi:pulumi:Stack"}},
        begin(2, "creating", "a"),
        {"kind": 1, "operationID": 2, "state": resource("a", json!({"id": "1", "n": 1}))},
        {"kind": 4, "operationID": 1, "removeNew": 1, "state": {"urn": ROOT, "type": "pulumi:pulumi:Stack", "outputs": {"o": 1}}},
    ]);
    assert_snapshot!(replayed(empty, entries).to_text(), @r#"{"version":3,"deployment":{"manifest":{"magic":"f034461b2747c82ae2db69bf651fa6eedfae06a2a3db54f575a40a6461a2dd71","time":"2026-01-01T00:00:00Z","version":"3.259.0"},"metadata":{},"resources":[{"outputs":{"o":1},"type":"pulumi:pulumi:Stack","urn":"urn:pulumi:dev::web::pulumi:pulumi:Stack::web-dev"},{"id":"1","n":1,"type":"a:b:C","urn":"urn:pulumi:dev::web::a:b:C::a"}],"secrets_providers":{"state":{"url":"http://cloud"},"type":"service"}}}"#);
}

#[test]
fn without_any_secrets_provider_the_cloud_is_it() {
    let empty = State::from_text(super::super::EMPTY).unwrap();
    let members = replayed(empty, json!([])).deployment.members;
    assert_snapshot!(members.raw("secrets_providers").unwrap(), @r#"{"state":{"owner":"acme","project":"web","stack":"dev","url":"http://cloud"},"type":"service"}"#);
}

#[test]
fn unchanged_and_not_reached() {
    let base = base(
        json!([
            resource("a", json!({})),
            resource("b", json!({})),
            resource("c", json!({}))
        ]),
        json!([]),
    );
    let entries = json!([
        {"kind": 0, "operationID": 1},
        {"kind": 1, "operationID": 1, "removeOld": 1, "state": resource("b", json!({"id": "2"}))},
    ]);
    assert_snapshot!(told(base, entries), @r"
    b id=2
    a
    c
    ");
}

#[test]
fn a_replacement() {
    let old = json!([resource("a", json!({"id": "old"}))]);
    let mut entries = vec![
        begin(1, "creating", "a"),
        json!({"kind": 1, "operationID": 1, "deleteOld": 0, "state": resource("a", json!({"id": "new"}))}),
        begin(2, "deleting", "a"),
    ];
    assert_snapshot!(told(base(old.clone(), json!([])), entries.clone().into()), @r"
    a id=new
    a delete id=old
    deleting: a
    ");
    entries.push(json!({"kind": 1, "operationID": 2, "removeOld": 0}));
    assert_snapshot!(told(base(old, json!([])), entries.into()), @"a id=new");
}

#[test]
fn a_replacement_that_deletes_first() {
    let old = json!([
        resource("a", json!({"id": "old"})),
        resource("b", json!({}))
    ]);
    let entries = json!([
        begin(1, "deleting", "a"),
        {"kind": 1, "operationID": 1, "pendingReplacementOld": 0},
        {"kind": 1, "operationID": 2, "state": resource("c", json!({}))},
        {"kind": 1, "operationID": 3, "pendingReplacementNew": 2},
        {"kind": 1, "operationID": 4, "state": resource("d", json!({}))},
        {"kind": 1, "operationID": 5, "deleteNew": 4, "deleteOld": 7},
        {"kind": 1, "operationID": 6, "deleteNew": 77, "removeNew": 77},
    ]);
    assert_snapshot!(told(base(old, json!([])), entries), @r"
    c pendingReplacement
    d delete
    a pendingReplacement id=old
    b
    ");
}

#[test]
fn operations_that_did_not_end() {
    let pending = json!([
        {"type": "creating", "resource": resource("x", json!({}))},
        {"type": "updating", "resource": resource("y", json!({}))},
    ]);
    let entries = json!([
        begin(1, "creating", "a"), begin(2, "creating", "b"), begin(3, "updating", "c"),
        {"kind": 0, "operationID": 4},
        {"kind": 2, "operationID": 2},
    ]);
    assert_snapshot!(told(base(json!([]), pending), entries), @r"
    creating: a
    updating: c
    creating: x
    ");
}

#[test]
fn a_refresh_takes_references_to_what_is_gone_with_it() {
    let resources = json!([
        {"urn": ROOT, "type": "pulumi:pulumi:Stack"},
        resource("group", json!({"parent": ROOT})),
        resource("gone", json!({"parent": urn("group")})),
        resource("a", json!({
            "parent": urn("gone"), "dependencies": [urn("group"), urn("gone")], "deletedWith": urn("gone"),
            "propertyDependencies": {"p": [urn("gone")], "q": [urn("group"), urn("gone")]}, "replaceWith": [urn("gone")],
        })),
        resource("b", json!({"id": "before"})),
    ]);
    let entries = json!([
        {"kind": 3, "operationID": 1, "removeOld": 2},
        {"kind": 3, "operationID": 2, "removeOld": 4, "state": resource("b", json!({"id": "after"}))},
    ]);
    let state = replayed(base(resources, json!([])), entries);
    assert_snapshot!(serde_json::to_string_pretty(&state.deployment.resources[2..]).unwrap(), @r#"
    [
      {
        "dependencies": ["urn:pulumi:dev::web::a:b:C::group"],
        "propertyDependencies": {"q":["urn:pulumi:dev::web::a:b:C::group"]},
        "type": "a:b:C",
        "urn": "urn:pulumi:dev::web::a:b:C::a"
      },
      {
        "id": "after",
        "type": "a:b:C",
        "urn": "urn:pulumi:dev::web::a:b:C::b"
      }
    ]
    "#);
}

#[test]
fn a_rebuilt_base_counts_anew() {
    let resources = json!([
        resource("a", json!({})),
        resource("b", json!({})),
        resource("c", json!({}))
    ]);
    let entries = json!([
        {"kind": 3, "operationID": 1, "removeOld": 0},
        {"kind": 7, "operationID": 0},
        {"kind": 1, "operationID": 1, "removeOld": 0},
    ]);
    assert_snapshot!(told(base(resources, json!([])), entries), @"c");
}

#[test]
fn a_write_replaces_the_base_and_other_members_are_kept() {
    let snapshot = json!({"resources": [resource("w", json!({}))], "metadata": {"m": 1}, "snippets": [{"references": {"r": urn("old")}}], "extensions": {"e": 1}});
    let entries = json!([
        {"kind": 5, "operationID": 0, "newSnapshot": snapshot},
        {"kind": 8, "operationID": 1, "extensionRef": "f", "extension": {"x": 1}},
        {"kind": 1, "operationID": 2, "state": resource("new", json!({"aliases": [urn("old")]}))},
        {"kind": 9, "operationID": 0, "snippets": [{"references": {"r": urn("old")}}]},
    ]);
    let state = replayed(base(json!([resource("a", json!({}))]), json!([])), entries);
    assert_eq!(state.version, 4);
    assert_eq!(state.features, ["snippets-prototype"]);
    assert_snapshot!(state.to_text(), @r#"{"version":4,"features":["snippets-prototype"],"deployment":{"extensions":{"e":1,"f":{"x":1}},"manifest":{"magic":"f034461b2747c82ae2db69bf651fa6eedfae06a2a3db54f575a40a6461a2dd71","time":"2026-01-01T00:00:00Z","version":"3.259.0"},"metadata":{"m":1},"resources":[{"type":"a:b:C","urn":"urn:pulumi:dev::web::a:b:C::new"},{"type":"a:b:C","urn":"urn:pulumi:dev::web::a:b:C::w"}],"secrets_providers":{"state":{"owner":"acme","project":"web","stack":"dev","url":"http://cloud"},"type":"service"},"snippets":[{"references":{"r":"urn:pulumi:dev::web::a:b:C::new"}}]}}"#);
}

#[test]
fn new_names_are_written_everywhere() {
    let group = |name: &str| format!("urn:pulumi:dev::web::my:i:Group::{name}");
    let child = |kind: &str| format!("urn:pulumi:dev::web::my:i:{kind}$a:b:C::child");
    let resources = json!([
        {"urn": group("old"), "type": "my:i:Group"},
        {"urn": child("Group"), "type": "a:b:C", "parent": group("old"), "dependencies": [group("old")]},
        resource("other", json!({"dependencies": [child("Group")]})),
    ]);
    let renamed = json!({"urn": "urn:pulumi:dev::web::my:i:Team::new", "type": "my:i:Team", "aliases": [group("old")]});
    let entries = json!([{"kind": 1, "operationID": 1, "removeOld": 0, "state": renamed}]);
    let state = replayed(base(resources, json!([])), entries);
    assert_snapshot!(serde_json::to_string_pretty(&state.deployment.resources).unwrap(), @r#"
    [
      {
        "type": "my:i:Team",
        "urn": "urn:pulumi:dev::web::my:i:Team::new"
      },
      {
        "dependencies": ["urn:pulumi:dev::web::my:i:Team::new"],
        "parent": "urn:pulumi:dev::web::my:i:Team::new",
        "type": "a:b:C",
        "urn": "urn:pulumi:dev::web::my:i:Team$a:b:C::child"
      },
      {
        "dependencies": ["urn:pulumi:dev::web::my:i:Team$a:b:C::child"],
        "type": "a:b:C",
        "urn": "urn:pulumi:dev::web::a:b:C::other"
      }
    ]
    "#);
}

#[test]
fn features_are_found() {
    let of =
        |more: Value| replayed(base(json!([resource("a", more)]), json!([])), json!([])).features;
    assert_eq!(
        of(json!({"taint": true, "viewOf": "u", "resourceHooks": {"h": ["x"]}})),
        ["hooks", "taint", "views"]
    );
    assert_eq!(
        of(json!({"refreshBeforeUpdate": true, "replaceWith": ["u"]})),
        ["refreshBeforeUpdate", "replaceWith"]
    );
    assert_eq!(
        of(json!({"taint": false, "viewOf": "", "resourceHooks": {}, "replaceWith": []})),
        [""; 0]
    );
    let entries = json!([{"kind": 2, "operationID": 1, "requiresByteString": true}]);
    assert_eq!(
        replayed(base(json!([resource("a", json!({}))]), json!([])), entries).features,
        ["byteString"]
    );
}

#[path = "migration_tests.rs"]
mod migrations;
