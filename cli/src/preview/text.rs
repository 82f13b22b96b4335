//! The result as text: one stack after the other, indented by their dependencies.

use super::shown::{Shown, headline, link};
use crate::output::Paint;
use crate::output::style::Tone;
use crate::output::text::{fit, width};
use auto_deploy::cascade::preview::{
    Change, Gap, Op, Outcome, Output, OutputChange, Result, Row, Violation,
};
use auto_deploy::cloud::INLINE_ENVIRONMENT;
use auto_deploy::domain::StackRef;
use serde_json::Value;

/// The indentation of what belongs to a stack.
const INDENT: &str = "    ";

/// The longest value that is printed in full.
const MAX_VALUE: usize = 60;

/// All lines.
pub(super) fn lines(shown: &Shown<'_>, limit: Option<usize>, paint: Paint) -> Vec<String> {
    let outcome = shown.outcome;
    let mut lines = vec![String::new()];
    let told = outcome.rows.iter().filter(|row| is_told_alone(row));
    for row in told {
        lines.extend(of_row(row, shown, limit, paint));
    }
    lines.extend(unchanged(outcome));
    for row in &outcome.rows {
        if let Some(rest) = &row.rest {
            let name = row.stack.short();
            lines.push(format!("Would not start: {name}: {}.", rest.words()));
        }
        if row.result() == Result::NotPreviewed {
            lines.push(not_previewed(row, paint));
        }
    }
    lines.extend(onlookers(outcome));
    lines.push(String::new());
    lines.push(format!("{}.", sentence(outcome)));
    if outcome.is_incomplete() {
        lines.push(paint.text(Tone::Odd, "Not everything could be previewed."));
    }
    lines
}

