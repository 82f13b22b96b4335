//! The inputs `organization`, `project` and `stack`, by which a resource names its stack.
//!
//! # What this may not do
//!
//! Know which resource it is, or judge unknown values.

use crate::domain::check_path_name;
use crate::property::{CheckFailure, Input, Map};

/// The properties. They are texts, and may be written as digits.
pub(super) const NAMES: [&str; 3] = ["organization", "project", "stack"];

/// The inputs with these names as texts. `organization` is the default for an absent one, if it could be found.
pub(super) fn filled(news: &Map, organization: Option<&Result<String, String>>) -> Map {
    let mut filled = news.clone();
    for name in NAMES {
        if let Some(value) = filled.get_mut(name) {
            *value = value.clone().spelled();
        }
    }
    if let Some(Ok(organization)) = organization {
        filled.insert("organization".to_owned(), organization.as_str().into());
    }
    filled
}

/// What is wrong with the names. `stand_in` says why there is no default for an absent organization.
pub(super) fn failures(
    organization: Option<&Input<String>>,
    project: &Input<String>,
    stack: &Input<String>,
    stand_in: Option<&Result<String, String>>,
) -> Vec<CheckFailure> {
    let mut failures = Vec::new();
    if let (None, Some(Err(reason))) = (organization, stand_in) {
        failures.push(CheckFailure::new("organization", reason));
    }
    let inputs = [organization, Some(project), Some(stack)];
    for (name, input) in NAMES.into_iter().zip(inputs) {
        let known = input.and_then(Input::now).map(|name| check_path_name(name));
        if let Some(Err(reason)) = known {
            failures.push(CheckFailure::new(name, reason));
        }
    }
    failures
}
