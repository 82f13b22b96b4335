//! Creates a webhook, so that one resource holds it and no earlier try of the same create is left behind.
//!
//! Nothing is taken over because of its name or its properties alone:
//!
//! - A name that was generated for this create is used by no one else, so a webhook with this name comes from an earlier
//!   try.
//! - A name that the program gives is looked up first. An existing webhook with this name belongs to this resource only if
//!   the program's own state proves it ([`super::own_state`]).
//! - If the outcome remains unknown, the resource is kept as partially created, and the next update continues with its
//!   webhook.
//!
//! # What this may not do
//!
//! Run in a preview. Change a webhook that is not proven to be this resource's.

use super::beside;
use super::doubles::{self, deed};
use super::own_state::{OwnState, Whose};
use super::state;
use super::surroundings::Surroundings;
use super::wanted::{Creation, WantedWebhook};
use crate::cloud::{Bounds, Client, CloudError, LiveWebhook, SecretChange};
use crate::domain::WebhookId;
use crate::engine::urn::Urn;
use crate::property::Map;
use crate::resources::component::kind;
use crate::resources::error::ResourceError;
use crate::resources::outcome::Made;

/// Creates the webhook, or continues with the one that an earlier try of this create made.
///
/// # Errors
///
/// [`ResourceError::Taken`] if the program's name belongs to a webhook that is not proven to be this resource's,
/// [`ResourceError::CreatesFirst`] if that webhook is the one to be replaced and not deleted yet;
/// [`ResourceError::Unconfirmed`] if the cloud may have created it but did not confirm it, [`ResourceError::Partial`] if an
/// earlier webhook was found and could not be updated; for a webhook of a component whose findings are errors,
/// [`ResourceError::Double`] if another one does the same and [`ResourceError::ClosesCycle`] if it closes a cycle; any
/// error of the cloud.
pub async fn create(
    around: Surroundings<'_>,
    urn: &Urn,
    news: &Map,
) -> Result<Made, ResourceError> {
    let wanted = WantedWebhook::new(news)?;
    let creation = Creation {
        wanted: &wanted,
        urn,
        news,
    };
    around.holders.begun(urn, &wanted.id);
    let made = creation.make(around).await;
    let (id, live, mut advice) = match made {
        Ok(made) => made,
        Err(error) => {
            match &error {
                ResourceError::Partial { id, .. } | ResourceError::Unconfirmed { id, .. } => {
                    around.holders.made(urn, id);
                }
                _ => around.holders.failed(urn),
            }
            return Err(error);
        }
    };
    around.holders.made(urn, &id.to_string());
    let own = around.state(&creation).await;
    if let Some(own) = &own
        && let Some(cycle) = beside::cycle(around, &creation, &id, own).await
    {
        return Err(creation.take_back(around, &id, &live, cycle).await);
    }
    if let Some(own) = &own {
        creation.delete_lost(around, own, &id).await;
    }
    // A component looks for duplicates itself, before its own webhooks are created and afterwards.
    if !kind::is_around(urn) {
        advice.extend(double(around, &creation, &id, &live, own.as_deref()).await);
    }
    Ok(Made {
        id: id.to_string(),
        state: state::outputs(news, &live),
        advice,
        notes: Vec::new(),
    })
}

/// A created webhook, and what to report about it.
type MadeWebhook = (WebhookId, LiveWebhook, Vec<String>);

