//! The rules for a schedule's inputs, and the effect of their changes.
//!
//! # What this may not do
//!
//! Judge unknown values, make a request, or read the clock.

use super::inputs::{ScheduleInputs, time};
use crate::property::decode::shown_reason;
use crate::property::diff::{self, DetailedDiff, Rules};
use crate::property::{CheckFailure, Map};
use crate::resources::outcome::{Checked, Olds};
use crate::resources::stack_names;

/// A schedule belongs to one stack.
const RULES: Rules<'static> = Rules {
    replaces: &stack_names::NAMES,
    sets: &[],
};

/// Checks `news`. `organization` is the default for an absent `organization`, or why there is none.
pub fn check(news: &Map, organization: Option<&Result<String, String>>) -> Checked {
    let filled = stack_names::filled(news, organization);
    let (inputs, mut failures) = ScheduleInputs::read(&filled);
    failures.extend(stack_names::failures(
        inputs.organization.as_ref(),
        &inputs.project,
        &inputs.stack,
        organization,
    ));
    failures.extend(check_timing(&inputs));
    Checked {
        inputs: filled,
        failures,
    }
}

fn check_timing(inputs: &ScheduleInputs) -> Option<CheckFailure> {
    match (&inputs.schedule_cron, &inputs.timestamp) {
        (None, None) => Some(CheckFailure::new(
            "scheduleCron",
            "is required, or `timestamp` for one deployment",
        )),
        (Some(_), Some(_)) => Some(CheckFailure::new(
            "timestamp",
            "cannot be given together with `scheduleCron`: remove one of the two",
        )),
        (Some(cron), None) => {
            let reason = cron_problem(cron.now()?)?;
            Some(CheckFailure::new(
                "scheduleCron",
                shown_reason(cron.secret, reason),
            ))
        }
        (None, Some(once)) => {
            let reason = time_problem(once.now()?)?;
            Some(CheckFailure::new(
                "timestamp",
                shown_reason(once.secret, reason),
            ))
        }
    }
}

/// What is wrong with a cron expression, as far as that can be said without the cloud.
pub fn cron_problem(text: &str) -> Option<String> {
    let n_fields = text.split_whitespace().count();
    let fields = "minute, hour, day of the month, month, day of the week";
    (n_fields != 5).then(|| {
        format!("must have five fields, {fields}, in UTC, such as `*/30 * * * *`, but is `{text}`")
    })
}

fn time_problem(text: &str) -> Option<String> {
    let is_time = time(text).is_some();
    (!is_time).then(|| {
        format!("must be a time with its zone, such as `2026-12-31T23:59:00Z`, but is `{text}`")
    })
}

/// Compares the inputs of the last successful operation with new ones.
pub fn diff(olds: &Olds, news: &Map) -> DetailedDiff {
    diff::diff(&olds.inputs, news, RULES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::testing::{lines, map};
    use serde_json::json;

    fn inputs(changes: serde_json::Value) -> Map {
        let mut inputs = map(json!({
            "organization": "acme", "project": "wiring", "stack": "prod", "scheduleCron": "*/30 * * * *",
            "pulumiOperation": "update",
        }));
        inputs.extend(map(changes));
        inputs
    }

    fn failures(changes: serde_json::Value) -> String {
        let checked = check(&inputs(changes), None);
        let line = |failure: &CheckFailure| format!("{}: {}", failure.path, failure.reason);
        let lines: Vec<_> = checked.failures.iter().map(line).collect();
        lines.join("\n")
    }

    #[test]
    fn what_cannot_be_right_is_named() {
        assert_eq!(failures(json!({})), "");
        assert_eq!(failures(json!({"scheduleCron": "?"})), "");
        let once = json!({"scheduleCron": null, "timestamp": "2026-12-31T23:59:00+01:00"});
        assert_eq!(failures(once), "");
        insta::assert_snapshot!(failures(json!({"scheduleCron": null})), @"scheduleCron: is required, or `timestamp` for one deployment");
        insta::assert_snapshot!(failures(json!({"timestamp": "2026-12-31T23:59:00Z"})), @"timestamp: cannot be given together with `scheduleCron`: remove one of the two");
        insta::assert_snapshot!(failures(json!({"scheduleCron": "@daily"})), @"scheduleCron: must have five fields, minute, hour, day of the month, month, day of the week, in UTC, such as `*/30 * * * *`, but is `@daily`");
        insta::assert_snapshot!(failures(json!({"scheduleCron": "secret @daily"})), @"scheduleCron: has an invalid value, which is not shown because it is a secret");
        insta::assert_snapshot!(failures(json!({"scheduleCron": null, "timestamp": "2026-12-31 23:59"})), @"timestamp: must be a time with its zone, such as `2026-12-31T23:59:00Z`, but is `2026-12-31 23:59`");
        insta::assert_snapshot!(failures(json!({"pulumiOperation": "drift"})), @"pulumiOperation: must be one of `update`, `preview`, `refresh`, `destroy`, but is `drift`");
    }

    #[test]
    fn another_stack_is_another_schedule_and_the_rest_is_changed() {
        let check = |news: serde_json::Value, expected: &[&str]| {
            let olds = Olds {
                inputs: inputs(json!({})),
                ..Olds::default()
            };
            assert_eq!(lines(&diff(&olds, &inputs(news))), expected);
        };
        check(json!({}), &[]);
        check(
            json!({"scheduleCron": "0 * * * *"}),
            &["scheduleCron Update"],
        );
        check(json!({"pulumiOperation": "?"}), &["pulumiOperation Update"]);
        for name in stack_names::NAMES {
            let replaced = format!("{name} Update replaces");
            check(json!({name: "other"}), &[&replaced]);
        }
    }
}
