//! State migrations, including the cases in the CLI's own tests.

use super::*;
use serde_json::json;

/// Three components and a resource that depends on the last of them.
fn family() -> State {
    base(
        json!([
            resource("a", json!({})),
            resource("b", json!({})),
            resource("c", json!({})),
            resource(
                "d",
                json!({"custom": true, "id": "4", "dependencies": [urn("c")]})
            ),
        ]),
        json!([]),
    )
}

/// A migration: `layout` contains indices of the base, and names of inserted resources.
fn migration(layout: Value, more: Value) -> Value {
    let mut states = Vec::new();
    let mut item = |item: Value| match item {
        Value::String(name) => {
            states.push(resource(&name, json!({})));
            json!({"stateIndex": states.len() - 1})
        }
        index => json!({"baseIndex": index}),
    };
    let Value::Array(layout) = layout else {
        panic!("it is a list")
    };
    let layout: Vec<_> = layout.into_iter().map(&mut item).collect();
    let mut entry = json!({"kind": 10, "operationID": 0, "layout": layout, "states": states});
    let more = more.as_object().unwrap().clone();
    entry.as_object_mut().unwrap().extend(more);
    entry
}

/// Why the last entry is refused, if the state stays as the entries before made it.
fn refused(base: State, mut entries: Vec<Value>) -> String {
    let replayed = replay_all(base.clone(), entries.clone().into());
    entries.pop();
    let before = replay_all(base, entries.into());
    assert_eq!(replayed.state.to_text(), before.state.to_text());
    replayed.misfit.expect("it does not fit").to_string()
}