impl Creation<'_> {
    async fn make(self, around: Surroundings<'_>) -> Result<MadeWebhook, ResourceError> {
        if let Some((id, live)) = self.taken_along(around).await? {
            let live = self.bring_up_to_date(around.cloud, &id, live).await?;
            return Ok((id, live, Vec::new()));
        }
        if self.wanted.is_named
            && let Some(live) = around.cloud.find_webhook(&self.wanted.id).await?
        {
            return self.claim(around, live).await;
        }
        beside::require_no_double(around, &self).await?;
        let WantedWebhook { id, spec, .. } = self.wanted;
        match around.cloud.create_webhook(&id.scope, spec).await {
            Ok(live) => Ok((self.answered(&live), live, Vec::new())),
            Err(conflict) if conflict.is_conflict() => self.meet(around, conflict).await,
            Err(unclear) if unclear.may_have_been_done() => self.look_after(around, unclear).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes the created webhook, and returns why.
    async fn take_back(
        self,
        around: Surroundings<'_>,
        made: &WebhookId,
        live: &LiveWebhook,
        cycle: String,
    ) -> ResourceError {
        match around.cloud.delete_webhook(made).await {
            Ok(_) => {
                around.holders.failed(self.urn);
                ResourceError::ClosesCycle { cycle }
            }
            Err(source) => ResourceError::Partial {
                id: made.to_string(),
                state: state::outputs(self.news, live),
                source: Box::new(source),
            },
        }
    }

    /// The ID of a newly created webhook, with the name in the cloud's answer.
    fn answered(self, live: &LiveWebhook) -> WebhookId {
        WebhookId {
            scope: self.wanted.id.scope.clone(),
            name: live.name.clone(),
        }
    }

    /// The webhook of this resource that moved with its stack when the stack was renamed.
    async fn taken_along(
        self,
        around: Surroundings<'_>,
    ) -> Result<Option<(WebhookId, LiveWebhook)>, ResourceError> {
        let Some(old) = around.holders.taken_along(self.urn) else {
            return Ok(self.taken_along_from_another(around).await);
        };
        let id = WebhookId {
            scope: self.wanted.id.scope.clone(),
            name: old.name,
        };
        let live = around.cloud.webhook(&id).await?;
        Ok(live.map(|live| (id, live)))
    }

    /// The webhook for the same edge that a resource in the program's state has under the stack's former name. In a
    /// component whose webhooks are named after both stacks, it now belongs to another resource. If that cannot be
    /// determined, a new webhook is created.
    ///
    /// A request is made only if the state has a webhook that may have moved, and once per stack: such a webhook existed
    /// before the deployment began.
    async fn taken_along_from_another(
        self,
        around: Surroundings<'_>,
    ) -> Option<(WebhookId, LiveWebhook)> {
        let scope = &self.wanted.id.scope;
        let upstream = scope.stack().filter(|_| kind::is_around(self.urn))?;
        let own = around.state(&self).await?;
        if !own.may_have_moved_to(scope) {
            return None;
        }
        let there = around.survey.first_webhooks(&upstream).await.ok()??;
        let ours = deed(scope, &LiveWebhook::as_asked(&self.wanted.spec));
        let alike = there.iter().filter(|live| deed(scope, live) == ours);
        for live in alike {
            let id = WebhookId {
                scope: scope.clone(),
                name: live.name.clone(),
            };
            let Some(former) = own.moved(&id) else {
                continue;
            };
            let is_gone = matches!(around.cloud.webhooks(&former.scope).await, Ok(None));
            if is_gone && around.holders.other(self.urn, &id).is_none() {
                return Some((id, live.clone()));
            }
        }
        None
    }

    /// Continues with the webhook that has the program's name, if it is proven to be this resource's.
    async fn claim(
        self,
        around: Surroundings<'_>,
        live: LiveWebhook,
    ) -> Result<MadeWebhook, ResourceError> {
        let id = &self.wanted.id;
        let advice = match self.whose(around, &live).await {
            Whose::Own if live.looks_as(&self.wanted.spec) => Vec::new(),
            Whose::Own => return Err(ResourceError::CreatesFirst { id: id.to_string() }),
            Whose::Lost => vec![doubles::taken_over(&self)],
            Whose::Of(holder) => return Err(self.taken(Some(&holder))),
            Whose::Unknown => return Err(self.taken(None)),
        };
        let live = self.bring_up_to_date(around.cloud, id, live).await?;
        Ok((id.clone(), live, advice))
    }

    async fn whose(self, around: Surroundings<'_>, live: &LiveWebhook) -> Whose {
        let id = &self.wanted.id;
        if let Some(other) = around.holders.other(self.urn, id) {
            return Whose::Of(other);
        }
        if around.holders.replaces(self.urn, id) {
            return Whose::Own;
        }
        let (cloud, organization) = (around.cloud, around.organization);
        let proof = around
            .proofs
            .now(cloud, organization, self.urn, self.wanted)
            .await;
        proof.map_or(Whose::Unknown, |own| own.whose(self.urn, self.wanted, live))
    }

    /// Continues after the name turned out to be taken.
    async fn meet(
        self,
        around: Surroundings<'_>,
        conflict: CloudError,
    ) -> Result<MadeWebhook, ResourceError> {
        let may_be_ours = !self.wanted.is_named || conflict.is_after_lost_try;
        let live = match around.cloud.webhook(&self.wanted.id).await {
            Ok(Some(live)) => live,
            Ok(None) => return Err(conflict.into()),
            Err(unseen) if may_be_ours => return Err(self.unconfirmed(unseen)),
            Err(unseen) => return Err(unseen.into()),
        };
        if self.wanted.is_named {
            // The name was free a moment ago: either an earlier try of this create took it, or someone else did.
            let is_ours = conflict.is_after_lost_try && live.looks_as(&self.wanted.spec);
            let other = around.holders.other(self.urn, &self.wanted.id);
            if other.is_some() || !is_ours {
                return Err(self.taken(other.as_ref()));
            }
        }
        let id = self.wanted.id.clone();
        let live = self.bring_up_to_date(around.cloud, &id, live).await?;
        Ok((id, live, Vec::new()))
    }

    /// Checks whether the webhook exists after an unclear answer.
    async fn look_after(
        self,
        around: Surroundings<'_>,
        unclear: CloudError,
    ) -> Result<MadeWebhook, ResourceError> {
        let look = around.cloud.webhook(&self.wanted.id);
        let seen = Bounds::current().while_there_is_time(look).await;
        match seen {
            Some(Ok(Some(live))) if !self.wanted.is_named || live.looks_as(&self.wanted.spec) => {
                let id = self.wanted.id.clone();
                let live = self.bring_up_to_date(around.cloud, &id, live).await?;
                Ok((id, live, Vec::new()))
            }
            Some(Ok(Some(_))) => Err(self.taken(None)),
            // If it does not exist yet, it may still be created.
            _ => Err(self.unconfirmed(unclear)),
        }
    }

    /// The error that keeps a webhook in the state whose existence is uncertain.
    fn unconfirmed(self, source: CloudError) -> ResourceError {
        ResourceError::Unconfirmed {
            id: self.wanted.id.to_string(),
            state: state::outputs(self.news, &LiveWebhook::as_asked(&self.wanted.spec)),
            source: Box::new(source),
        }
    }

    fn taken(self, holder: Option<&Urn>) -> ResourceError {
        ResourceError::Taken {
            id: self.wanted.id.to_string(),
            resource: self.urn.name().to_owned(),
            holder: holder.map(|holder| holder.as_str().to_owned()),
        }
    }

    /// Updates an existing webhook to what the resource wants; without a request if it already matches. A secret cannot be
    /// read, so it is always set again.
    async fn bring_up_to_date(
        self,
        cloud: &Client,
        id: &WebhookId,
        live: LiveWebhook,
    ) -> Result<LiveWebhook, ResourceError> {
        if live.is_as(&self.wanted.spec) {
            return Ok(live);
        }
        let secret = if self.wanted.spec.secret.is_some() {
            SecretChange::Set
        } else {
            SecretChange::Remove
        };
        match cloud.update_webhook(id, &self.wanted.spec, secret).await {
            Ok(Some(updated)) => Ok(updated),
            Ok(None) => Err(ResourceError::Gone { id: id.to_string() }),
            Err(source) => Err(ResourceError::Partial {
                id: id.to_string(),
                state: state::found(id, &live, self.news, self.news.get("secret")),
                source: Box::new(source),
            }),
        }
    }

    /// Deletes what earlier creates of this resource made before they were killed. Errors are ignored: the next create of
    /// this resource tries again, and what remains is reported like every duplicate.
    async fn delete_lost(self, around: Surroundings<'_>, own: &OwnState, made: &WebhookId) {
        let lost = own.lost(self.urn, self.wanted);
        for lost in lost.iter().filter(|lost| lost.id != *made) {
            if around.holders.other(self.urn, &lost.id).is_some() {
                continue;
            }
            let deleting = async {
                let is_there = lost.is_proven()
                    || around
                        .cloud
                        .webhook(&lost.id)
                        .await?
                        .is_some_and(|live| lost.is(&live));
                if is_there {
                    around.cloud.delete_webhook(&lost.id).await?;
                    around.neighbours.deleted(&lost.id.to_string());
                }
                Ok::<_, CloudError>(is_there)
            };
            match Bounds::current().while_there_is_time(deleting).await {
                Some(Ok(true)) => tracing::info!("deleted `{}`: an update was killed", lost.id),
                Some(Ok(false)) | None => {}
                Some(Err(error)) => tracing::info!("`{}` may be left behind: {error}", lost.id),
            }
        }
    }
}

/// Advice if another webhook of the same scope does the same.
///
/// It is looked for after the create, so if two are created at the same time, at least one of them is reported.
async fn double(
    around: Surroundings<'_>,
    creation: &Creation<'_>,
    made: &WebhookId,
    live: &LiveWebhook,
    own: Option<&OwnState>,
) -> Option<String> {
    let Surroundings {
        cloud, neighbours, ..
    } = around;
    let there = neighbours.beside(cloud, &made.scope, live).await;
    let id = |live: &LiveWebhook| WebhookId {
        scope: made.scope.clone(),
        name: live.name.clone(),
    };
    // The webhook that is being replaced will be deleted.
    let is_other =
        |live: &&LiveWebhook| !own.is_some_and(|own| own.is_held_by(creation.urn, &id(live)));
    let is_held = |live: &LiveWebhook| {
        let by_another = around.holders.other(creation.urn, &id(live));
        by_another.is_some() || own.is_some_and(|own| own.holds(&id(live)))
    };
    // The one that nothing in this program holds is named first.
    let (held, others): (Vec<_>, Vec<_>) = there
        .iter()
        .filter(is_other)
        .partition(|live| is_held(live));
    doubles::advice(creation, others.into_iter())
        .or_else(|| doubles::advice(creation, held.into_iter()))
}
