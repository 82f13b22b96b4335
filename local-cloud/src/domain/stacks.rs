//! Stacks and environments: their names and their errors.

use super::tags::{self, TagError, Tags};
use crate::domain::names::{self, NameError};
use crate::parts::{Refusal, StoreError};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The full name of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StackPath {
    pub(crate) organization: String,
    pub(crate) project: String,
    pub(crate) stack: String,
}

impl StackPath {
    /// Checks the names of the project and the stack.
    pub(crate) fn check(&self) -> Result<(), NameError> {
        names::check_segment("a project", &self.project)?;
        names::check_segment("a stack", &self.stack)
    }

    /// The stack that `project/stack` means in an organization; `None` if the text has another form.
    pub(crate) fn in_organization(organization: &str, text: &str) -> Option<StackPath> {
        let (project, stack) = text.split_once('/')?;
        (!stack.contains('/')).then(|| StackPath {
            organization: organization.to_owned(),
            project: project.to_owned(),
            stack: stack.to_owned(),
        })
    }
}

impl fmt::Display for StackPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.organization, self.project, self.stack)
    }
}

/// The full name of an environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EnvironmentPath {
    pub(crate) organization: String,
    pub(crate) project: String,
    pub(crate) environment: String,
}

impl EnvironmentPath {
    /// Checks the names.
    pub(crate) fn check(&self) -> Result<(), NameError> {
        names::check_segment("a project", &self.project)?;
        names::check_segment("an environment", &self.environment)
    }
}

impl fmt::Display for EnvironmentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}",
            self.organization, self.project, self.environment
        )
    }
}

/// A stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stack {
    /// Never reused, not even for a stack of the same name.
    pub(crate) uid: String,
    pub(crate) path: StackPath,
    pub(crate) tags: Tags,
    /// The number of updates; 0 for a stack that was never updated.
    pub(crate) version: i64,
    /// When the last update ended, in Unix seconds.
    pub(crate) last_update: Option<i64>,
    pub(crate) resource_count: i64,
}

impl Stack {
    /// A stack to create, with checked names and tags.
    pub(crate) fn new(path: StackPath, tags: Tags) -> Result<Stack, StackError> {
        path.check()?;
        tags::check(&tags)?;
        Ok(Stack {
            uid: uuid::Uuid::new_v4().to_string(),
            path,
            tags,
            version: 0,
            last_update: None,
            resource_count: 0,
        })
    }
}

/// Which stacks to list; absent filters match every stack.
#[derive(Clone, Debug, Default)]
pub(crate) struct StackFilter {
    pub(crate) organization: Option<String>,
    pub(crate) project: Option<String>,
    pub(crate) tag_name: Option<String>,
    /// The value of the tag, which is only relevant with a name.
    pub(crate) tag_value: Option<String>,
}

/// The requested part of the list of stacks.
#[derive(Clone, Debug, Default)]
pub(crate) struct StackPart {
    /// The last stack of the part before.
    pub(crate) after: Option<StackPath>,
    /// The most stacks to return; absent for all.
    pub(crate) size: Option<usize>,
}

impl StackFilter {
    /// Whether the stack's tags match.
    pub(crate) fn passes_tags(&self, stack: &Stack) -> bool {
        let Some(name) = &self.tag_name else {
            return true;
        };
        let value = stack.tags.get(name);
        let wanted = self.tag_value.as_ref();
        value.is_some_and(|value| wanted.is_none_or(|wanted| wanted == value))
    }
}

/// Why an operation on a stack or an environment failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StackError {
    #[error("organization `{0}` does not exist")]
    NoOrganization(String),
    #[error("stack `{0}` does not exist")]
    NoStack(StackPath),
    #[error("environment `{0}` does not exist")]
    NoEnvironment(EnvironmentPath),
    #[error("stack `{0}` already exists")]
    StackExists(StackPath),
    #[error("environment `{0}` already exists")]
    EnvironmentExists(EnvironmentPath),
    #[error(transparent)]
    Name(#[from] NameError),
    #[error(transparent)]
    Tag(#[from] TagError),
    #[error("stack `{0}` already has this name: give another `newName` or `newProject`")]
    SameName(StackPath),
    // The CLI looks for this sentence.
    #[error("Stack still contains resources.")]
    HasResources,
    #[error("the store could not answer")]
    Store(#[from] StoreError),
}

impl StackError {
    /// The kind of answer for this error.
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            StackError::NoOrganization(_)
            | StackError::NoStack(_)
            | StackError::NoEnvironment(_) => Refusal::NotFound,
            StackError::StackExists(_) | StackError::EnvironmentExists(_) => Refusal::Conflict,
            StackError::Tag(error) => error.refusal(),
            StackError::Name(_) | StackError::SameName(_) | StackError::HasResources => {
                Refusal::Invalid
            }
            StackError::Store(_) => Refusal::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(tags: &[(&str, &str)]) -> Result<Stack, StackError> {
        let path = StackPath {
            organization: "acme".into(),
            project: "web".into(),
            stack: "dev".into(),
        };
        Stack::new(
            path,
            tags.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn tags_are_checked() {
        assert!(stack(&[("pulumi:project", "web")]).is_ok());
        let of = |tags| stack(tags).unwrap_err();
        let named = of(&[("a b", "")]);
        assert!(
            matches!(named, StackError::Tag(TagError::Name(_))),
            "{named}"
        );
        let long = "x".repeat(257);
        let valued = of(&[("a", &long)]);
        assert!(
            matches!(valued, StackError::Tag(TagError::Value(_))),
            "{valued}"
        );
    }

    #[test]
    fn tags_are_filtered() {
        let stack = stack(&[("env", "dev"), ("team", "web")]).unwrap();
        let passes = |name: Option<&str>, value: Option<&str>| {
            let (tag_name, tag_value) = (name.map(str::to_owned), value.map(str::to_owned));
            StackFilter {
                tag_name,
                tag_value,
                ..StackFilter::default()
            }
            .passes_tags(&stack)
        };
        assert!(passes(None, None));
        assert!(passes(Some("env"), None));
        assert!(passes(Some("env"), Some("dev")));
        assert!(!passes(Some("env"), Some("web")));
        assert!(!passes(Some("owner"), None));
    }
}
