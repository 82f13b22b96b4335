//! The joins in a state, which start stacks after all of their upstream stacks.
//!
//! Only for the console, which draws edges between these stacks rather than to the one that conducts the joins.

use super::document::State;
use super::raw::Object;
use crate::domain::stacks::StackPath;

/// The type of a join, in the package `auto-deploy`.
const JOIN: &str = "auto-deploy:index:Join";

/// A stack that is started after others, all in one organization and named `project/stack`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Join {
    pub(crate) stack: String,
    /// Without duplicates, sorted.
    pub(crate) upstream: Vec<String>,
}

/// The joins in the state of the stack at `path`, without those whose names are secret or in another organization.
pub(crate) fn joins(path: &StackPath, state: &State) -> Vec<Join> {
    let resources = state.deployment.resources.iter();
    let mut joins: Vec<Join> = resources
        .filter(|resource| {
            resource.text("type").as_deref() == Some(JOIN) && !resource.is_true("delete")
        })
        .filter_map(|resource| join(&path.organization, &resource.read("inputs")?))
        .collect();
    joins.sort();
    joins.dedup();
    joins
}

fn join(organization: &str, inputs: &Object) -> Option<Join> {
    if inputs.text("organization")? != organization {
        return None;
    }
    let short = |name: String| match name.split('/').collect::<Vec<_>>()[..] {
        [_, _] => Some(name),
        [of, project, stack] if of == organization => Some(format!("{project}/{stack}")),
        _ => None,
    };
    let upstream: Vec<String> = inputs.read("upstreamRefs")?;
    let mut upstream: Vec<String> = upstream.into_iter().map(short).collect::<Option<_>>()?;
    upstream.sort();
    upstream.dedup();
    Some(Join {
        stack: format!("{}/{}", inputs.text("project")?, inputs.text("stack")?),
        upstream,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn joins_are_read_from_what_was_written() {
        let resource =
            |inputs: serde_json::Value| json!({"urn": "u", "type": JOIN, "inputs": inputs});
        let join = |organization: &str, stack: &str, upstream: serde_json::Value| {
            resource(json!({
                "organization": organization, "project": stack, "stack": "prod", "upstreamRefs": upstream,
            }))
        };
        let secret = json!({"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "c"});
        let mut gone = join("acme", "gone", json!(["a/prod"]));
        gone["delete"] = json!(true);
        let resources = json!([
            join("acme", "app", json!(["c/prod", "acme/b/prod", "b/prod"])),
            join("corp", "other", json!(["a/prod"])),
            join("acme", "hidden", secret),
            join("acme", "part", json!(["a/prod", "corp/b/prod"])),
            gone,
            json!({"urn": "u", "type": "a:b:C", "inputs": {"upstreamRefs": ["a/prod"]}}),
        ]);
        let text = json!({"version": 3, "deployment": {"resources": resources}}).to_string();
        let path = StackPath::in_organization("acme", "wiring/prod").unwrap();
        let found = joins(&path, &State::from_text(&text).unwrap());
        let app = Join {
            stack: "app/prod".to_owned(),
            upstream: vec!["b/prod".to_owned(), "c/prod".to_owned()],
        };
        assert_eq!(found, [app]);
    }
}
