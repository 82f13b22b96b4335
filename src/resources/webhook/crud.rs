//! A webhook's life on the cloud: create, read, update, delete.
//!
//! The name of a webhook that the program does not name is made from its URN. A create that is repeated, because an
//! answer or the whole process was lost, therefore meets the webhook of the first try and takes it over.
//!
//! # What this may not do
//!
//! Run in a preview; see protobuf; build URLs; retry.

use super::inputs::WebhookInputs;
use super::{doubles, query, state};
use crate::cloud::{Bounds, Client, CloudError, LiveWebhook, SecretChange, WebhookSpec};
use crate::domain::{Format, Scope, WebhookId, check_path_name};
use crate::property::{CheckFailure, Input, Known, Map, Value};
use crate::resources::component;
use crate::resources::error::ResourceError;
use crate::resources::urn::Urn;
use crate::resources::{Found, Made};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// What the names that we make begin with.
const NAME_PREFIX: &str = "auto-deploy-";

/// Webhooks that a create of this deployment found already there and took over.
///
/// When the engine replaces a resource by itself (`--target-replace`), it creates the new one first, which takes over
/// the old one's webhook, and then deletes the old one. That delete would take the webhook from under the new one, and
/// is passed over.
#[derive(Debug, Default)]
pub struct Adopted(Mutex<BTreeSet<WebhookId>>);

impl Adopted {
    /// Forgets everything; for the begin of a deployment.
    pub fn clear(&self) {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
            .clear();
    }

    fn insert(&self, id: &WebhookId) {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
            .insert(id.clone());
    }

    fn take(&self, id: &WebhookId) -> bool {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
            .remove(id)
    }
}

/// The name of the webhook that a resource makes when the program gives none: the same for the same URN, and within
/// the 32 characters that the cloud allows.
pub fn generated_name(urn: &Urn) -> String {
    let digest = hex::encode(Sha256::digest(urn.as_str()));
    format!("{NAME_PREFIX}{}", &digest[..32 - NAME_PREFIX.len()])
}

/// The id and outputs that a preview of a create can tell: all, if the scope and the name are known.
pub fn preview_create(urn: &Urn, news: &Map) -> Made {
    let (inputs, _) = WebhookInputs::read(news);
    let given = inputs.name.as_ref().and_then(|_| news.get("name")).cloned();
    let state = state::previewed(news, given.unwrap_or_else(|| generated_name(urn).into()));
    let name = inputs.name.as_ref().map_or_else(
        || Known::Now(generated_name(urn)),
        |given| given.value.clone(),
    );
    let id = match (name, scope(&inputs)) {
        (Known::Now(name), Ok(scope)) => WebhookId { scope, name }.to_string(),
        _ => String::new(),
    };
    Made {
        id,
        state,
        advice: Vec::new(),
    }
}

/// Makes the webhook, or takes over the one that an earlier try made.
///
/// # Errors
///
/// [`ResourceError::Taken`] if the program gave a name that somebody else's webhook has; [`ResourceError::Partial`] if
/// an earlier webhook was found and could not be brought up to date; whatever the cloud refuses.
pub async fn create(
    cloud: &Client,
    adopted: &Adopted,
    urn: &Urn,
    news: &Map,
) -> Result<Made, ResourceError> {
    let (inputs, _) = WebhookInputs::read(news);
    let scope = scope(&inputs)?;
    let given = inputs
        .name
        .as_ref()
        .map(|name| path_name(name, "name"))
        .transpose()?;
    let spec = spec(
        &inputs,
        given.clone().unwrap_or_else(|| generated_name(urn)),
    )?;
    let id = WebhookId {
        scope,
        name: spec.name.clone(),
    };
    let mut advice = Vec::new();
    let live = match cloud.create_webhook(&id.scope, &spec).await {
        Ok(live) => live,
        Err(conflict @ CloudError::Conflict { after_lost_try, .. }) => {
            if given.is_some() && !after_lost_try {
                return Err(taken(&id, urn));
            }
            let Some(live) = cloud.webhook(&id).await? else {
                return Err(conflict.into());
            };
            adopted.insert(&id);
            if !after_lost_try {
                advice.push(doubles::taken_over(&id));
            }
            bring_up_to_date(cloud, &id, live, &spec, news).await?
        }
        Err(unread) if unread.was_done() => {
            look_after(cloud, unread, &id, &spec, urn, news, given.is_some()).await?
        }
        Err(error) => return Err(error.into()),
    };
    // A component looks for other webhooks itself, before it is made.
    if !component::is_around(urn) {
        advice.extend(double(cloud, &id, &spec, urn).await);
    }
    Ok(Made {
        id: id.to_string(),
        state: state::outputs(news, &live),
        advice,
    })
}

