//! The bodies of webhooks.
//!
//! From its published OpenAPI document (pulumi/pulumi-pulumiservice, `provider/pkg/cloud/spec.json`) and what the cloud's
//! own command line sends (pulumi/pulumi, `sdk/go/common/apitype/webhooks.go`).
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use crate::cloud::webhook::{LiveWebhook, SecretChange, WebhookSpec};
use crate::domain::Scope;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

/// The text that removes a signing key. An empty text would keep it.
pub const REMOVE_SECRET: &str = "__remove-secret";

/// The body of a create or an update. Lists are always present, so an empty one clears.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct WebhookBody<'a> {
    organization_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    env_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    display_name: &'a str,
    payload_url: &'a str,
    active: bool,
    format: &'a str,
    filters: Vec<&'a str>,
    groups: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

impl<'a> WebhookBody<'a> {
    /// The body that creates a webhook.
    pub(in crate::cloud) fn create(scope: &'a Scope, spec: &'a WebhookSpec) -> WebhookBody<'a> {
        let secret = spec.secret.as_ref().map(ExposeSecret::expose_secret);
        WebhookBody {
            name: Some(&spec.name),
            secret,
            ..WebhookBody::described(scope, spec)
        }
    }

    /// The body that replaces a webhook by `spec`.
    pub(in crate::cloud) fn update(
        scope: &'a Scope,
        spec: &'a WebhookSpec,
        secret: SecretChange,
    ) -> WebhookBody<'a> {
        let secret = match secret {
            SecretChange::Keep => None,
            SecretChange::Set => spec.secret.as_ref().map(ExposeSecret::expose_secret),
            SecretChange::Remove => Some(REMOVE_SECRET),
        };
        WebhookBody {
            secret,
            ..WebhookBody::described(scope, spec)
        }
    }

    fn described(scope: &'a Scope, spec: &'a WebhookSpec) -> WebhookBody<'a> {
        let (organization_name, project_name, stack_name, env_name) = match scope {
            Scope::Organization { organization } => (organization, None, None, None),
            Scope::Stack {
                organization,
                project,
                stack,
            } => (organization, Some(project), Some(stack), None),
            Scope::Environment {
                organization,
                project,
                environment,
            } => (organization, Some(project), None, Some(environment)),
        };
        WebhookBody {
            organization_name,
            project_name: project_name.map(String::as_str),
            stack_name: stack_name.map(String::as_str),
            env_name: env_name.map(String::as_str),
            name: None,
            display_name: &spec.display_name,
            payload_url: &spec.payload_url,
            active: spec.active,
            format: spec.format.as_str(),
            filters: spec.filters.iter().map(|filter| filter.as_str()).collect(),
            groups: spec.groups.iter().map(|group| group.as_str()).collect(),
            secret: None,
        }
    }
}

/// A webhook in an answer. Fields that older clouds leave out get the value that their absence means.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct WebhookAnswer {
    #[serde(default)]
    organization_name: Option<String>,
    #[serde(default)]
    project_name: Option<String>,
    #[serde(default)]
    stack_name: Option<String>,
    #[serde(default)]
    env_name: Option<String>,
    name: String,
    display_name: String,
    payload_url: String,
    active: bool,
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    filters: Option<Vec<String>>,
    #[serde(default)]
    groups: Option<Vec<String>>,
    #[serde(default)]
    has_secret: bool,
    #[serde(default)]
    secret_ciphertext: Option<String>,
}

impl WebhookAnswer {
    /// The scope of the webhook, if the answer names it.
    fn place(&self) -> Option<Scope> {
        let given = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
        let organization = given(&self.organization_name)?;
        let project = given(&self.project_name);
        Some(
            match (project, given(&self.stack_name), given(&self.env_name)) {
                (Some(project), Some(stack), None) => Scope::Stack {
                    organization,
                    project,
                    stack,
                },
                (Some(project), None, Some(environment)) => Scope::Environment {
                    organization,
                    project,
                    environment,
                },
                (None, None, None) => Scope::Organization { organization },
                _ => return None,
            },
        )
    }
}

impl From<WebhookAnswer> for LiveWebhook {
    fn from(answer: WebhookAnswer) -> LiveWebhook {
        LiveWebhook {
            place: answer.place(),
            name: answer.name,
            display_name: answer.display_name,
            payload_url: answer.payload_url,
            active: answer.active,
            format: answer
                .format
                .filter(|format| !format.is_empty())
                .unwrap_or_else(|| "raw".to_owned()),
            filters: answer.filters.unwrap_or_default(),
            groups: answer.groups.unwrap_or_default(),
            has_secret: answer.has_secret,
            secret_ciphertext: answer
                .secret_ciphertext
                .filter(|ciphertext| !ciphertext.is_empty()),
        }
    }
}