/// The summary as a sentence that begins with a capital letter.
pub(super) fn sentence(outcome: &Outcome) -> String {
    let text = outcome.summary().to_string();
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

/// Whether a stack needs its own lines, because there is more to report than that nothing changes or that it was not
/// previewed.
fn is_told_alone(row: &Row) -> bool {
    match row.result() {
        Result::Changes | Result::Failed => true,
        Result::Unchanged => {
            let has_notes = !row.environments.is_empty() || !row.failed_conductors.is_empty();
            let mut violations = row.seen.iter().flat_map(|seen| &seen.violations);
            has_notes || violations.next().is_some() || !row.gaps.is_empty()
        }
        Result::NotPreviewed | Result::NotStarted => false,
    }
}

fn of_row(row: &Row, shown: &Shown<'_>, limit: Option<usize>, paint: Paint) -> Vec<String> {
    let indent = "  ".repeat(row.layer);
    let (tone, words) = headline(row);
    let mut first = format!(
        "{indent}{}  {}",
        row.stack.short(),
        paint.text(tone, &words)
    );
    if let Some(link) = link(row, shown.console) {
        let room = width(&indent) + width(&row.stack.short()) + width(&words) + 4 + width(&link);
        // A link that is cut is useless.
        if limit.is_none_or(|limit| room <= limit) {
            first = format!("{first}  {}", paint.text(Tone::Quiet, &link));
        }
    }
    let details = details(row, shown.with_values).into_iter();
    let details = details.map(|(tone, text)| {
        let text = limit.map_or(text.clone(), |limit| {
            fit(&text, limit.saturating_sub(width(&indent) + INDENT.len()))
        });
        format!("{indent}{INDENT}{}", paint.text(tone, &text))
    });
    [first].into_iter().chain(details).collect()
}

/// The lines about a stack below its headline.
pub(super) fn details(row: &Row, with_values: bool) -> Vec<(Tone, String)> {
    let mut details = Vec::new();
    if let Some(why) = &row.failure {
        details.push((Tone::Bad, format!("error: {why}")));
    }
    let seen = row.seen.iter();
    let changes = seen.clone().flat_map(|seen| &seen.changes);
    let removing = changes.filter(|it| matches!(it.op, Op::Replace | Op::Delete));
    details.extend(removing.map(|it| (Tone::Odd, change(it))));
    let outputs = row.outputs.iter().flatten();
    let outputs = outputs.filter(|(_, change)| change.counts());
    details.extend(outputs.map(|(name, change)| (Tone::Plain, output(name, change, with_values))));
    details.extend(secrets(row).map(|text| (Tone::Quiet, text)));
    let violations = seen.flat_map(|seen| &seen.violations);
    details.extend(violations.map(|it| (Tone::Bad, violation(it))));
    details.extend(notes(row).into_iter().map(|text| (Tone::Quiet, text)));
    let doubts = row.gaps.iter().map(|gap| (Tone::Odd, gap.words()));
    details.extend(doubts);
    details
}

/// A replaced or deleted resource, and the reason.
pub(super) fn change(change: &Change) -> String {
    let mut text = format!("{} {} ({})", change.op.as_str(), change.name(), change.kind);
    if !change.forced_by.is_empty() {
        text = format!("{text}, because of {}", change.forced_by.join(", "));
    }
    if change.is_protected {
        text.push_str(", protected: the update will refuse");
    }
    text
}

/// A changed output.
pub(super) fn output(name: &str, change: &OutputChange, with_values: bool) -> String {
    let word = match change {
        OutputChange::Unknown => "known only after the update",
        other => other.as_str(),
    };
    let values = match change {
        _ if !with_values => None,
        OutputChange::Added(after) => Some(value(after)),
        OutputChange::Removed(before) => Some(value(before)),
        OutputChange::Changed(before, after) => {
            Some(format!("{} → {}", value(before), value(after)))
        }
        OutputChange::Unknown | OutputChange::Secret => None,
    };
    match values {
        Some(values) => format!("output {name} {word}: {values}"),
        None => format!("output {name} {word}"),
    }
}

fn value(output: &Output) -> String {
    match output {
        Output::Known(value) => fit(&shown_value(value), MAX_VALUE),
        Output::Unknown => "unknown".to_owned(),
        Output::Secret => "secret".to_owned(),
    }
}

fn shown_value(value: &Value) -> String {
    // JSON contains control characters only in the form of escapes.
    value.to_string()
}

fn secrets(row: &Row) -> Option<String> {
    let outputs = row.outputs.iter().flatten();
    let secret = outputs.filter(|(_, change)| !change.counts());
    let names: Vec<&str> = secret.map(|(name, _)| name.as_str()).collect();
    (!names.is_empty()).then(|| format!("secret, not compared: {}", names.join(", ")))
}

fn violation(it: &Violation) -> String {
    format!("policy {} ({}): {}", it.policy, it.level, it.message)
}

/// Other remarks about a row.
pub(super) fn notes(row: &Row) -> Vec<String> {
    let mut notes = Vec::new();
    if row.n_runs > 1 {
        notes.push(format!(
            "runs {} times for one change; this is its last run",
            row.n_runs
        ));
    }
    for conductor in &row.failed_conductors {
        notes.push(format!(
            "conductor-failed: the last run of {}, whose join starts it, failed; it may not start",
            conductor.short()
        ));
    }
    for environment in &row.environments {
        let environment = match environment.as_str() {
            INLINE_ENVIRONMENT => "the environment in its configuration",
            name => &format!("the environment {name}"),
        };
        notes.push(format!("outputs that {environment} reads are today's"));
    }
    notes
}

/// All unchanged stacks in one line.
fn unchanged(outcome: &Outcome) -> Option<String> {
    let rows = outcome.rows.iter();
    let plain = rows.filter(|row| row.result() == Result::Unchanged && !is_told_alone(row));
    let names: Vec<String> = plain
        .map(|row| {
            let secret = secrets(row);
            let name = row.stack.short();
            secret.map_or(name.clone(), |secret| format!("{name} ({secret})"))
        })
        .collect();
    (!names.is_empty()).then(|| format!("Unchanged: {}.", names.join(", ")))
}

fn not_previewed(row: &Row, paint: Paint) -> String {
    let why = reasons(row).join("; ");
    let name = row.stack.short();
    let word = paint.text(Tone::Odd, "Not previewed:");
    format!("{word} {name}: {why}.")
}

/// Why a stack was not previewed, and what it would have read.
pub(super) fn reasons(row: &Row) -> Vec<String> {
    let mut reasons: Vec<String> = row.gaps.iter().map(Gap::words).collect();
    if row.gaps.contains(&Gap::NoWindows) && !row.reads.is_empty() {
        reasons.push(format!("it reads {}", names(&row.reads)));
    }
    reasons
}

fn onlookers(outcome: &Outcome) -> Vec<String> {
    let line = outcome.onlookers.iter().map(|it| {
        let (name, reads) = (it.stack.short(), names(&it.reads));
        format!("Reads {reads}, and nothing starts it: {name}.")
    });
    line.collect()
}

fn names<'a>(stacks: impl IntoIterator<Item = &'a StackRef>) -> String {
    let names: Vec<String> = stacks.into_iter().map(StackRef::short).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::samples::{outcome, show};
    use super::*;

    #[test]
    fn each_kind_of_row_as_text() {
        let outcome = outcome();
        let text = show(&outcome, false, |shown| lines(shown, None, Paint::OFF));
        insta::assert_snapshot!("text", text.join("\n"));
        let values = show(&outcome, true, |shown| lines(shown, None, Paint::OFF));
        let with_values: Vec<_> = values.iter().filter(|line| !text.contains(line)).collect();
        assert_eq!(with_values.len(), 2, "{with_values:?}");
        let last = with_values[0].trim();
        assert_eq!(
            last,
            "output cidr changed: \"10.0.0.0/16\" → \"10.8.0.0/16\""
        );
    }
}
