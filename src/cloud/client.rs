//! What we ask of Pulumi Cloud, in domain words.
//!
//! # What this may not do
//!
//! Know property values or URNs, or decide what an answer means for a resource.

use super::error::CloudError;
use super::listing::{Listed, Listings};
use super::transport::{Answer, Call, Endpoint, Patience, Transport};
use super::wire::{DefaultOrganization, StackList, User, WebhookAnswer, WebhookBody};
use crate::domain::{Filter, Format, Group, Scope, StackRef, WebhookId};
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A client of one cloud. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) transport: Arc<Transport>,
    listings: Arc<Listings>,
}

/// A webhook as it is to be.
#[derive(Clone, Debug)]
pub struct WebhookSpec {
    /// Its name, unique in its scope; made by us, so that a repeated create meets the first.
    pub name: String,
    /// What people call it.
    pub display_name: String,
    /// Where deliveries go.
    pub payload_url: String,
    /// Whether it delivers.
    pub active: bool,
    /// The form of deliveries.
    pub format: Format,
    /// Single events, each once.
    pub filters: Vec<Filter>,
    /// Bundles of events, each once.
    pub groups: Vec<Group>,
    /// The key that deliveries are signed with.
    pub secret: Option<SecretString>,
}

/// A webhook as the cloud has it. Words that we do not know are kept as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveWebhook {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub display_name: String,
    /// Where deliveries go.
    pub payload_url: String,
    /// Whether it delivers.
    pub active: bool,
    /// The form of deliveries.
    pub format: String,
    /// Single events.
    pub filters: Vec<String>,
    /// Bundles of events.
    pub groups: Vec<String>,
    /// Whether deliveries are signed.
    pub has_secret: bool,
    /// Changes with the key; `None` if there is none, or the cloud does not tell.
    pub secret_ciphertext: Option<String>,
}

/// What an update does with the signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretChange {
    /// Leaves it, whether there is one or not.
    Keep,
    /// Sets it to the one of the [`WebhookSpec`].
    Set,
    /// Removes it.
    Remove,
}

impl LiveWebhook {
    /// The webhook that a cloud has which did what it was asked and whose answer could not be read.
    pub fn as_asked(spec: &WebhookSpec) -> LiveWebhook {
        let words = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
        LiveWebhook {
            name: spec.name.clone(),
            display_name: spec.display_name.clone(),
            payload_url: spec.payload_url.clone(),
            active: spec.active,
            format: spec.format.as_str().to_owned(),
            filters: words(spec.filters.iter().map(|filter| filter.as_str()).collect()),
            groups: words(spec.groups.iter().map(|group| group.as_str()).collect()),
            has_secret: spec.secret.is_some(),
            secret_ciphertext: None,
        }
    }

    /// Whether the webhook is what `spec` says in all that can be seen: a key cannot, only that there is one.
    pub fn looks_as(&self, spec: &WebhookSpec) -> bool {
        let mut asked = LiveWebhook::as_asked(spec);
        asked.secret_ciphertext.clone_from(&self.secret_ciphertext);
        let set = |words: &[String]| words.iter().cloned().collect::<BTreeSet<_>>();
        let sets = |webhook: &LiveWebhook| (set(&webhook.filters), set(&webhook.groups));
        let rest = |webhook: &LiveWebhook| LiveWebhook {
            filters: Vec::new(),
            groups: Vec::new(),
            ..webhook.clone()
        };
        sets(self) == sets(&asked) && rest(self) == rest(&asked)
    }

    /// Whether the webhook is what `spec` says; never if there is a key, which cannot be seen.
    pub fn is_as(&self, spec: &WebhookSpec) -> bool {
        self.looks_as(spec) && !self.has_secret
    }
}

impl Client {
    /// A client of the cloud at `endpoint`, which is waited for with `patience` when it is in trouble. Connects on first
    /// use.
    pub fn new(endpoint: Endpoint, patience: Patience) -> Client {
        Client {
            transport: Arc::new(Transport::new(endpoint, patience)),
            listings: Arc::default(),
        }
    }

