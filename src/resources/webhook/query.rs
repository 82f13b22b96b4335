//! The query of a listing of webhooks.
//!
//! # What this may not do
//!
//! Guess: a query that names no scope is refused.

use crate::domain::{self, Scope};
use crate::property::{CheckFailure, Fields, Input, Map};

/// The scope in a query, which has the same properties as a webhook's inputs.
///
/// # Errors
///
/// Every invalid or missing property.
pub(super) fn scope(query: &Map) -> Result<Scope, Vec<CheckFailure>> {
    let mut fields = Fields::of(query);
    let organization = fields.required::<String>("organizationName");
    let project = fields.optional::<String>("projectName");
    let stack = fields.optional::<String>("stackName");
    let environment = fields.optional::<String>("environmentName");
    let mut failures = fields.finish();
    let mut known = |property, input: Option<&Input<String>>| {
        let name = input?.now().cloned();
        match name.as_deref().map(domain::check_path_name) {
            None => failures.push(CheckFailure::new(property, "is not known yet")),
            Some(Err(reason)) => failures.push(CheckFailure::new(property, reason)),
            Some(Ok(())) => {}
        }
        name
    };
    let organization = known("organizationName", Some(&organization));
    let project = known("projectName", project.as_ref());
    let stack = known("stackName", stack.as_ref());
    let environment = known("environmentName", environment.as_ref());
    if !failures.is_empty() {
        // A missing organization is reported as missing, not as unknown too.
        failures.dedup_by(|later, earlier| later.path == earlier.path);
        return Err(failures);
    }
    match (organization, project, stack, environment) {
        (Some(organization), None, None, None) => Ok(Scope::Organization { organization }),
        (Some(organization), Some(project), Some(stack), None) => Ok(Scope::Stack {
            organization,
            project,
            stack,
        }),
        (Some(organization), Some(project), None, Some(environment)) => Ok(Scope::Environment {
            organization,
            project,
            environment,
        }),
        _ => {
            let reason = "goes with exactly one of `stackName` and `environmentName`";
            Err(vec![CheckFailure::new("projectName", reason)])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::testing::map;
    use serde_json::json;

    #[test]
    fn a_query_names_one_scope() {
        let check = |query: serde_json::Value, expected: &str| {
            let said = match scope(&map(query.clone())) {
                Ok(scope) => scope.to_string(),
                Err(failures) => {
                    let lines: Vec<_> = failures
                        .iter()
                        .map(|failure| format!("{}: {}", failure.path, failure.reason))
                        .collect();
                    lines.join("; ")
                }
            };
            assert_eq!(said, expected, "{query}");
        };
        check(json!({"organizationName": "o"}), "o");
        check(
            json!({"organizationName": "o", "projectName": "p", "stackName": "s"}),
            "o/p/s",
        );
        check(
            json!({"organizationName": "o", "projectName": "p", "environmentName": "e"}),
            "o/environment/p/e",
        );
        check(json!({}), "organizationName: is required, but missing");
        check(
            json!({"organizationName": "o", "stackName": "?"}),
            "stackName: is not known yet",
        );
        check(
            json!({"organizationName": "a/b"}),
            "organizationName: must be a single name, without `/`",
        );
        check(
            json!({"organizationName": "o", "stackName": "s"}),
            "projectName: goes with exactly one of `stackName` and `environmentName`",
        );
    }
}
