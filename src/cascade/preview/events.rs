//! What the engine reported in one preview.
//!
//! # What this may not do
//!
//! Fail: an event of an unknown kind or shape is ignored.

use super::outputs::{Output, Outputs};
use crate::domain::StackRef;
use crate::veil;
use serde_json::Value;
use std::collections::BTreeMap;

/// The resource types of the stack itself and of a StackReference.
const STACK: &str = "pulumi:pulumi:Stack";
const REFERENCE: &str = "pulumi:pulumi:StackReference";

/// What the engine reported in one preview.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// The number of resources for each operation, by the engine's word for it; `None` if the preview did not complete.
    pub counts: Option<BTreeMap<String, u64>>,
    /// The resources that would change, by their URNs.
    pub changes: Vec<Change>,
    /// The outputs that the stack would have; `None` if none were reported.
    pub outputs: Option<Outputs>,
    /// What it read from other stacks.
    pub reads: Vec<Read>,
    /// The policy violations, in order.
    pub violations: Vec<Violation>,
    /// The last error.
    pub error: Option<String>,
}

/// A resource that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its URN.
    pub urn: String,
    /// Its type.
    pub kind: String,
    /// What would be done.
    pub op: Op,
    /// The properties that force a replacement.
    pub forced_by: Vec<String>,
    /// Whether it is protected, in which case the update will refuse to delete it.
    pub is_protected: bool,
}

impl Change {
    /// The name that the program gives it.
    pub fn name(&self) -> &str {
        self.urn.rsplit("::").next().unwrap_or_default()
    }
}

/// What would be done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    /// It is changed in place.
    Update,
    /// It is imported.
    Import,
    /// It is created.
    Create,
    /// It is deleted.
    Delete,
    /// It is created anew, and the old one is deleted.
    Replace,
}

impl Op {
    /// All operations, in the order in which they are shown.
    pub const ALL: [Op; 5] = [Op::Create, Op::Update, Op::Replace, Op::Delete, Op::Import];

    /// The engine's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Op::Create => "create",
            Op::Update => "update",
            Op::Replace => "replace",
            Op::Delete => "delete",
            Op::Import => "import",
        }
    }

    /// The operation that a step of the engine amounts to; `None` if nothing changes.
    fn of_step(word: &str) -> Option<Op> {
        match word {
            "create" => Some(Op::Create),
            "update" => Some(Op::Update),
            "delete" => Some(Op::Delete),
            "import" => Some(Op::Import),
            "replace" | "create-replacement" | "delete-replaced" | "import-replacement" => {
                Some(Op::Replace)
            }
            _ => None,
        }
    }
}

/// What a preview read from another stack.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The program's name for the stack.
    pub name: String,
    /// The outputs; `None` if they cannot be seen, for example because all are secret.
    pub outputs: Option<Outputs>,
}

impl Read {
    /// The stack that `reader` reads; `None` if no stack can have this name.
    pub fn stack(&self, reader: &StackRef) -> Option<StackRef> {
        let (organization, project) = (reader.organization(), reader.project());
        let parts: Vec<&str> = self.name.split('/').collect();
        let stack = match parts[..] {
            [stack] => StackRef::new(organization, project, stack),
            [project, stack] => StackRef::new(organization, project, stack),
            [organization, project, stack] => StackRef::new(organization, project, stack),
            _ => return None,
        };
        stack.ok()
    }
}

/// A policy violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The policy and its pack, as `pack/policy`.
    pub policy: String,
    /// How it is enforced, such as `mandatory`.
    pub level: String,
    /// The URN of the resource; empty if the violation concerns the whole stack.
    pub urn: String,
    /// The message, on one line.
    pub message: String,
}

impl Seen {
    /// Summarizes these events.
    pub fn of(events: &[Value]) -> Seen {
        let mut seen = Seen::default();
        let mut changes: BTreeMap<String, Change> = BTreeMap::new();
        for event in events {
            let step = event.get("resOutputsEvent");
            if let Some(metadata) = step.and_then(|step| step.get("metadata")) {
                seen.note_step(metadata);
            }
            let step = step.or_else(|| event.get("resourcePreEvent"));
            if let Some(change) = step.and_then(|step| change(step.get("metadata")?)) {
                merge(&mut changes, change);
            }
            if let Some(summary) = event.get("summaryEvent") {
                seen.counts = Some(counts(summary));
            }
            if let Some(found) = event.get("policyEvent") {
                seen.violations.push(violation(found));
            }
            if let Some(said) = event.get("diagnosticEvent") {
                seen.error = error(said).or(seen.error);
            }
        }
        seen.changes = changes.into_values().collect();
        seen
    }