    /// Makes a webhook.
    ///
    /// # Errors
    ///
    /// [`CloudError::Conflict`] if the name is taken, [`CloudError::NoSuchScope`] if there is nothing to watch.
    pub async fn create_webhook(
        &self,
        scope: &Scope,
        spec: &WebhookSpec,
    ) -> Result<LiveWebhook, CloudError> {
        let operation = format!("create the webhook of the {}", named(scope));
        let call = Call::new(Method::POST, operation, hooks(scope))
            .with_body(&WebhookBody::create(scope, spec))
            .harmless();
        let answer = self.transport.send(&call).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Err(CloudError::NoSuchScope {
                operation: call.operation,
                url: self.transport.url(),
                what: named(scope),
            }),
            StatusCode::CONFLICT => Err(conflict(call.operation, &answer)),
            _ => Ok(self.transport.read::<WebhookAnswer>(&call, &answer)?.into()),
        }
    }

    /// A webhook as it is now, or `None` if it, or what it watches, is not there.
    pub async fn webhook(&self, id: &WebhookId) -> Result<Option<LiveWebhook>, CloudError> {
        let call = Call::new(Method::GET, format!("read the webhook `{id}`"), hook(id));
        Ok(self
            .transport
            .json::<WebhookAnswer>(&call)
            .await?
            .map(Into::into))
    }

    /// All webhooks of a scope, or `None` if it is not there.
    pub async fn webhooks(&self, scope: &Scope) -> Listed {
        let call = Call::new(
            Method::GET,
            format!("list the webhooks of the {}", named(scope)),
            hooks(scope),
        );
        let found = self.transport.json::<Vec<WebhookAnswer>>(&call).await?;
        Ok(found.map(|webhooks| Arc::new(webhooks.into_iter().map(Into::into).collect())))
    }

    /// As [`Client::webhooks`], but those who ask for one scope at about the same time share one request.
    pub async fn webhooks_together(&self, scope: &Scope) -> Listed {
        let list = || {
            let (client, scope) = (self.clone(), scope.clone());
            async move { client.webhooks(&scope).await }
        };
        self.listings.get(scope, list).await
    }

    /// As [`Client::webhook`], but those who ask for webhooks of one scope at about the same time share one request.
    pub async fn find_webhook(&self, id: &WebhookId) -> Result<Option<LiveWebhook>, CloudError> {
        let webhooks = self.webhooks_together(&id.scope).await?;
        Ok(webhooks.and_then(|webhooks| {
            webhooks
                .iter()
                .find(|webhook| webhook.name == id.name)
                .cloned()
        }))
    }

    /// Makes a webhook what `spec` says, whatever it was; its name stays. `None` if it is not there.
    pub async fn update_webhook(
        &self,
        id: &WebhookId,
        spec: &WebhookSpec,
        secret: SecretChange,
    ) -> Result<Option<LiveWebhook>, CloudError> {
        let body = WebhookBody::update(&id.scope, spec, secret);
        let call = Call::new(
            Method::PATCH,
            format!("update the webhook `{id}`"),
            hook(id),
        )
        .with_body(&body);
        Ok(self
            .transport
            .json::<WebhookAnswer>(&call)
            .await?
            .map(Into::into))
    }

    /// Removes a webhook. One that is not there is as good as removed.
    pub async fn delete_webhook(&self, id: &WebhookId) -> Result<(), CloudError> {
        let call = Call::new(
            Method::DELETE,
            format!("delete the webhook `{id}`"),
            hook(id),
        );
        self.transport.send(&call).await.map(drop)
    }

    /// The organizations that have a stack of this name in a project of this name, in order, each once.
    pub async fn organizations_of_stack(
        &self,
        project: &str,
        stack: &str,
    ) -> Result<Vec<String>, CloudError> {
        let operation = format!("look for the stack `{project}/{stack}`");
        let mut call = Call::new(Method::GET, operation, vec!["api", "user", "stacks"]);
        call.query.push(("project", project));
        let found = self.transport.json::<StackList>(&call).await?;
        let stacks = found.into_iter().flat_map(|list| list.stacks);
        let same = stacks.filter(|found| found.project == project && found.stack == stack);
        Ok(same
            .map(|found| found.organization)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect())
    }

    /// The organization that the token's user works in where none is named: the default one, else the user's own.
    pub async fn default_organization(&self) -> Result<Option<String>, CloudError> {
        let operation = "ask for the default organization".to_owned();
        let call = Call::new(
            Method::GET,
            operation,
            vec!["api", "user", "organizations", "default"],
        );
        let default = self.transport.json::<DefaultOrganization>(&call).await?;
        if let Some(default) = default.filter(|default| !default.login.is_empty()) {
            return Ok(Some(default.login));
        }
        let call = Call::new(
            Method::GET,
            "ask for the user".to_owned(),
            vec!["api", "user"],
        );
        Ok(self
            .transport
            .json::<User>(&call)
            .await?
            .map(|user| user.login))
    }
}

fn conflict(operation: String, answer: &Answer) -> CloudError {
    CloudError::Conflict {
        operation,
        after_lost_try: answer.after_lost_try,
    }
}

/// What a scope is called in a sentence.
fn named(scope: &Scope) -> String {
    match scope {
        Scope::Organization { organization } => format!("organization `{organization}`"),
        Scope::Stack {
            organization,
            project,
            stack,
        } => format!("stack `{organization}/{project}/{stack}`"),
        Scope::Environment {
            organization,
            project,
            environment,
        } => {
            format!("environment `{organization}/{project}/{environment}`")
        }
    }
}

fn hooks(scope: &Scope) -> Vec<&str> {
    match scope {
        Scope::Organization { organization } => vec!["api", "orgs", organization, "hooks"],
        Scope::Stack {
            organization,
            project,
            stack,
        } => vec!["api", "stacks", organization, project, stack, "hooks"],
        Scope::Environment {
            organization,
            project,
            environment,
        } => {
            vec![
                "api",
                "esc",
                "environments",
                organization,
                project,
                environment,
                "hooks",
            ]
        }
    }
}

/// The address of something of a stack.
pub(super) fn of_stack<'a>(stack: &'a StackRef, rest: &[&'a str]) -> Vec<&'a str> {
    let mut segments = vec![
        "api",
        "stacks",
        stack.organization(),
        stack.project(),
        stack.stack(),
    ];
    segments.extend(rest);
    segments
}

pub(super) fn hook(id: &WebhookId) -> Vec<&str> {
    let mut segments = hooks(&id.scope);
    segments.push(&id.name);
    segments
}
