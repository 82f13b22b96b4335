//! What a webhook is.

use super::events::{Event, Group};
use crate::domain::stacks::{EnvironmentPath, StackPath};
use crate::domain::words::{self, UnknownWord};
use crate::parts::Sealed;
use std::fmt;
use std::str::FromStr;

/// The purpose for which secrets of webhooks are encrypted.
pub(crate) const SEALED_FOR: &str = "webhook";

/// The scope of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Organization(String),
    Stack(StackPath),
    Environment(EnvironmentPath),
}

impl Scope {
    /// Its organization.
    pub(crate) fn organization(&self) -> &str {
        match self {
            Scope::Organization(organization) => organization,
            Scope::Stack(path) => &path.organization,
            Scope::Environment(path) => &path.organization,
        }
    }

    /// Its project.
    pub(crate) fn project(&self) -> Option<&str> {
        match self {
            Scope::Organization(_) => None,
            Scope::Stack(path) => Some(&path.project),
            Scope::Environment(path) => Some(&path.project),
        }
    }

    /// Its stack.
    pub(crate) fn stack(&self) -> Option<&str> {
        if let Scope::Stack(path) = self {
            Some(&path.stack)
        } else {
            None
        }
    }

    /// Its environment.
    pub(crate) fn environment(&self) -> Option<&str> {
        if let Scope::Environment(path) = self {
            Some(&path.environment)
        } else {
            None
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Organization(name) => write!(f, "organization `{name}`"),
            Scope::Stack(path) => write!(f, "stack `{path}`"),
            Scope::Environment(path) => write!(f, "environment `{path}`"),
        }
    }
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Webhook {
    pub(crate) scope: Scope,
    pub(crate) name: String,
    pub(crate) settings: WebhookSettings,
    pub(crate) secret: Option<Sealed>,
}

/// The properties of a webhook that can be changed, apart from its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebhookSettings {
    pub(crate) display_name: String,
    /// A URL, or for [`Format::PulumiDeployments`] a stack of the same organization as `project/stack`.
    pub(crate) payload_url: String,
    pub(crate) active: bool,
    pub(crate) format: Format,
    pub(crate) filters: Vec<Event>,
    pub(crate) groups: Vec<Group>,
}

/// The format of deliveries, and the kind of their target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Raw,
    Slack,
    MsTeams,
    PulumiDeployments,
}

impl Format {
    const ALL: [Format; 4] = [
        Format::Raw,
        Format::Slack,
        Format::MsTeams,
        Format::PulumiDeployments,
    ];

    /// Its name in the API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Format::Raw => "raw",
            Format::Slack => "slack",
            Format::MsTeams => "ms_teams",
            Format::PulumiDeployments => "pulumi_deployments",
        }
    }
}

impl FromStr for Format {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Format, UnknownWord> {
        words::find(&Format::ALL, Format::as_str, "format", text)
    }
}
