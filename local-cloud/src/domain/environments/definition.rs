//! The definition of an environment: its imports, and its own values.

use super::diagnostic::Diagnostic;
use super::range::Range;
use super::syntax::{self, Content, Entry, Node};
use crate::domain::stacks::EnvironmentPath;

/// The project of environments that are named without one.
const DEFAULT_PROJECT: &str = "default";

/// The imports of an environment, and its own values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Definition {
    pub(crate) imports: Vec<Import>,
    pub(crate) values: Vec<Entry>,
}

/// An import.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Import {
    pub(crate) reference: Reference,
    pub(crate) range: Range,
    /// Whether its values become values of the environment.
    pub(crate) is_merged: bool,
}

/// An environment of the same organization, in the notation of imports: `project/name@version`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) project: String,
    pub(crate) name: String,
    /// The number or tag of a revision; absent for the newest.
    pub(crate) version: Option<String>,
}

impl Reference {
    fn read(text: &str) -> Option<Reference> {
        let (path, version) = match text.split_once('@') {
            Some((path, version)) => (path, Some(version.to_owned())),
            None => (text, None),
        };
        let (project, name) = path.split_once('/').unwrap_or((DEFAULT_PROJECT, path));
        let is_whole = !project.is_empty() && !name.is_empty() && !name.contains('/');
        (is_whole && version.as_deref() != Some("")).then(|| Reference {
            project: project.to_owned(),
            name: name.to_owned(),
            version,
        })
    }

    /// The full name of the environment in an organization.
    pub(crate) fn path(&self, organization: &str) -> EnvironmentPath {
        EnvironmentPath {
            organization: organization.to_owned(),
            project: self.project.clone(),
            environment: self.name.clone(),
        }
    }

    /// The environment's name in diagnostics and places.
    pub(crate) fn label(&self) -> String {
        format!("{}/{}", self.project, self.name)
    }
}

/// Parses a definition.
pub(crate) fn read(text: &str) -> Result<Definition, Diagnostic> {
    let root = syntax::parse(text)?;
    let entries = match root.content {
        Content::Null => Vec::new(),
        Content::Object(entries) => entries,
        _ => return Err(Diagnostic::at(root.range, "a definition must be an object")),
    };
    let mut definition = Definition::default();
    for Entry { name, range, node } in entries {
        match (name.as_str(), node.content) {
            ("imports" | "values" | "description", Content::Null)
            | ("description", Content::Text(_)) => {}
            ("imports", Content::List(nodes)) => {
                definition.imports = nodes.iter().map(import).collect::<Result<_, _>>()?;
            }
            ("imports", _) => return Err(Diagnostic::at(node.range, "`imports` must be a list")),
            ("values", Content::Object(values)) => definition.values = values,
            ("values", _) => return Err(Diagnostic::at(node.range, "`values` must be an object")),
            ("description", _) => {
                return Err(Diagnostic::at(node.range, "`description` must be a text"));
            }
            _ => {
                let sentence = format!(
                    "unknown property `{name}`: there are `imports`, `values` and `description`"
                );
                return Err(Diagnostic::at(range, sentence));
            }
        }
    }
    Ok(definition)
}

/// An import: the name of an environment, or an object with the name and options.
fn import(node: &Node) -> Result<Import, Diagnostic> {
    let refuse = || {
        let sentence = "an import is `project/name`, with `@version` if it is not the newest";
        Diagnostic::at(node.range, sentence)
    };
    let (text, is_merged) = match &node.content {
        Content::Text(text) => (text, true),
        Content::Object(entries) => match entries.as_slice() {
            [entry] => (&entry.name, is_merged(&entry.node)?),
            _ => return Err(refuse()),
        },
        _ => return Err(refuse()),
    };
    Ok(Import {
        reference: Reference::read(text).ok_or_else(refuse)?,
        range: node.range,
        is_merged,
    })
}

fn is_merged(options: &Node) -> Result<bool, Diagnostic> {
    let option = match &options.content {
        Content::Null => return Ok(true),
        Content::Object(entries) => match entries.as_slice() {
            [] => return Ok(true),
            [entry] if entry.name == "merge" => &entry.node.content,
            _ => &Content::Null,
        },
        _ => &Content::Null,
    };
    match option {
        Content::Boolean(is_merged) => Ok(*is_merged),
        _ => Err(Diagnostic::at(
            options.range,
            "an import has one option, `merge`: true or false",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn imports_in_all_forms() {
        let text =
            "imports: [a, p/b, p/c@3, p/d@stable: {merge: false}]\ndescription: x\nvalues: {x: 1}";
        let definition = read(text).unwrap();
        let found: Vec<_> = definition
            .imports
            .iter()
            .map(|import| {
                (
                    import.reference.label(),
                    import.reference.version.as_deref(),
                    import.is_merged,
                )
            })
            .collect();
        let label = |text: &str| text.to_owned();
        assert_eq!(
            found,
            [
                (label("default/a"), None, true),
                (label("p/b"), None, true),
                (label("p/c"), Some("3"), true),
                (label("p/d"), Some("stable"), false),
            ]
        );
    }

    #[test]
    fn what_is_no_definition() {
        let said = |text: &str| read(text).unwrap_err().to_string();
        assert_snapshot!(said("x"), @"line 1: a definition must be an object");
        assert_snapshot!(said("valeus: {}"), @"line 1: unknown property `valeus`: there are `imports`, `values` and `description`");
        assert_snapshot!(said("values: [1]"), @"line 1: `values` must be an object");
        assert_snapshot!(said("imports: a"), @"line 1: `imports` must be a list");
        assert_snapshot!(said("imports:\n- a/b/c"), @"line 2: an import is `project/name`, with `@version` if it is not the newest");
        assert_snapshot!(said("imports:\n- a: {merge: 1}"), @"line 2: an import has one option, `merge`: true or false");
    }
}
