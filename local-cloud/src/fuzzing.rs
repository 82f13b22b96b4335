//! What must hold for any input; see the module of this name in the plugin.
//!
//! # What this may not do
//!
//! Be in a product: it is only compiled with the feature `fuzzing`.

use crate::domain::stacks::StackPath;
use crate::domain::state::{EMPTY, Entry, Origin, State, replay};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Replays the entries in all lines but the first on the state in the first line, skipping invalid lines. The result is a
/// state that can be stored: it parses to the same.
pub fn journal_replay(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let base = lines.next().and_then(|line| str::from_utf8(line).ok());
    let base = base.and_then(|text| State::from_text(text).ok());
    let base = base.or_else(|| State::from_text(EMPTY).ok());
    let entries = lines.filter_map(entry).collect();
    let base = base.expect("one of them is a state");
    let text = replay(base, entries, &origin()).state.to_text();
    let again = State::from_text(&text).expect("what we write, we can read");
    assert_eq!(again.to_text(), text);
}

/// An entry: in the CLI's form, or a few bytes that represent one, nearly all of which are valid.
fn entry(line: &[u8]) -> Option<Entry> {
    let written = str::from_utf8(line).ok();
    written
        .and_then(|text| Entry::from_text(text).ok())
        .or_else(|| {
            let [kind, operation, marks, old, new, name, ..] = *line else {
                return None;
            };
            serde_json::from_value(short(kind, operation, marks, (old, new), name)).ok()
        })
}

/// The entry that the bytes represent. Indices and operations are small numbers, so that they often match.
fn short(kind: u8, operation: u8, marks: u8, (old, new): (u8, u8), name: u8) -> Value {
    let [operation, old, new, name] = [operation, old, new, name].map(|byte| byte % 8);
    let urn = |name: u8| format!("urn:pulumi:s::p::t::{name}");
    let resource = json!({
        "urn": urn(name), "type": "t", "parent": urn(old), "aliases": [urn(new)],
        "dependencies": [urn(old), urn(new)], "propertyDependencies": {"p": [urn(new)]},
        "delete": marks & 1 == 1,
    });
    let inserted = json!({"urn": urn(name), "type": "t"});
    let mut entry = json!({
        "version": 2, "kind": kind % 11, "sequenceID": 1, "operationID": operation,
        "isRefresh": marks & 2 == 2, "requiresByteString": marks & 4 == 4,
    });
    let marked = [
        ("state", 8, resource.clone()),
        (
            "operation",
            16,
            json!({"resource": resource, "type": "creating"}),
        ),
        ("removeOld", 32, old.into()),
        ("removeNew", 64, new.into()),
        ("deleteOld", 128, old.into()),
        ("newSnapshot", 1, json!({"resources": [resource]})),
        ("pendingReplacementOld", 2, old.into()),
        ("pendingReplacementNew", 4, new.into()),
        ("deleteNew", 8, new.into()),
        ("snippets", 16, json!([{"references": {"r": urn(old)}}])),
        ("extensionRef", 32, "e".into()),
        ("extension", 64, json!({"v": name})),
        ("states", 128, json!([inserted])),
        (
            "layout",
            128,
            json!([{"stateIndex": 0}, {"baseIndex": old}]),
        ),
        (
            "baseStatePatches",
            2,
            json!([{"index": old, "state": resource}]),
        ),
        (
            "newStatePatches",
            4,
            json!([{"operationID": new, "state": resource}]),
        ),
    ];
    for (member, mark, value) in marked {
        if marks & mark == mark {
            entry[member] = value;
        }
    }
    entry
}

fn origin() -> Origin {
    Origin {
        now: Timestamp::UNIX_EPOCH,
        cli: Some("3.259.0".to_owned()),
        path: StackPath {
            organization: "o".to_owned(),
            project: "p".to_owned(),
            stack: "s".to_owned(),
        },
        url: "http://127.0.0.1".to_owned(),
    }
}
