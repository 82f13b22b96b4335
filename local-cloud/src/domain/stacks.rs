//! Stacks and environments: their names, and what can be wrong about them.

use crate::domain::names::{self, NameError};
use crate::parts::{Refusal, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The longest name of a tag.
const MAX_TAG_NAME: usize = 40;

/// The longest value of a tag.
const MAX_TAG_VALUE: usize = 256;

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

    /// The stack that `project/stack` means in an organization; none if it is not of that form.
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Never given to another stack, not even to one of the same name.
    pub(crate) uid: String,
    pub(crate) path: StackPath,
    pub(crate) tags: BTreeMap<String, String>,
    /// How many updates there were; 0 for a stack that was never updated.
    pub(crate) version: i64,
    /// When the last update ended, in Unix seconds.
    pub(crate) last_update: Option<i64>,
    pub(crate) resource_count: i64,
}

impl Stack {
    /// A stack to be made, with names and tags checked.
    pub(crate) fn new(
        path: StackPath,
        tags: BTreeMap<String, String>,
    ) -> Result<Stack, StackError> {
        path.check()?;
        check_tags(&tags)?;
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

/// Checks the names and values of tags.
pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), StackError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    for (name, value) in tags {
        if !(1..=MAX_TAG_NAME).contains(&name.len()) || !name.bytes().all(fits) {
            return Err(StackError::BadTag { name: name.clone() });
        }
        if value.chars().count() > MAX_TAG_VALUE {
            return Err(StackError::LongTag { name: name.clone() });
        }
    }
    Ok(())
}

/// Which stacks to list; what is absent lets every stack pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct StackFilter {
    pub(crate) organization: Option<String>,
    pub(crate) project: Option<String>,
    pub(crate) tag_name: Option<String>,
    pub(crate) tag_value: Option<String>,
}

impl StackFilter {
    /// Whether the tags of the stack pass. A value without a name fits the value of any tag.
    pub(crate) fn passes_tags(&self, stack: &Stack) -> bool {
        let fits = |wanted: &Option<String>, given: &String| {
            wanted.as_ref().is_none_or(|wanted| wanted == given)
        };
        let is_asked = self.tag_name.is_some() || self.tag_value.is_some();
        !is_asked
            || stack
                .tags
                .iter()
                .any(|(name, value)| fits(&self.tag_name, name) && fits(&self.tag_value, value))
    }
}

/// What was asked of a stack or an environment cannot be done.
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
    #[error(
        "`{name}` is not a name of a tag: it must have 1 to {MAX_TAG_NAME} letters, digits, `-`, `_`, `.` and `:`"
    )]
    BadTag { name: String },
    #[error("the value of tag `{name}` is longer than {MAX_TAG_VALUE} characters")]
    LongTag { name: String },
    // The CLI knows this sentence.
    #[error("Stack still contains resources.")]
    HasResources,
    #[error("the store could not answer")]
    Store(#[from] StoreError),
}

impl StackError {
    /// What kind of answer it is.
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            StackError::NoOrganization(_)
            | StackError::NoStack(_)
            | StackError::NoEnvironment(_) => Refusal::NotFound,
            StackError::StackExists(_) | StackError::EnvironmentExists(_) => Refusal::Conflict,
            StackError::Name(_)
            | StackError::BadTag { .. }
            | StackError::LongTag { .. }
            | StackError::HasResources => Refusal::Invalid,
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
        assert!(matches!(
            stack(&[("a b", "")]),
            Err(StackError::BadTag { .. })
        ));
        assert!(matches!(
            stack(&[("a", &"x".repeat(257))]),
            Err(StackError::LongTag { .. })
        ));
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
