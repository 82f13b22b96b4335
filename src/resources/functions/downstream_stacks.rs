//! `getDownstreamStacks`: the stacks that have a StackReference to another.
//!
//! # What this may not do
//!
//! Leave one out: the caller selects.

use super::names::{Names, organization};
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::property::{CheckFailure, Fields, Input, Map, Value};
use crate::resources::context::Context;
use crate::resources::error::ResourceError;
use std::collections::BTreeSet;

/// The function's token.
pub const TOKEN: &str = "auto-deploy:index:getDownstreamStacks";

/// The function's arguments.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// The organization of the stack; by default that of the program.
    pub organization: Option<Input<String>>,
    /// The project of the stack.
    pub project: Input<String>,
    /// The stack.
    pub stack: Input<String>,
}

impl Arguments {
    /// Parses the arguments; also returns those that are invalid.
    pub fn read(map: &Map) -> (Arguments, Vec<CheckFailure>) {
        let mut fields = Fields::of(map);
        let arguments = Arguments {
            organization: fields.optional("organization"),
            project: fields.required("project"),
            stack: fields.required("stack"),
        };
        (arguments, fields.finish())
    }
}

pub(super) async fn call(
    context: &Context,
    arguments: &Map,
    provider: &Urn,
) -> Result<Map, ResourceError> {
    let (arguments, failures) = Arguments::read(arguments);
    let mut names = Names(failures);
    let asked = names.optional("organization", arguments.organization.as_ref());
    let project = names.required("project", &arguments.project);
    let stack = names.required("stack", &arguments.stack);
    names.finish()?;
    let organization = organization(context, asked, provider).await?;
    let failed = |error: crate::domain::StackRefError| {
        ResourceError::Inputs(vec![CheckFailure::new("organization", error.to_string())])
    };
    let stack = StackRef::new(&organization, project, stack).map_err(failed)?;
    let found = context.downstream_stacks(&stack).await?;
    Ok(answer(&stack, &found))
}

fn answer(stack: &StackRef, found: &BTreeSet<StackRef>) -> Map {
    let refs = found
        .iter()
        .filter(|it| it.organization() == stack.organization())
        .map(StackRef::short)
        .collect::<Value>();
    let one = |it: &StackRef| {
        Value::from(Map::from([
            ("organization".to_owned(), it.organization().into()),
            ("project".to_owned(), it.project().into()),
            ("stack".to_owned(), it.stack().into()),
            ("ref".to_owned(), it.short().into()),
        ]))
    };
    Map::from([
        ("organization".to_owned(), stack.organization().into()),
        ("project".to_owned(), stack.project().into()),
        ("stack".to_owned(), stack.stack().into()),
        ("refs".to_owned(), refs),
        (
            "stacks".to_owned(),
            Value::Array(found.iter().map(one).collect()),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::testing::json;
    use serde_json::json;

    #[test]
    fn stacks_of_other_organizations_are_told_and_are_no_references() {
        let stack = |organization, project| {
            StackRef::new(organization, project, "prod").expect("it is one")
        };
        let found = BTreeSet::from([stack("acme", "app"), stack("other", "app")]);
        let told = json(&answer(&stack("acme", "network"), &found));
        assert_eq!(told["refs"], json!(["app/prod"]));
        assert_eq!(
            told["stacks"][1],
            json!({"organization": "other", "project": "app", "stack": "prod", "ref": "app/prod"})
        );
    }
}
