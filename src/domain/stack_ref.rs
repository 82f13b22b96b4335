//! References to stacks.
//!
//! # What this may not do
//!
//! Ask whether the stack exists.

use super::names::check_path_name;
use crate::words::quoted;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A stack: `organization/project/stack`, with valid names. Ordered by organization, then project, then stack.
///
/// Clones share the text, because a graph has thousands of edges between a few hundred stacks.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StackRef {
    text: Arc<str>,
    /// The offset of the project in the text, in bytes.
    project: usize,
    /// The offset of the stack's own name in the text, in bytes.
    stack: usize,
}

/// The text is not a reference to a stack that a webhook can start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackRefError {
    /// It does not have two or three parts.
    #[error("`{}` does not name a stack: write `project/stack`", quoted(.given))]
    Form {
        /// The text.
        given: String,
    },
    /// A part is invalid.
    #[error("`{}` does not name a stack: its {part} {reason}", quoted(.given))]
    Part {
        /// The text.
        given: String,
        /// `organization`, `project` or `stack`.
        part: &'static str,
        /// What is wrong with the part.
        reason: String,
    },
    /// It is a stack of another organization.
    #[error(
        "`{}` is in another organization than `{organization}`: {}", quoted(.given), elsewhere(.given, .organization)
    )]
    Elsewhere {
        /// The text.
        given: String,
        /// The organization that it should be in.
        organization: String,
    },
}

impl StackRef {
    /// The stack with these names.
    ///
    /// # Errors
    ///
    /// [`StackRefError::Part`] for an invalid name.
    pub fn new(organization: &str, project: &str, stack: &str) -> Result<StackRef, StackRefError> {
        for (part, name) in [
            ("organization", organization),
            ("project", project),
            ("stack", stack),
        ] {
            if let Err(reason) = check_path_name(name) {
                let given = format!("{organization}/{project}/{stack}");
                return Err(StackRefError::Part {
                    given,
                    part,
                    reason,
                });
            }
        }
        Ok(StackRef {
            text: format!("{organization}/{project}/{stack}").into(),
            project: organization.len() + 1,
            stack: organization.len() + 1 + project.len() + 1,
        })
    }

    /// Parses `project/stack`, or `organization/project/stack` in the same organization.
    ///
    /// # Errors
    ///
    /// [`StackRefError`], whose text says what to write.
    pub fn parse_in(organization: &str, given: &str) -> Result<StackRef, StackRefError> {
        let parts: Vec<&str> = given.split('/').collect();
        let parsed = match parts[..] {
            [project, stack] => StackRef::new(organization, project, stack),
            [own, project, stack] if own == organization => {
                StackRef::new(organization, project, stack)
            }
            [other, project, stack] => StackRef::new(other, project, stack).and_then(|_| {
                Err(StackRefError::Elsewhere {
                    given: given.to_owned(),
                    organization: organization.to_owned(),
                })
            }),
            _ => Err(StackRefError::Form {
                given: given.to_owned(),
            }),
        };
        parsed.map_err(|error| match error {
            StackRefError::Part { part, reason, .. } => StackRefError::Part {
                given: given.to_owned(),
                part,
                reason,
            },
            other => other,
        })
    }

    /// The organization.
    pub fn organization(&self) -> &str {
        &self.text[..self.project - 1]
    }

    /// The project.
    pub fn project(&self) -> &str {
        &self.text[self.project..self.stack - 1]
    }

    /// The stack's own name.
    pub fn stack(&self) -> &str {
        &self.text[self.stack..]
    }

    /// Whether both are the same if upper and lower case are ignored. Clouds may or may not distinguish them.
    pub fn is_like(&self, other: &StackRef) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }

    /// `project/stack`: the form of a webhook's target.
    pub fn short(&self) -> String {
        self.text[self.project..].to_owned()
    }

    fn parts(&self) -> [&str; 3] {
        [self.organization(), self.project(), self.stack()]
    }
}

impl Ord for StackRef {
    fn cmp(&self, other: &StackRef) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl PartialOrd for StackRef {
    fn partial_cmp(&self, other: &StackRef) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for StackRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StackRef({self})")
    }
}

/// What to do about a stack of another organization.
fn elsewhere(given: &str, organization: &str) -> &'static str {
    let named = given.split('/').next().unwrap_or_default();
    if named.eq_ignore_ascii_case(organization) {
        "they differ only by upper and lower case; if they are the same organization, spell it the same way"
    } else {
        "a deployment webhook can only start stacks of its own organization"
    }
}

impl fmt::Display for StackRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms() {
        for given in ["p/s", "acme/p/s"] {
            let stack = StackRef::parse_in("acme", given).unwrap();
            assert_eq!(
                (stack.to_string(), stack.short()),
                ("acme/p/s".to_owned(), "p/s".to_owned())
            );
        }
    }

    /// In the order of the whole text, `p-a` would precede `p`, because `-` is less than `/`.
    #[test]
    fn is_in_the_order_of_its_names() {
        let stack = |given| StackRef::parse_in("acme", given).unwrap();
        assert!(stack("p/s") < stack("p-a/s"));
        assert!(stack("p/s") < stack("p/s-a"));
        assert_eq!(stack("p/s").cmp(&stack("acme/p/s")), Ordering::Equal);
    }

    #[test]
    fn says_what_to_write_instead() {
        let said = |given: &str| StackRef::parse_in("acme", given).unwrap_err().to_string();
        insta::assert_snapshot!(said("s"), @"`s` does not name a stack: write `project/stack`");
        insta::assert_snapshot!(said(""), @"`` does not name a stack: write `project/stack`");
        insta::assert_snapshot!(said("a/b/c/d"), @"`a/b/c/d` does not name a stack: write `project/stack`");
        insta::assert_snapshot!(said("p/"), @"`p/` does not name a stack: its stack must not be empty");
        insta::assert_snapshot!(said("p x/s"), @"`p x/s` does not name a stack: its project must be of letters, digits, `.`, `_` and `-`");
        insta::assert_snapshot!(said("../p/s"), @"`../p/s` does not name a stack: its organization must be of letters, digits, `.`, `_` and `-`");
        insta::assert_snapshot!(said("a b/p/s"), @"`a b/p/s` does not name a stack: its organization must be of letters, digits, `.`, `_` and `-`");
        insta::assert_snapshot!(said("/p/s"), @"`/p/s` does not name a stack: its organization must not be empty");
        insta::assert_snapshot!(said("Acme/p/s"), @"`Acme/p/s` is in another organization than `acme`: they differ only by upper and lower case; if they are the same organization, spell it the same way");
        insta::assert_snapshot!(said("other/p/s"), @"`other/p/s` is in another organization than `acme`: a deployment webhook can only start stacks of its own organization");
    }
}