#[test]
fn the_layout_is_the_new_base() {
    let entry = migration(json!([1, "x", 2, 3]), json!({}));
    assert_snapshot!(told(family(), json!([entry])), @r"
    b
    x
    c
    d id=4
    ");
}

#[test]
fn what_was_noted_by_place_follows_to_the_new_one() {
    let gone = json!({"kind": 3, "operationID": 1, "removeOld": 2});
    let marked = json!({"kind": 1, "operationID": 2, "deleteOld": 3});
    let dropped = json!({"kind": 1, "operationID": 3, "pendingReplacementOld": 1, "removeOld": 0});
    let entry = migration(json!(["x", 3, 2]), json!({}));
    let state = replayed(family(), json!([gone, marked, dropped, entry]));
    let told: Vec<_> = state
        .deployment
        .resources
        .iter()
        .map(|resource| resource.text("urn").unwrap())
        .collect();
    assert_eq!(told, [urn("x"), urn("d")], "c was found to be gone");
    let d = &state.deployment.resources[1];
    assert!(d.is_true("delete") && d.raw("dependencies").is_none());
}

#[test]
fn patches_are_the_last_word() {
    let before = json!([
        {"kind": 4, "operationID": 1, "removeOld": 3, "state": resource("d", json!({"custom": true, "id": "old"}))},
        {"kind": 4, "operationID": 1, "removeOld": 2, "state": resource("c", json!({"outputs": {"n": 1}}))},
        {"kind": 1, "operationID": 7, "state": resource("new", json!({}))},
    ]);
    let patches = json!({
        "baseStatePatches": [{"index": 3, "state": resource("d", json!({"custom": true, "id": "5", "dependencies": [urn("x")]}))}],
        "newStatePatches": [{"operationID": 7, "state": resource("new", json!({"custom": true, "id": "6"}))}],
    });
    let mut entries = before.as_array().unwrap().clone();
    entries.push(migration(json!(["x", 2, 3]), patches));
    // Later entries refer to the new places.
    entries.push(json!({"kind": 1, "operationID": 8, "removeOld": 0, "state": resource("x", json!({"custom": true, "id": "7"}))}));
    let state = replayed(family(), entries.into());
    assert_snapshot!(serde_json::to_string_pretty(&state.deployment.resources).unwrap(), @r#"
    [
      {
        "custom": true,
        "id": "6",
        "type": "a:b:C",
        "urn": "urn:pulumi:dev::web::a:b:C::new"
      },
      {
        "custom": true,
        "id": "7",
        "type": "a:b:C",
        "urn": "urn:pulumi:dev::web::a:b:C::x"
      },
      {
        "outputs": {"n":1},
        "type": "a:b:C",
        "urn": "urn:pulumi:dev::web::a:b:C::c"
      },
      {
        "custom": true,
        "dependencies": ["urn:pulumi:dev::web::a:b:C::x"],
        "id": "5",
        "type": "a:b:C",
        "urn": "urn:pulumi:dev::web::a:b:C::d"
      }
    ]
    "#);
}

#[test]
fn nothing_may_be_pending_but_what_changes_nothing() {
    let entry = || migration(json!(["x", 1, 2, 3]), json!({}));
    let same = json!({"kind": 0, "operationID": 9});
    replayed(family(), json!([same, entry()]));
    assert_snapshot!(refused(family(), vec![begin(9, "updating", "a"), entry()]), @"entry 2 of the journal cannot be applied: operations are pending during the migration");
    let pending = json!([{"type": "creating", "resource": resource("y", json!({}))}]);
    let base = base(json!([resource("a", json!({}))]), pending);
    assert_snapshot!(refused(base, vec![migration(json!(["x"]), json!({}))]), @"entry 1 of the journal cannot be applied: operations are pending during the migration");
}

#[test]
fn what_does_not_fit_is_refused() {
    let with = |layout: Value, more: Value| refused(family(), vec![migration(layout, more)]);
    let state = |more: Value| {
        let mut state = resource("x", json!({}));
        state
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"states": [state]})
    };
    let all = || json!(["x", 1, 2, 3]);
    let patch = |index: i64| json!({"index": index, "state": resource("b", json!({}))});
    let said = [
        with(json!([0, 1]), json!({})),
        with(json!(["x", 4]), json!({})),
        with(json!(["x", -1]), json!({})),
        with(json!(["x", 1, 1]), json!({})),
        with(json!(["x"]), json!({"layout": [{"stateIndex": 1}]})),
        with(
            json!(["x"]),
            json!({"layout": [{"stateIndex": 0, "baseIndex": 0}]}),
        ),
        with(json!(["x"]), json!({"layout": [{}]})),
        with(json!(["x"]), json!({"layout": null})),
        with(all(), json!({"baseStatePatches": [patch(0)]})),
        with(all(), json!({"baseStatePatches": [patch(1), patch(1)]})),
        with(
            all(),
            json!({"newStatePatches": [{"operationID": 3, "state": resource("b", json!({}))}]}),
        ),
        with(all(), state(json!({"urn": "x"}))),
        with(all(), state(json!({"type": "a:b:D"}))),
        with(all(), state(json!({"delete": true}))),
        with(all(), state(json!({"viewOf": "y"}))),
        with(all(), state(json!({"custom": true}))),
        with(all(), state(json!({"extensionRef": "e"}))),
        with(json!(["x", "x"]), json!({})),
        with(all(), state(json!({"id": "1"}))),
        with(
            all(),
            state(json!({"provider": "urn:pulumi:dev::web::pulumi:providers:a::p::1"})),
        ),
        with(all(), state(json!({"parent": urn("c")}))),
        with(json!(["x", 3]), json!({})),
        with(json!(["b", 1]), json!({})),
    ];
    assert_snapshot!(said.join("\n"), @r"
    entry 1 of the journal cannot be applied: the migration inserts no resources
    entry 1 of the journal cannot be applied: `layout[1]` is 4, and there are 4 resources
    entry 1 of the journal cannot be applied: `layout[1]` is -1, and there are 4 resources
    entry 1 of the journal cannot be applied: `layout[2]` is a resource that is placed already
    entry 1 of the journal cannot be applied: `layout[0]` is 1, and there are 1 resources
    entry 1 of the journal cannot be applied: `layout[0]` must have either `baseIndex` or `stateIndex`
    entry 1 of the journal cannot be applied: `layout[0]` must have either `baseIndex` or `stateIndex`
    entry 1 of the journal cannot be applied: `layout` places 0 of 1 inserted resources
    entry 1 of the journal cannot be applied: `baseStatePatches` has resource 0, which `layout` does not keep
    entry 1 of the journal cannot be applied: `baseStatePatches` has resource 1 twice
    entry 1 of the journal cannot be applied: `newStatePatches` has operation 3, which has made no resource
    entry 1 of the journal cannot be applied: the inserted resource `x` has a URN that is not of its type
    entry 1 of the journal cannot be applied: the inserted resource `urn:pulumi:dev::web::a:b:C::x` has a URN that is not of its type
    entry 1 of the journal cannot be applied: the inserted resource `urn:pulumi:dev::web::a:b:C::x` is marked for deletion
    entry 1 of the journal cannot be applied: the inserted resource `urn:pulumi:dev::web::a:b:C::x` is a view of another one
    entry 1 of the journal cannot be applied: the inserted resource `urn:pulumi:dev::web::a:b:C::x` has no id
    entry 1 of the journal cannot be applied: the inserted resource `urn:pulumi:dev::web::a:b:C::x` refers to an extension that is not there
    entry 1 of the journal cannot be applied: the inserted resource `urn:pulumi:dev::web::a:b:C::x` is there twice
    entry 1 of the journal cannot be applied: after the migration, the component `urn:pulumi:dev::web::a:b:C::x` has an id
    entry 1 of the journal cannot be applied: after the migration, the provider of `urn:pulumi:dev::web::a:b:C::x` does not stand before it
    entry 1 of the journal cannot be applied: after the migration, `urn:pulumi:dev::web::a:b:C::x` refers to `urn:pulumi:dev::web::a:b:C::c`, which does not stand before it
    entry 1 of the journal cannot be applied: after the migration, `urn:pulumi:dev::web::a:b:C::d` refers to `urn:pulumi:dev::web::a:b:C::c`, which does not stand before it
    entry 1 of the journal cannot be applied: after the migration, `urn:pulumi:dev::web::a:b:C::b` is there twice
    ");
}

#[test]
fn a_migration_is_of_the_second_version() {
    for (version, kind, is_entry) in [
        (0, 0, false),
        (1, 0, true),
        (1, 10, false),
        (2, 10, true),
        (2, 11, false),
        (3, 10, false),
    ] {
        let entry = json!({"version": version, "kind": kind, "sequenceID": 1}).to_string();
        let read = Entry::from_text(&entry);
        assert_eq!(read.is_ok(), is_entry, "{entry}");
    }
}