/// Looks for a webhook that the cloud says it has made, in an answer that could not be read.
async fn look_after(
    cloud: &Client,
    unread: CloudError,
    id: &WebhookId,
    spec: &WebhookSpec,
    urn: &Urn,
    news: &Map,
    is_named: bool,
) -> Result<LiveWebhook, ResourceError> {
    match cloud.webhook(id).await {
        Ok(Some(live)) if is_named && !live.looks_as(spec) => Err(taken(id, urn)),
        Ok(Some(live)) => bring_up_to_date(cloud, id, live, spec, news).await,
        Ok(None) => Err(unread.into()),
        // Somebody else's page says nothing about what the cloud did.
        Err(_) if matches!(unread, CloudError::NotTheCloud { .. }) => Err(unread.into()),
        Err(_) => Err(ResourceError::Partial {
            id: id.to_string(),
            state: state::outputs(news, &LiveWebhook::as_asked(spec)),
            source: Box::new(unread),
        }),
    }
}

/// Advice if another webhook of the same scope starts the same stack after the same events.
///
/// It is looked for after the create, so that of two made at the same time one at least is told. That costs one list for
/// all webhooks of a scope that are made at about the same time, and never fails a create.
async fn double(cloud: &Client, id: &WebhookId, spec: &WebhookSpec, urn: &Urn) -> Option<String> {
    if spec.format != Format::PulumiDeployments || !spec.active {
        return None;
    }
    let list = cloud.webhooks_together(&id.scope);
    let listed = Bounds::current().while_there_is_time(list).await?;
    doubles::advice(id, spec, urn, listed.ok()??.iter())
}

fn taken(id: &WebhookId, urn: &Urn) -> ResourceError {
    ResourceError::Taken {
        id: id.to_string(),
        resource: urn.name().to_owned(),
    }
}

/// Makes a webhook that is already there what `spec` says; without a call if it is.
async fn bring_up_to_date(
    cloud: &Client,
    id: &WebhookId,
    live: LiveWebhook,
    spec: &WebhookSpec,
    news: &Map,
) -> Result<LiveWebhook, ResourceError> {
    if live.is_as(spec) {
        return Ok(live);
    }
    let secret = if spec.secret.is_some() {
        SecretChange::Set
    } else {
        SecretChange::Remove
    };
    match cloud.update_webhook(id, spec, secret).await {
        Ok(Some(updated)) => Ok(updated),
        Ok(None) => Err(ResourceError::Gone { id: id.to_string() }),
        Err(source) => {
            let state = state::found(id, &live, &Map::new(), news.get("secret"));
            Err(ResourceError::Partial {
                id: id.to_string(),
                state,
                source: Box::new(source),
            })
        }
    }
}

/// The webhook as it is on the cloud, or `None` if it, or what it watches, is gone.
///
/// `olds` and `old_inputs` are empty on an import.
///
/// # Errors
///
/// The id cannot be that of a webhook, or the cloud does not answer.
pub async fn read(
    cloud: &Client,
    id: &str,
    olds: &Map,
    old_inputs: &Map,
) -> Result<Option<Found>, ResourceError> {
    let webhook_id: WebhookId = id.parse()?;
    let Some(live) = cloud.find_webhook(&webhook_id).await? else {
        return Ok(None);
    };
    let secret = state::refreshed_secret(&live, olds, old_inputs.get("secret"));
    let inputs = state::inputs(&webhook_id, &live, old_inputs, secret.as_ref());
    let state = state::found(&webhook_id, &live, olds, secret.as_ref());
    Ok(Some(Found {
        id: id.to_owned(),
        state,
        inputs,
    }))
}

/// The outputs that a preview of an update can tell: the name stays.
pub fn preview_update(olds: &Map, old_inputs: &Map, news: &Map) -> Map {
    let mut state = state::previewed(news, olds.get("name").cloned().unwrap_or(Value::UNKNOWN));
    let same_secret =
        old_inputs.get("secret").map(Value::unmarked) == news.get("secret").map(Value::unmarked);
    if let Some(ciphertext) = olds.get("secretCiphertext").filter(|_| same_secret) {
        state.insert("secretCiphertext".to_owned(), ciphertext.clone());
    }
    state
}

/// Changes the webhook to what `news` say. A secret that did not change is not sent again.
///
/// # Errors
///
/// [`ResourceError::Gone`] if somebody deleted it; whatever the cloud refuses.
pub async fn update(
    cloud: &Client,
    id: &str,
    old_inputs: &Map,
    news: &Map,
) -> Result<Map, ResourceError> {
    let webhook_id: WebhookId = id.parse()?;
    let (inputs, _) = WebhookInputs::read(news);
    let spec = spec(&inputs, webhook_id.name.clone())?;
    let secret = secret_change(old_inputs.get("secret"), spec.secret.as_ref());
    let updated = cloud.update_webhook(&webhook_id, &spec, secret).await?;
    let live = updated.ok_or_else(|| ResourceError::Gone { id: id.to_owned() })?;
    Ok(state::outputs(news, &live))
}

