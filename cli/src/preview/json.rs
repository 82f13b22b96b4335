//! The result as JSON. `docs/preview.schema.json` describes it; a change that a reader could notice gets another
//! `formatVersion`.

use super::shown::{Shown, link};
use super::text;
use auto_deploy::cascade::preview::{
    Gap, Op, Output, OutputChange, Rest, Row, Seen, Tie, Violation,
};
use auto_deploy::cloud::Revision;
use auto_deploy::domain::StackRef;
use serde_json::{Map, Value, json};

/// Increases with every change that a reader could notice.
const FORMAT_VERSION: u32 = 1;

/// The whole result.
pub(super) fn document(shown: &Shown<'_>) -> Value {
    let outcome = shown.outcome;
    let (branch, commit) = match shown.revision {
        Some(Revision::Branch(branch)) => (Some(branch), None),
        Some(Revision::Commit(commit)) => (None, Some(commit)),
        None => (None, None),
    };
    let summary = outcome.summary();
    let incomplete = outcome.gaps().map(|(stack, gap)| {
        let mut entry = gap_json(gap);
        entry["stack"] = stack.to_string().into();
        entry
    });
    let onlookers = outcome.onlookers.iter();
    let onlookers =
        onlookers.map(|it| json!({"stack": it.stack.to_string(), "reads": names(&it.reads)}));
    json!({
        "formatVersion": FORMAT_VERSION,
        "stack": shown.root.to_string(),
        "branch": branch,
        "commit": commit,
        "summary": {
            "text": text::sentence(outcome),
            "changing": summary.n_changing,
            "replacing": summary.n_replacing,
            "deleting": summary.n_deleting,
            "unchanged": summary.n_unchanged,
            "failed": summary.n_failed,
            "notPreviewed": summary.n_unreached,
            "notStarted": summary.n_resting,
            "doubtful": summary.n_doubtful,
        },
        "repeated": shown.is_repeated,
        "complete": !outcome.is_incomplete(),
        "stacks": outcome.rows.iter().map(|row| of_row(row, shown)).collect::<Vec<_>>(),
        "incomplete": incomplete.collect::<Vec<_>>(),
        "onlookers": onlookers.collect::<Vec<_>>(),
    })
}

fn of_row(row: &Row, shown: &Shown<'_>) -> Value {
    let changes = row.seen.iter().flat_map(|seen| &seen.changes);
    let resources = changes.map(|it| {
        json!({
            "urn": it.urn,
            "name": it.name(),
            "type": it.kind,
            "operation": it.op.as_str(),
            "forcedBy": it.forced_by,
            "protected": it.is_protected,
        })
    });
    let operations = Op::ALL.into_iter();
    let operations = operations.map(|op| (op.as_str().to_owned(), row.count(op).into()));
    let same = row.seen.as_ref().map_or(0, Seen::n_same);
    let outputs = row.outputs.as_ref().map(|outputs| {
        let outputs = outputs.iter();
        let outputs = outputs.map(|(name, change)| output(name, change, shown.with_values));
        outputs.collect::<Vec<_>>()
    });
    let violations = row.seen.iter().flat_map(|seen| &seen.violations);
    json!({
        "stack": row.stack.to_string(),
        "layer": row.layer,
        "role": role(row.tie),
        "result": row.result().as_str(),
        "version": row.version,
        "commit": row.commit,
        "takesRevision": row.takes_revision,
        "runsPerChange": row.n_runs,
        "began": row.times.began,
        "ended": row.times.ended,
        "deployment": row.link.as_ref().map(|it| json!({
            "id": it.deployment,
            "version": it.version,
            "run": it.run,
            "url": link(row, shown.console),
        })),
        "operations": operations.collect::<Map<_, Value>>(),
        "same": same,
        "resources": resources.collect::<Vec<_>>(),
        "outputs": outputs,
        "policyViolations": violations.map(violation).collect::<Vec<_>>(),
        "error": row.failure,
        "reads": names(&row.reads),
        "environments": row.environments,
        "failedConductors": names(&row.failed_conductors),
        "notStartedBecause": row.rest.as_ref().map(Rest::words),
        "incomplete": row.gaps.iter().map(gap_json).collect::<Vec<_>>(),
    })
}

fn role(tie: Tie) -> &'static str {
    match tie {
        Tie::Root => "root",
        Tie::Started => "started",
        Tie::Reads => "reads",
    }
}