    /// The number of resources with this operation.
    pub fn count(&self, op: Op) -> usize {
        self.changes.iter().filter(|it| it.op == op).count()
    }

    /// The number of resources that stay unchanged.
    pub fn n_same(&self) -> u64 {
        let counts = self.counts.as_ref();
        counts
            .and_then(|counts| counts.get("same"))
            .copied()
            .unwrap_or(0)
    }

    fn note_step(&mut self, metadata: &Value) {
        let state = &metadata["new"];
        match metadata["type"].as_str() {
            // The last event holds the outputs; earlier ones precede the program's outputs.
            Some(STACK) => {
                if let Some(outputs) = state["outputs"].as_object() {
                    self.outputs = Some(Output::all(outputs));
                }
            }
            Some(REFERENCE) => {
                let name = [&state["inputs"]["name"], &state["outputs"]["name"]];
                if let Some(name) = name.into_iter().find_map(Value::as_str) {
                    let outputs = state["outputs"]["outputs"].as_object();
                    self.reads.push(Read {
                        name: name.to_owned(),
                        outputs: outputs.map(Output::all),
                    });
                }
            }
            _ => {}
        }
    }
}

fn change(metadata: &Value) -> Option<Change> {
    let op = Op::of_step(metadata["op"].as_str()?)?;
    let old = &metadata["old"];
    Some(Change {
        urn: metadata["urn"].as_str()?.to_owned(),
        kind: text(&metadata["type"]),
        op,
        forced_by: forced_by(metadata),
        is_protected: old["protect"] == true,
    })
}

/// The properties that force a replacement.
fn forced_by(metadata: &Value) -> Vec<String> {
    let keys = metadata["keys"].as_array().into_iter().flatten();
    let keys: Vec<String> = keys.filter_map(Value::as_str).map(str::to_owned).collect();
    if !keys.is_empty() {
        return keys;
    }
    let detailed = metadata["detailedDiff"].as_object().into_iter().flatten();
    let forces = |diff: &Value| {
        let kind = diff["diffKind"].as_str();
        kind.is_some_and(|kind| kind.ends_with("-replace"))
    };
    let forcing = detailed.filter(|(_, diff)| forces(diff));
    forcing.map(|(path, _)| path.clone()).collect()
}

/// A replacement has several steps, and an old copy of a resource may be deleted as well: the greatest change counts.
fn merge(changes: &mut BTreeMap<String, Change>, new: Change) {
    let Some(known) = changes.get_mut(&new.urn) else {
        changes.insert(new.urn.clone(), new);
        return;
    };
    known.op = known.op.max(new.op);
    known.is_protected |= new.is_protected;
    for key in new.forced_by {
        if !known.forced_by.contains(&key) {
            known.forced_by.push(key);
        }
    }
}

fn counts(summary: &Value) -> BTreeMap<String, u64> {
    let counts = summary["resourceChanges"].as_object().into_iter().flatten();
    counts
        .filter_map(|(op, n)| Some((op.clone(), n.as_u64()?)))
        .filter(|(_, n)| *n > 0)
        .collect()
}

fn violation(found: &Value) -> Violation {
    let (pack, policy) = (text(&found["policyPackName"]), text(&found["policyName"]));
    Violation {
        policy: format!("{pack}/{policy}"),
        level: text(&found["enforcementLevel"]),
        urn: text(&found["resourceUrn"]),
        message: one_line(&text(&found["message"])),
    }
}