/// Removes the webhook. One that is gone already is as good as removed.
///
/// # Errors
///
/// Whatever the cloud refuses.
pub async fn delete(cloud: &Client, adopted: &Adopted, id: &str) -> Result<(), ResourceError> {
    let webhook_id: WebhookId = id.parse()?;
    if adopted.take(&webhook_id) {
        tracing::info!(
            webhook.id = id,
            "kept webhook `{id}`, which a replacement took over"
        );
        return Ok(());
    }
    Ok(cloud.delete_webhook(&webhook_id).await?)
}

/// The ids and names of the webhooks in the scope that `wanted` names like a webhook's inputs do.
///
/// # Errors
///
/// [`ResourceError::Inputs`] if the query names no scope; whatever the cloud refuses.
pub async fn list(cloud: &Client, wanted: &Map) -> Result<Vec<(String, String)>, ResourceError> {
    let scope = query::scope(wanted).map_err(ResourceError::Inputs)?;
    let live = cloud.webhooks(&scope).await?;
    let webhooks = live.iter().flat_map(|webhooks| webhooks.iter());
    let ids = webhooks.map(|live| {
        let id = WebhookId {
            scope: scope.clone(),
            name: live.name.clone(),
        };
        (id.to_string(), live.display_name.clone())
    });
    Ok(ids.collect())
}

fn secret_change(old: Option<&Value>, new: Option<&SecretString>) -> SecretChange {
    use secrecy::ExposeSecret as _;
    let old = match old.map(Value::unmarked) {
        Some(Value::String(old)) => Some(old),
        _ => None,
    };
    match (old, new) {
        (None, None) => SecretChange::Keep,
        (Some(_), None) => SecretChange::Remove,
        (Some(old), Some(new)) if old == new.expose_secret() => SecretChange::Keep,
        (_, Some(_)) => SecretChange::Set,
    }
}

fn scope(inputs: &WebhookInputs) -> Result<Scope, ResourceError> {
    let part = |input: Option<&Input<String>>, name| match input {
        Some(input) => path_name(input, name),
        None => Err(ResourceError::StillUnknown { property: name }),
    };
    let organization = part(inputs.organization_name.as_ref(), "organizationName")?;
    let project = || part(inputs.project_name.as_ref(), "projectName");
    Ok(match (&inputs.stack_name, &inputs.environment_name) {
        (Some(stack), _) => Scope::Stack {
            organization,
            project: project()?,
            stack: path_name(stack, "stackName")?,
        },
        (None, Some(environment)) => Scope::Environment {
            organization,
            project: project()?,
            environment: path_name(environment, "environmentName")?,
        },
        (None, None) => Scope::Organization { organization },
    })
}

/// A name that becomes a part of a path. It was checked; but what is not one would lead elsewhere, and so is never sent.
fn path_name(input: &Input<String>, property: &'static str) -> Result<String, ResourceError> {
    let name = now(input, property)?;
    match check_path_name(&name) {
        Ok(()) => Ok(name),
        Err(reason) => Err(ResourceError::Inputs(vec![CheckFailure::new(
            property, reason,
        )])),
    }
}

/// The webhook as the cloud is to have it.
fn spec(inputs: &WebhookInputs, name: String) -> Result<WebhookSpec, ResourceError> {
    Ok(WebhookSpec {
        name,
        display_name: now(&inputs.display_name, "displayName")?,
        payload_url: now(&inputs.payload_url, "payloadUrl")?,
        active: inputs
            .active
            .as_ref()
            .map_or(Ok(true), |active| now(active, "active"))?,
        format: inputs
            .format
            .as_ref()
            .map_or(Ok(Format::Raw), |format| now(format, "format"))?,
        filters: set(inputs.filters.as_ref(), "filters")?,
        groups: set(inputs.groups.as_ref(), "groups")?,
        secret: inputs
            .secret
            .as_ref()
            .map(|secret| now(secret, "secret"))
            .transpose()?
            .map(|secret| secret.0),
    })
}

fn set<T: Clone + PartialEq>(
    list: Option<&Input<Vec<Input<T>>>>,
    property: &'static str,
) -> Result<Vec<T>, ResourceError> {
    let items = list.map_or(Ok(Vec::new()), |list| now(list, property))?;
    let mut set = Vec::with_capacity(items.len());
    for item in &items {
        let item = now(item, property)?;
        if !set.contains(&item) {
            set.push(item);
        }
    }
    Ok(set)
}

fn now<T: Clone>(input: &Input<T>, property: &'static str) -> Result<T, ResourceError> {
    input
        .now()
        .cloned()
        .ok_or(ResourceError::StillUnknown { property })
}