fn output(name: &str, change: &OutputChange, with_values: bool) -> Value {
    let mut entry = json!({"name": name, "change": change.as_str()});
    let (before, after) = match change {
        OutputChange::Added(after) => (None, Some(after)),
        OutputChange::Removed(before) => (Some(before), None),
        OutputChange::Changed(before, after) => (Some(before), Some(after)),
        OutputChange::Unknown | OutputChange::Secret => (None, None),
    };
    if with_values {
        for (key, value) in [("before", before), ("after", after)] {
            if let Some(value) = value.and_then(Output::known) {
                entry[key] = value.clone();
            }
        }
    }
    entry
}

fn violation(it: &Violation) -> Value {
    json!({"policy": it.policy, "level": it.level, "urn": it.urn, "message": it.message})
}

fn gap_json(gap: &Gap) -> Value {
    json!({"reason": gap.code(), "text": gap.words()})
}

fn names<'a>(stacks: impl IntoIterator<Item = &'a StackRef>) -> Vec<String> {
    stacks.into_iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{outcome, show};
    use super::*;

    const SCHEMA: &str = include_str!("../../../docs/preview.schema.json");

    /// Where a value does not match the schema, for the parts of JSON Schema that ours uses.
    fn misfits(value: &Value, schema: &Value, all: &Value, at: &str) -> Vec<String> {
        if let Some(name) = schema["$ref"].as_str() {
            let schema = all
                .pointer(name.trim_start_matches('#'))
                .expect("it is there");
            return misfits(value, schema, all, at);
        }
        let mut found = Vec::new();
        let types = [schema["type"].clone()]
            .into_iter()
            .chain(list(&schema["type"]));
        let types: Vec<Value> = types.filter(Value::is_string).collect();
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if !types.is_empty() && !types.contains(&kind.into()) {
            found.push(format!("{at} is of the type {kind}"));
        }
        let words = list(&schema["enum"]);
        let is_word = words.is_empty() || words.contains(value);
        if !is_word || schema.get("const").is_some_and(|only| only != value) {
            found.push(format!("{at} is {value}"));
        }
        for (place, item) in list(value).iter().enumerate() {
            found.extend(misfits(
                item,
                &schema["items"],
                all,
                &format!("{at}[{place}]"),
            ));
        }
        for (name, member) in value.as_object().into_iter().flatten() {
            match schema["properties"].get(name) {
                Some(schema) => found.extend(misfits(member, schema, all, &format!("{at}.{name}"))),
                None if schema["additionalProperties"] == false => {
                    found.push(format!("{at}.{name} is not in the schema"));
                }
                None => {}
            }
        }
        for name in list(&schema["required"]) {
            let name = name.as_str().unwrap_or_default();
            if value.is_object() && value.get(name).is_none() {
                found.push(format!("{at}.{name} is missing"));
            }
        }
        found
    }

    fn list(value: &Value) -> Vec<Value> {
        value.as_array().cloned().unwrap_or_default()
    }

    #[test]
    fn each_kind_of_row_is_as_the_schema_says() {
        let schema: Value = serde_json::from_str(SCHEMA).expect("it is JSON");
        let document = show(&outcome(), true, document);
        assert_eq!(misfits(&document, &schema, &schema, "$"), [""; 0]);
        insta::assert_json_snapshot!("json", document);
    }

    #[test]
    fn a_misfit_is_named() {
        let schema: Value = serde_json::from_str(SCHEMA).expect("it is JSON");
        let mut document = show(&outcome(), true, document);
        document["formatVersion"] = 2.into();
        document["more"] = true.into();
        document["stacks"][0]["result"] = "perhaps".into();
        document["stacks"][1]["layer"] = Value::Null;
        document["summary"]
            .as_object_mut()
            .expect("it is one")
            .remove("text");
        let found = misfits(&document, &schema, &schema, "$");
        assert_eq!(
            found,
            [
                "$.formatVersion is 2",
                "$.more is not in the schema",
                "$.stacks[0].result is \"perhaps\"",
                "$.stacks[1].layer is of the type null",
                "$.summary.text is missing",
            ]
        );
    }

    #[test]
    fn values_are_shown_to_those_who_ask_alone() {
        let document = show(&outcome(), false, document);
        assert!(!document.to_string().contains("10.8.0.0"), "{document}");
    }
}
