//! A webhook's lifecycle on the cloud: create, read, update, delete.
//!
//! The name of a webhook that the program does not name is made from its URN. A create that is repeated, because an
//! answer or the whole process was lost, therefore meets the webhook of the first try and takes it over, as `take_over`
//! has it.
//!
//! # What this may not do
//!
//! Run in a preview; see protobuf; build URLs; retry.

use super::held::{Replaced, Verdict};
use super::inputs::WebhookInputs;
use super::name::generated_name;
use super::replacement::{Holders, require_room};
use super::take_over::Creation;
use super::wanted::{WantedWebhook, scope, spec};
use super::{doubles, query, state};
use crate::cloud::{Bounds, Client, LiveWebhook, SecretChange};
use crate::domain::WebhookId;
use crate::engine::urn::Urn;
use crate::property::{Known, Map, Value};
use crate::resources::component::kind;
use crate::resources::error::ResourceError;
use crate::resources::outcome::{Found, Listed, Made, Olds};
use secrecy::SecretString;

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
        notes: Vec::new(),
    }
}

/// Makes the webhook, or takes over the one that an earlier try made.
///
/// # Errors
///
/// [`ResourceError::Taken`] if the program gave a name that a webhook has which does not look as the program says, or
/// [`ResourceError::CreatesFirst`] if that webhook is the one to be replaced, and not deleted yet;
/// [`ResourceError::Partial`] if an earlier webhook was found and could not be brought up to date; whatever the cloud
/// refuses.
pub async fn create(
    cloud: &Client,
    holders: &Holders,
    urn: &Urn,
    news: &Map,
) -> Result<Made, ResourceError> {
    let wanted = WantedWebhook::new(urn, news)?;
    let replaces_itself = match holders.on_create(urn) {
        Replaced::Nothing => false,
        Replaced::Something => true,
        Replaced::Webhook(id) => id == wanted.id,
    };
    let creation = Creation {
        wanted: &wanted,
        urn,
        news,
        replaces_itself,
    };
    let (mut advice, mut notes) = (Vec::new(), Vec::new());
    let live = match cloud.create_webhook(&wanted.id.scope, &wanted.spec).await {
        Ok(live) => live,
        Err(conflict) if conflict.is_conflict() => {
            let after_lost_try = conflict.is_after_lost_try();
            let live = creation.take_over(cloud, conflict).await?;
            match doubles::taken_over(&creation) {
                _ if after_lost_try || replaces_itself => {}
                said if wanted.is_named => advice.push(said),
                said => notes.push(said),
            }
            live
        }
        Err(unread) if unread.was_done() => creation.look_after(cloud, unread).await?,
        Err(error) => return Err(error.into()),
    };
    // A component looks for other webhooks itself, before its own are made and afterwards.
    if !kind::is_around(urn) {
        advice.extend(double(cloud, &creation).await);
    }
    Ok(Made {
        id: wanted.id.to_string(),
        state: state::outputs(news, &live),
        advice,
        notes,
    })
}

/// Advice if another webhook of the same scope starts the same stack after the same events.
///
/// It is looked for after the create, so that of two made at the same time one at least is told. That costs one list for
/// all webhooks of a scope that are made at about the same time, and never fails a create.
async fn double(cloud: &Client, creation: &Creation<'_>) -> Option<String> {
    let scope = &creation.wanted.id.scope;
    let ours = LiveWebhook::as_asked(&creation.wanted.spec);
    if !ours.starts(scope.kind()).is_deployment() {
        return None;
    }
    let list = cloud.webhooks_together(scope);
    let listed = Bounds::current().while_there_is_time(list).await?;
    doubles::advice(creation, listed.ok()??.iter())
}

/// The webhook as it is on the cloud, or `None` if it, or what it watches, is gone.
///
/// `olds` are empty on an import.
///
/// # Errors
///
/// The id cannot be that of a webhook, or the cloud does not answer.
pub async fn read(cloud: &Client, id: &str, olds: &Olds) -> Result<Option<Found>, ResourceError> {
    let webhook_id: WebhookId = id.parse()?;
    let Some(live) = cloud.find_webhook(&webhook_id).await? else {
        return Ok(None);
    };
    let secret = state::refreshed_secret(&live, &olds.state, olds.inputs.get("secret"));
    let inputs = state::inputs(&webhook_id, &live, &olds.inputs, secret.as_ref());
    let state = state::found(&webhook_id, &live, &olds.state, secret.as_ref());
    Ok(Some(Found {
        id: id.to_owned(),
        state,
        inputs,
    }))
}

/// The outputs that a preview of an update can tell: the name stays.
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

/// Changes the webhook to what `news` say. A secret that did not change is not sent again.
///
/// # Errors
///
/// [`ResourceError::Gone`] if somebody deleted it; whatever the cloud refuses.
pub async fn update(
    cloud: &Client,
    id: &str,
    olds: &Olds,
    news: &Map,
) -> Result<Map, ResourceError> {
    let webhook_id: WebhookId = id.parse()?;
    let (inputs, failures) = WebhookInputs::read(news);
    if !failures.is_empty() {
        // An event that a cloud has and we do not know: it can be kept, but not sent.
        return Err(ResourceError::Inputs(failures));
    }
    let spec = spec(&inputs, webhook_id.name.clone())?;
    let secret = secret_change(olds.inputs.get("secret"), spec.secret.as_ref());
    let updated = cloud.update_webhook(&webhook_id, &spec, secret).await?;
    let live = updated.ok_or_else(|| ResourceError::Gone { id: id.to_owned() })?;
    Ok(state::outputs(news, &live))
}

/// Removes the webhook. One that is gone already is as good as removed, and one that a resource of this deployment holds
/// stays.
///
/// # Errors
///
/// [`ResourceError::NoRoom`] if it is the first half of a replacement whose second half would fail,
/// [`ResourceError::MaybeDeleted`] if that first half failed; whatever the cloud refuses.
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
                require_room(cloud, urn, &webhook_id, &wanted).await?;
            }
            let deleted = cloud.delete_webhook(&webhook_id).await;
            deleted.map_err(|source| ResourceError::MaybeDeleted {
                id: id.to_owned(),
                source,
            })?;
        }
        Verdict::Go => cloud.delete_webhook(&webhook_id).await?,
    }
    holders.deleted(urn);
    Ok(())
}

/// The webhooks in the scope that `query` names like a webhook's inputs do.
///
/// # Errors
///
/// [`ResourceError::Inputs`] if the query names no scope; whatever the cloud refuses.
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
