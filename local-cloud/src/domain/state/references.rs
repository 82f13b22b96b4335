//! The stacks to which a state refers.

use super::document::State;
use super::raw::Object;
use crate::domain::stacks::StackPath;

/// The type of a StackReference.
const STACK_REFERENCE: &str = "pulumi:pulumi:StackReference";

/// The stacks to which the stack at `path` refers, without duplicates, sorted. A short name is completed as by the CLI:
/// with the organization and project of the referring stack.
pub(crate) fn references(path: &StackPath, state: &State) -> Vec<StackPath> {
    let resources = state.deployment.resources.iter();
    let mut paths: Vec<_> = resources
        .filter_map(|resource| referred(path, resource))
        .collect();
    paths.sort_by_key(ToString::to_string);
    paths.dedup();
    paths
}

/// The stack to which a resource of the stack at `path` refers, if it is a StackReference.
pub(crate) fn referred(path: &StackPath, resource: &Object) -> Option<StackPath> {
    let is_reference = resource.text("type").as_deref() == Some(STACK_REFERENCE);
    let inputs = || resource.read("inputs").or_else(|| resource.read("outputs"));
    let inputs: Object = (is_reference && !resource.is_true("delete")).then(inputs)??;
    complete(path, &inputs.text("name")?)
}

fn complete(path: &StackPath, name: &str) -> Option<StackPath> {
    let parts: Vec<_> = name.split('/').collect();
    let (organization, project, stack) = match parts[..] {
        [stack] => (path.organization.as_str(), path.project.as_str(), stack),
        [organization, stack] => (organization, path.project.as_str(), stack),
        [organization, project, stack] => (organization, project, stack),
        _ => return None,
    };
    Some(StackPath {
        organization: organization.to_owned(),
        project: project.to_owned(),
        stack: stack.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed_and_told_once() {
        let reference = |name: &str, more: &str| {
            format!(
                r#"{{"urn":"u","type":"pulumi:pulumi:StackReference","inputs":{{"name":{name}}}{more}}}"#
            )
        };
        let resources = [
            reference(r#""acme/db/dev""#, ""),
            reference(r#""acme/db/dev""#, ""),
            reference(r#""other""#, ""),
            reference(r#""corp/prod""#, ""),
            reference(r#""acme/db/gone""#, r#","delete":true"#),
            reference("3", ""),
            reference(r#""a/b/c/d""#, ""),
        ];
        let text = format!(
            r#"{{"version":3,"deployment":{{"resources":[{}]}}}}"#,
            resources.join(",")
        );
        let path = StackPath {
            organization: "acme".into(),
            project: "web".into(),
            stack: "dev".into(),
        };
        let found = references(&path, &State::from_text(&text).unwrap());
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["acme/db/dev", "acme/web/other", "corp/web/prod"]);
    }
}