fn error(said: &Value) -> Option<String> {
    let is_error = said["severity"] == "error";
    let line = one_line(&text(&said["message"]));
    (is_error && !line.is_empty()).then_some(line)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A message without the engine's colours, on one line.
fn one_line(message: &str) -> String {
    let mut plain = String::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once("<{%") {
        plain.push_str(before);
        rest = after.split_once("%}>").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let words: Vec<&str> = plain.split_whitespace().collect();
    veil::clean(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn step(op: &str, kind: &str, name: &str, more: Value) -> Value {
        let urn = format!("urn:pulumi:prod::app::{kind}::{name}");
        let mut metadata = json!({"op": op, "urn": urn, "type": kind});
        let more = more.as_object().cloned().unwrap_or_default();
        metadata.as_object_mut().unwrap().extend(more);
        json!({"resOutputsEvent": {"metadata": metadata, "planning": true}})
    }

    #[test]
    fn what_changes_most_counts_and_says_what_forces_it() {
        let pre = step("update", "a:b:C", "changed", json!({}));
        let pre = json!({"resourcePreEvent": pre["resOutputsEvent"]});
        let forced = json!({"detailedDiff": {"zone": {"diffKind": "update-replace"}, "tag": {"diffKind": "add"}}});
        let seen = Seen::of(&[
            pre,
            step("create", "a:b:C", "new", json!({})),
            step(
                "delete-replaced",
                "a:b:C",
                "node",
                json!({"old": {"protect": true}}),
            ),
            step(
                "create-replacement",
                "a:b:C",
                "node",
                json!({"keys": ["size"]}),
            ),
            step(
                "replace",
                "a:b:C",
                "node",
                json!({"keys": ["size", "image"]}),
            ),
            step("replace", "a:b:C", "disk", forced),
            step("delete", "a:b:C", "old", json!({"old": {}})),
            step("same", "a:b:C", "same", json!({})),
            step("read", "a:b:C", "read", json!({})),
            json!({"summaryEvent": {"resourceChanges": {"same": 2, "create": 1, "discard": 0}}}),
            json!({"somethingEvent": {}}),
            json!(7),
        ]);
        let lines: Vec<String> = seen
            .changes
            .iter()
            .map(|it| {
                let (name, op, by) = (it.name(), it.op.as_str(), it.forced_by.join(","));
                format!("{op} {name} [{by}] {}", it.is_protected)
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        update changed [] false
        replace disk [zone] false
        create new [] false
        replace node [size,image] true
        delete old [] false
        ");
        assert_eq!((seen.n_same(), seen.count(Op::Replace)), (2, 2));
        let expected = BTreeMap::from([("create".to_owned(), 1), ("same".to_owned(), 2)]);
        assert_eq!(seen.counts, Some(expected));
    }

    #[test]
    fn the_last_word_of_the_stack_holds_its_outputs() {
        let stack = |outputs: Value| {
            step(
                "same",
                STACK,
                "app-prod",
                json!({"new": {"outputs": outputs}}),
            )
        };
        let seen = Seen::of(&[
            stack(json!({})),
            stack(json!({"cidr": "10.0.0.0/16"})),
            step("same", STACK, "app-prod", json!({"new": null})),
        ]);
        let outputs = seen.outputs.expect("it has said them");
        assert_eq!(outputs["cidr"].known(), Some(&json!("10.0.0.0/16")));
        assert_eq!(seen.counts, None, "it did not come to its end");
        assert_eq!(Seen::of(&[]).outputs, None);
    }

    #[test]
    fn what_it_has_read_and_of_whom() {
        let reference = |state: Value| step("read", REFERENCE, "x", json!({"new": state}));
        let seen = Seen::of(&[
            reference(
                json!({"inputs": {"name": "acme/network/prod"}, "outputs": {"outputs": {"cidr": 1}}}),
            ),
            reference(json!({"outputs": {"name": "network/dev", "outputs": "[secret]"}})),
            reference(json!({"inputs": {"name": "dev"}})),
            reference(json!({"inputs": {"name": "a/b/c/d"}})),
            reference(json!({})),
        ]);
        let reader = StackRef::new("acme", "app", "prod").unwrap();
        let read: Vec<_> = seen
            .reads
            .iter()
            .map(|read| {
                let stack = read.stack(&reader).map(|stack| stack.to_string());
                (stack.unwrap_or_default(), read.outputs.is_some())
            })
            .collect();
        let read: Vec<_> = read
            .iter()
            .map(|(stack, sees)| (stack.as_str(), *sees))
            .collect();
        assert_eq!(
            read,
            [
                ("acme/network/prod", true),
                ("acme/network/dev", false),
                ("acme/app/dev", false),
                ("", false)
            ]
        );
    }

    #[test]
    fn policies_and_errors_are_said_on_one_line() {
        let diagnostic = |severity: &str, message: &str| json!({"diagnosticEvent": {"severity": severity, "message": message}});
        let seen = Seen::of(&[
            diagnostic("error", "<{%fg 1%}>first<{%reset%}>\n"),
            diagnostic("error", "the <{%fg 1%}>second\n  one<{%reset%}>\u{1b}[2J\n"),
            diagnostic("warning", "no error"),
            diagnostic("error", " "),
            json!({"policyEvent": {"policyPackName": "rules", "policyName": "no-public", "enforcementLevel": "mandatory",
                "resourceUrn": "urn:x::b", "message": "<{%reset%}>it is\npublic"}}),
        ]);
        let error = seen.error.expect("there is one");
        assert!(
            error.starts_with("the second one") && !error.contains('\u{1b}'),
            "{error}"
        );
        let found = &seen.violations[0];
        assert_eq!(
            (
                found.policy.as_str(),
                found.level.as_str(),
                found.message.as_str()
            ),
            ("rules/no-public", "mandatory", "it is public")
        );
    }
}
