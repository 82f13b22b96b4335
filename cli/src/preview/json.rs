//! The result for programs. `docs/preview.schema.json` says what it is; a change that a reader could notice has another
//! `formatVersion`.

use super::shown::{Shown, link};
use super::text;
use auto_deploy::cascade::preview::{Gap, Op, Output, OutputChange, Row, Seen, Tie, Violation};
use auto_deploy::cloud::Revision;
use auto_deploy::domain::StackRef;
use serde_json::{Map, Value, json};

/// Counts with every change that a reader could notice.
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
            "url": link(row, &shown.context.console),
        })),
        "operations": operations.collect::<Map<_, Value>>(),
        "same": same,
        "resources": resources.collect::<Vec<_>>(),
        "outputs": outputs,
        "policyViolations": violations.map(violation).collect::<Vec<_>>(),
        "error": row.failure,
        "reads": names(&row.reads),
        "environments": row.environments,
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
