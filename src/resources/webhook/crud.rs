//! A webhook's lifecycle on the cloud: read, update, delete. [`super::create`] creates one.
//!
//! # What this may not do
//!
//! Run in a preview; see protobuf; build URLs; retry.

use super::held::Verdict;
use super::inputs::WebhookInputs;
use super::replacement::{Holders, require_room};
use super::wanted::{scope, spec};
use super::{name, query, state};
use crate::cloud::{Client, CloudError, LiveWebhook, SecretChange, WebhookSpec};
use crate::domain::{Scope, WebhookId};
use crate::engine::urn::Urn;
use crate::property::{Input, Map, Value};
use crate::resources::error::ResourceError;
use crate::resources::outcome::{Found, Listed, Made, Olds};
use secrecy::SecretString;

/// The ID and outputs that a preview of a create can predict. A generated name differs each time, so only one that the
/// program gives is known.
pub fn preview_create(news: &Map) -> Made {
    let (inputs, _) = WebhookInputs::read(news);
    let given = inputs.name.as_ref();
    let shown = given.and_then(|_| news.get("name")).cloned();
    let state = state::previewed(news, shown.unwrap_or(Value::UNKNOWN));
    let id = match (given.and_then(Input::now), scope(&inputs)) {
        (Some(name), Ok(scope)) => {
            let name = name.clone();
            WebhookId { scope, name }.to_string()
        }
        _ => String::new(),
    };
    Made {
        id,
        state,
        advice: Vec::new(),
        notes: Vec::new(),
    }
}

/// The webhook on the cloud; `None` if it or its scope does not exist.
///
/// In an import, `olds` are empty, and the cloud's spelling of names replaces the user's: if the cloud ignores case, the
/// program must use the cloud's spelling.
///
/// # Errors
///
/// The ID cannot be that of a webhook, or the request failed.
pub async fn read(cloud: &Client, id: &str, olds: &Olds) -> Result<Option<Found>, ResourceError> {
    let given: WebhookId = id.parse()?;
    let Some(live) = cloud.find_webhook(&given).await? else {
        return Ok(None);
    };
    let is_import = olds.inputs.is_empty() && olds.state.is_empty();
    let webhook_id = if is_import {
        as_answered(given, &live)
    } else {
        given
    };
    let secret = state::refreshed_secret(&live, &olds.state, olds.inputs.get("secret"));
    let inputs = state::inputs(&webhook_id, &live, &olds.inputs, secret.as_ref());
    let state = state::found(&webhook_id, &live, &olds.state, secret.as_ref());
    Ok(Some(Found {
        id: webhook_id.to_string(),
        state,
        inputs,
    }))
}

/// The ID in the cloud's spelling, if that differs from the given one only in spelling.
fn as_answered(given: WebhookId, live: &LiveWebhook) -> WebhookId {
    let is_alike = |place: &&Scope| {
        let (place, given) = (place.to_string(), given.scope.to_string());
        place.eq_ignore_ascii_case(&given)
    };
    match live.place.as_ref().filter(is_alike) {
        Some(place) => WebhookId {
            scope: place.clone(),
            name: given.name,
        },
        None => given,
    }
}

/// The outputs that a preview of an update can predict. The name stays.
pub fn preview_update(olds: &Olds, news: &Map) -> Map {
    let mut state = state::previewed(
        news,
        olds.state.get("name").cloned().unwrap_or(Value::UNKNOWN),
    );
    let same_secret =
        olds.inputs.get("secret").map(Value::unmarked) == news.get("secret").map(Value::unmarked);
    if let Some(ciphertext) = olds.state.get("secretCiphertext").filter(|_| same_secret) {
        state.insert("secretCiphertext".to_owned(), ciphertext.clone());
    }
    state
}

/// Updates the webhook to `news`. An unchanged secret is not sent again. A missing webhook is created again with its name
/// if the name was generated for it: the create may never have reached the cloud.
///
/// # Errors
///
/// [`ResourceError::Gone`] if someone deleted it and its name may belong to another resource too, [`ResourceError::Taken`]
/// if someone else took the name meanwhile; any error of the cloud.
pub async fn update(
    cloud: &Client,
    urn: &Urn,
    id: &str,
    olds: &Olds,
    news: &Map,
) -> Result<Map, ResourceError> {
    let webhook_id: WebhookId = id.parse()?;
    let (inputs, failures) = WebhookInputs::read(news);
    if !failures.is_empty() {
        // An event that the cloud has but this version does not know can be kept, but not sent.
        return Err(ResourceError::Inputs(failures));
    }
    let spec = spec(&inputs, webhook_id.name.clone())?;
    let secret = secret_change(olds.inputs.get("secret"), spec.secret.as_ref());
    let updated = cloud.update_webhook(&webhook_id, &spec, secret).await?;
    let live = match updated {
        Some(live) => live,
        None => again(cloud, urn, &webhook_id, &spec, &inputs, news).await?,
    };
    Ok(state::outputs(news, &live))
}

