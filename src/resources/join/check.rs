//! The rules for a join's inputs, and the effect of their changes.
//!
//! # What this may not do
//!
//! Judge unknown values, or make a request.

use crate::domain::StackRef;
use crate::graph::Edge;
use crate::joins::inputs::{JoinInputs, START_ON, UPSTREAM_REFS, Wanted};
use crate::property::decode::shown_reason;
use crate::property::diff::{self, DetailedDiff, Rules};
use crate::property::{CheckFailure, Input, Map, PropertyPath, Value};
use crate::resources::outcome::{Checked, Olds};
use crate::resources::stack_names;

/// The started stack cannot be changed: another stack needs another memory.
const RULES: Rules<'static> = Rules {
    replaces: &stack_names::NAMES,
    sets: &[UPSTREAM_REFS],
};

/// Checks `news`. `organization` is the default for an absent `organization`, or why there is none.
pub fn check(news: &Map, organization: Option<&Result<String, String>>) -> Checked {
    let mut filled = stack_names::filled(news, organization);
    if filled.get("catchUp").is_none_or(Value::is_null) {
        filled.insert("catchUp".to_owned(), false.into());
    }
    let (inputs, mut failures) = JoinInputs::read(&filled);
    failures.extend(stack_names::failures(
        inputs.organization.as_ref(),
        &inputs.project,
        &inputs.stack,
        organization,
    ));
    check_upstream(&inputs, &mut failures);
    Checked {
        inputs: filled,
        failures,
    }
}

fn check_upstream(inputs: &JoinInputs, failures: &mut Vec<CheckFailure>) {
    let Some(items) = inputs.upstream_refs.now() else {
        return;
    };
    if items.is_empty() {
        failures.push(CheckFailure::new(
            UPSTREAM_REFS,
            "must name the stacks that this one runs after, `project/stack` each",
        ));
    }
    let organization = inputs.organization.as_ref().and_then(Input::now);
    for (index, item) in items.iter().enumerate() {
        let (Some(organization), Some(given)) = (organization, item.now()) else {
            continue;
        };
        if let Err(error) = StackRef::parse_in(organization, given) {
            let is_secret = inputs.upstream_refs.secret || item.secret;
            failures.push(CheckFailure {
                path: PropertyPath::from(UPSTREAM_REFS).index(index),
                reason: shown_reason(is_secret, error.to_string()),
            });
        }
    }
}

/// The edges that a join declares; none while an input is unknown.
pub fn edges(inputs: &Map) -> Vec<Edge> {
    Wanted::of(inputs).map_or_else(Vec::new, |wanted| wanted.edges().collect())
}

/// Compares the inputs of the last successful operation with new ones.
///
/// `catchUp` only has an effect when a join is created, so changing it is no difference. Nor is another spelling of the
/// same stacks.
pub fn diff(olds: &Olds, news: &Map) -> DetailedDiff {
    let known = Wanted::of(&olds.inputs).zip(Wanted::of(news));
    let same = |is_same: fn(&Wanted, &Wanted) -> bool| {
        let known = known.as_ref();
        known.is_some_and(|(old, new)| is_same(old, new))
    };
    let same_upstream = same(|old, new| old.stack == new.stack && old.upstream == new.upstream);
    let same_start = same(|old, new| old.start_on == new.start_on);
    let compared = |map: &Map| {
        let mut map = map.clone();
        map.remove("catchUp");
        if same_start {
            map.remove(START_ON);
        }
        if same_upstream {
            map.remove(UPSTREAM_REFS);
        }
        map
    };
    diff::diff(&compared(&olds.inputs), &compared(news), RULES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::testing::{lines, map};
    use serde_json::json;

    fn inputs(changes: serde_json::Value) -> Map {
        let mut inputs = map(json!({
            "organization": "acme", "project": "app", "stack": "prod",
            "upstreamRefs": ["cluster/prod", "database/prod"], "catchUp": false,
        }));
        inputs.extend(map(changes));
        inputs
    }

    fn failures(changes: serde_json::Value) -> Vec<String> {
        let checked = check(&inputs(changes), None);
        let line = |failure: &CheckFailure| format!("{}: {}", failure.path, failure.reason);
        checked.failures.iter().map(line).collect()
    }

    #[test]
    fn what_cannot_be_right_is_named() {
        assert_eq!(failures(json!({})), [""; 0]);
        for unknown in [
            json!({"stack": "?"}),
            json!({"upstreamRefs": "?"}),
            json!({"upstreamRefs": ["?", "a/b"]}),
        ] {
            assert_eq!(failures(unknown), [""; 0]);
        }
        insta::assert_snapshot!(failures(json!({"upstreamRefs": []})).join("\n"));
        insta::assert_snapshot!(failures(json!({"upstreamRefs": null})).join("\n"));
        insta::assert_snapshot!(
            failures(json!({"upstreamRefs": ["database", "corp/p/s"]})).join("\n")
        );
        insta::assert_snapshot!(failures(json!({"upstreamRefs": ["secret database"]})).join("\n"));
        insta::assert_snapshot!(
            failures(json!({"stack": "a/b", "startsOn": "x", "startOn": "output"})).join("\n")
        );
    }

    #[test]
    fn what_was_not_written_is_filled_in() {
        let news = map(json!({"project": "app", "stack": 42, "upstreamRefs": ["a/b"]}));
        let checked = check(&news, Some(&Ok("acme".to_owned())));
        assert_eq!(checked.failures, []);
        let expected = json!({
            "organization": "acme", "project": "app", "stack": "42", "upstreamRefs": ["a/b"], "catchUp": false,
        });
        assert_eq!(checked.inputs, map(expected));
        let none = check(&news, Some(&Err("is required".to_owned())));
        assert_eq!(
            none.failures,
            [CheckFailure::new("organization", "is required")]
        );
    }

    #[test]
    fn another_stack_is_another_join_and_the_rest_is_compared_by_meaning() {
        let check = |news: serde_json::Value, expected: &[&str]| {
            let olds = Olds {
                inputs: inputs(json!({})),
                ..Olds::default()
            };
            assert_eq!(
                lines(&diff(&olds, &inputs(news.clone()))),
                expected,
                "{news}"
            );
        };
        check(json!({}), &[]);
        check(json!({"catchUp": true}), &[]);
        check(json!({"startOn": "updates"}), &[]);
        check(json!({"startOn": "outputs"}), &["startOn Add"]);
        check(
            json!({"upstreamRefs": ["database/prod", "acme/cluster/prod", "cluster/prod"]}),
            &[],
        );
        check(
            json!({"upstreamRefs": ["cluster/prod"]}),
            &["upstreamRefs[1] Delete"],
        );
        check(json!({"upstreamRefs": "?"}), &["upstreamRefs Update"]);
        for name in stack_names::NAMES {
            check(
                json!({name: "other"}),
                &[&format!("{name} Update replaces")],
            );
        }
    }
}
