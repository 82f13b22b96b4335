//! The scope of a webhook, and its ID.
//!
//! The forms of IDs are those of Pulumi's own provider (pulumi/pulumi-pulumiservice, `provider/pkg/resources/webhook.go`),
//! so a webhook can move between the two.
//!
//! # What this may not do
//!
//! Build URLs.

use super::stack_ref::StackRef;
use crate::words::quoted;
use std::fmt;
use std::str::FromStr;

/// What a webhook watches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everything in an organization.
    Organization {
        /// The organization.
        organization: String,
    },
    /// One stack.
    Stack {
        /// The organization of the project.
        organization: String,
        /// The project of the stack.
        project: String,
        /// The stack.
        stack: String,
    },
    /// One environment.
    Environment {
        /// The organization of the project.
        organization: String,
        /// The project of the environment.
        project: String,
        /// The environment.
        environment: String,
    },
}

impl From<&StackRef> for Scope {
    fn from(stack: &StackRef) -> Scope {
        Scope::Stack {
            organization: stack.organization().to_owned(),
            project: stack.project().to_owned(),
            stack: stack.stack().to_owned(),
        }
    }
}

/// The kind of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeKind {
    /// An organization.
    Organization,
    /// A stack.
    Stack,
    /// An environment.
    Environment,
}

/// A webhook on the cloud: its scope, and its name there.
///
/// Prints as `org/name`, `org/project/stack/name` or `org/environment/project/environment/name`, and parses back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebhookId {
    /// Its scope.
    pub scope: Scope,
    /// Its name, unique in the scope.
    pub name: String,
}

/// The text is not the ID of a webhook.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not the id of a webhook: write `organization/name`, `organization/project/stack/name` or \
     `organization/environment/project/environment/name`", quoted(.given)
)]
pub struct WebhookIdError {
    given: String,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Organization { organization } => f.write_str(organization),
            Scope::Stack {
                organization,
                project,
                stack,
            } => write!(f, "{organization}/{project}/{stack}"),
            Scope::Environment {
                organization,
                project,
                environment,
            } => {
                write!(f, "{organization}/environment/{project}/{environment}")
            }
        }
    }
}

impl Scope {
    /// Its organization.
    pub fn organization(&self) -> &str {
        match self {
            Scope::Organization { organization }
            | Scope::Stack { organization, .. }
            | Scope::Environment { organization, .. } => organization,
        }
    }

    /// The stack; `None` if the scope is not a stack.
    pub fn stack(&self) -> Option<StackRef> {
        match self {
            Scope::Stack {
                organization,
                project,
                stack,
            } => StackRef::new(organization, project, stack).ok(),
            Scope::Organization { .. } | Scope::Environment { .. } => None,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> ScopeKind {
        match self {
            Scope::Organization { .. } => ScopeKind::Organization,
            Scope::Stack { .. } => ScopeKind::Stack,
            Scope::Environment { .. } => ScopeKind::Environment,
        }
    }
}

impl fmt::Display for ScopeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ScopeKind::Organization => "an organization",
            ScopeKind::Stack => "a stack",
            ScopeKind::Environment => "an environment",
        })
    }
}

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.scope, self.name)
    }
}

impl FromStr for WebhookId {
    type Err = WebhookIdError;

    fn from_str(given: &str) -> Result<WebhookId, WebhookIdError> {
        let parts: Vec<String> = given.split('/').map(str::to_owned).collect();
        let error = WebhookIdError {
            given: given.to_owned(),
        };
        // A part that consists of dots would change the URL's path.
        let is_name = |part: &String| !matches!(part.as_str(), "" | "." | "..");
        if !parts.iter().all(is_name) {
            return Err(error);
        }
        let (scope, name) = match parts.try_into() {
            Ok::<[String; 2], _>([organization, name]) => {
                (Scope::Organization { organization }, name)
            }
            Err(parts) => match parts.try_into() {
                Ok::<[String; 4], _>([organization, project, stack, name]) => (
                    Scope::Stack {
                        organization,
                        project,
                        stack,
                    },
                    name,
                ),
                Err(parts) => match parts.try_into() {
                    Ok::<[String; 5], _>([organization, word, project, environment, name])
                        if word == "environment" =>
                    {
                        (
                            Scope::Environment {
                                organization,
                                project,
                                environment,
                            },
                            name,
                        )
                    }
                    _ => return Err(error),
                },
            },
        };
        Ok(WebhookId { scope, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_three_forms() {
        for id in [
            "acme/hook",
            "acme/app/prod/hook",
            "acme/environment/app/prod/hook",
            "a b/%2F/ü/x",
        ] {
            assert_eq!(id.parse::<WebhookId>().unwrap().to_string(), id);
        }
        let scope = "acme/environment/app/prod/hook"
            .parse::<WebhookId>()
            .unwrap()
            .scope;
        assert!(matches!(scope, Scope::Environment { .. }));
        for bad in [
            "",
            "hook",
            "a/b/c",
            "a/b/c/d/e",
            "a/environment/b/c/d/e",
            "a//c/d",
            "/hook",
            "hook/",
            "acme/../../orgs/hook",
            "acme/.",
        ] {
            let said = bad.parse::<WebhookId>().unwrap_err().to_string();
            assert!(
                said.starts_with(&format!("`{bad}` is not the id of a webhook: write ")),
                "{said}"
            );
        }
    }
}