/// Creates a missing webhook again.
async fn again(
    cloud: &Client,
    urn: &Urn,
    id: &WebhookId,
    spec: &WebhookSpec,
    inputs: &WebhookInputs,
    news: &Map,
) -> Result<LiveWebhook, ResourceError> {
    let gone = || ResourceError::Gone { id: id.to_string() };
    let is_given = inputs.name.is_some();
    if !is_given && name::generated(news).is_none() {
        return Err(gone());
    }
    match cloud.create_webhook(&id.scope, spec).await {
        Ok(live) if live.name == id.name => Ok(live),
        Ok(other) => {
            // The ID of a resource stays, so nothing would hold this webhook.
            let name = other.name;
            let scope = id.scope.clone();
            cloud.delete_webhook(&WebhookId { scope, name }).await?;
            Err(gone())
        }
        Err(conflict) if conflict.is_conflict() => {
            if is_given && !conflict.is_after_lost_try {
                return Err(ResourceError::Taken {
                    id: id.to_string(),
                    resource: urn.name().to_owned(),
                    holder: None,
                });
            }
            let secret = match spec.secret {
                Some(_) => SecretChange::Set,
                None => SecretChange::Remove,
            };
            let updated = cloud.update_webhook(id, spec, secret).await?;
            updated.ok_or_else(gone)
        }
        Err(error) => Err(error.into()),
    }
}

/// Deletes the webhook. A missing one counts as deleted, and one that a resource of this deployment holds stays.
///
/// # Errors
///
/// [`ResourceError::NoRoom`] if this is the first half of a replacement whose second half would fail,
/// [`ResourceError::MaybeDeleted`] if that first half failed; any error of the cloud.
pub async fn delete(
    cloud: &Client,
    holders: &Holders,
    urn: &Urn,
    id: &str,
) -> Result<(), ResourceError> {
    let webhook_id: WebhookId = id.parse()?;
    match holders.on_delete(urn, &webhook_id) {
        Verdict::Keep => {
            tracing::info!(webhook.id = id, "kept webhook `{id}`: a resource holds it");
        }
        Verdict::GoIf(wanted) => {
            if let Some(wanted) = wanted {
                require_room(cloud, holders, urn, &webhook_id, &wanted).await?;
            }
            let deleted = delete_first(cloud, holders, urn, &webhook_id).await;
            deleted.map_err(|source| ResourceError::MaybeDeleted {
                id: id.to_owned(),
                source: Box::new(source),
            })?;
        }
        Verdict::Go => {
            cloud.delete_webhook(&webhook_id).await?;
        }
    }
    holders.deleted(urn);
    Ok(())
}

/// Deletes a webhook whose replacement follows, and records if its stack does not exist: if the stack was renamed, the
/// webhook moved with it.
async fn delete_first(
    cloud: &Client,
    holders: &Holders,
    urn: &Urn,
    id: &WebhookId,
) -> Result<(), CloudError> {
    let was_there = cloud.delete_webhook(id).await?;
    if !was_there && cloud.webhooks(&id.scope).await?.is_none() {
        holders.stayed_behind(urn, id);
    }
    Ok(())
}

/// The webhooks in the scope that `query` names, with the properties of a webhook's inputs.
///
/// # Errors
///
/// [`ResourceError::Inputs`] if the query names no scope; any error of the cloud.
pub async fn list(cloud: &Client, query: &Map) -> Result<Vec<Listed>, ResourceError> {
    let scope = query::scope(query).map_err(ResourceError::Inputs)?;
    let live = cloud.webhooks(&scope).await?;
    let webhooks = live.iter().flat_map(|webhooks| webhooks.iter());
    let listed = webhooks.map(|live| {
        let id = WebhookId {
            scope: scope.clone(),
            name: live.name.clone(),
        };
        Listed {
            id: id.to_string(),
            name: live.display_name.clone(),
        }
    });
    Ok(listed.collect())
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
