//! The effect of a change of a webhook's inputs: none, an update, or a replacement.
//!
//! # What this may not do
//!
//! Make a request: changes on the cloud are found by a refresh.

use super::inputs::SETS;
use super::name::GENERATED;
use crate::property::diff::{self, Change, DetailedDiff, PropertyDiff, Rules};
use crate::property::{Map, PropertyPath};
use crate::resources::outcome::Olds;

/// The scope of a webhook cannot be changed; its behaviour can. Filters and groups are sets.
const RULES: Rules<'static> = Rules {
    replaces: &[
        "organizationName",
        "projectName",
        "stackName",
        "environmentName",
    ],
    sets: &SETS,
};

/// Compares the inputs of the last successful operation with new ones.
///
/// The name is compared with the one that the webhook has. If a program stops naming it, the webhook stays; if a program
/// begins to give the existing name, nothing changes.
pub fn diff(olds: &Olds, news: &Map) -> DetailedDiff {
    let without_name = |map: &Map| {
        let mut map = map.clone();
        map.remove("name");
        map.remove(GENERATED);
        map
    };
    let mut found = diff::diff(&without_name(&olds.inputs), &without_name(news), RULES);
    let given = news.get("name").map(crate::property::Value::unmarked);
    if given.is_some_and(|given| {
        given != crate::property::Value::Null && olds.state.get("name") != Some(&given)
    }) {
        let change = if olds.inputs.contains_key("name") {
            Change::Update
        } else {
            Change::Add
        };
        found.insert(
            PropertyPath::from("name"),
            PropertyDiff {
                change,
                replaces: true,
            },
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::testing::{lines, map};
    use serde_json::json;

    fn check(old_inputs: serde_json::Value, news: serde_json::Value, expected: &[&str]) {
        let olds = Olds {
            state: map(json!({"name": "auto-deploy-1"})),
            inputs: map(old_inputs.clone()),
        };
        let found = diff(&olds, &map(news.clone()));
        assert_eq!(lines(&found), expected, "{old_inputs} -> {news}");
    }

    #[test]
    fn a_webhook_is_replaced_only_when_it_moves() {
        for property in [
            "organizationName",
            "projectName",
            "stackName",
            "environmentName",
        ] {
            check(
                json!({property: "a"}),
                json!({property: "b"}),
                &[&format!("{property} Update replaces")],
            );
            check(
                json!({property: "a"}),
                json!({property: "?"}),
                &[&format!("{property} Update replaces")],
            );
        }
        for property in ["displayName", "payloadUrl", "format", "secret"] {
            check(
                json!({property: "a"}),
                json!({property: "b"}),
                &[&format!("{property} Update")],
            );
        }
        check(
            json!({"active": true}),
            json!({"active": false}),
            &["active Update"],
        );
    }

    #[test]
    fn filters_and_groups_are_sets_and_can_be_cleared() {
        for property in ["filters", "groups"] {
            check(
                json!({property: ["a", "b"]}),
                json!({property: ["b", "a", "a"]}),
                &[],
            );
            check(
                json!({property: ["a"]}),
                json!({property: []}),
                &[&format!("{property}[0] Delete")],
            );
        }
    }

    #[test]
    fn a_secret_is_compared_by_what_it_is() {
        check(json!({"secret": "secret a"}), json!({"secret": "a"}), &[]);
        check(
            json!({"secret": "secret a"}),
            json!({"secret": "secret b"}),
            &["secret Update"],
        );
        check(json!({"secret": "secret a"}), json!({}), &["secret Delete"]);
        check(json!({}), json!({"secret": "secret a"}), &["secret Add"]);
    }

    #[test]
    fn a_generated_name_is_no_difference() {
        check(json!({}), json!({"__name": "auto-deploy-2"}), &[]);
        check(json!({"__name": "auto-deploy-2"}), json!({}), &[]);
        check(
            json!({"__name": "auto-deploy-2"}),
            json!({"__name": "auto-deploy-3"}),
            &[],
        );
    }

    #[test]
    fn the_name_is_compared_with_the_one_it_has() {
        check(json!({}), json!({"name": "auto-deploy-1"}), &[]);
        check(json!({}), json!({"name": "mine"}), &["name Add replaces"]);
        check(
            json!({"name": "auto-deploy-1"}),
            json!({"name": "mine"}),
            &["name Update replaces"],
        );
        check(json!({"name": "auto-deploy-1"}), json!({}), &[]);
        check(json!({}), json!({"name": "?"}), &["name Add replaces"]);
    }
}
