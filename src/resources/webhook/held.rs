//! Which webhook each resource of a deployment holds, derived from the engine's calls.
//!
//! The engine may delete an ID that a resource of the same deployment has: a replacement that creates first creates the
//! webhook again under its old ID, and the delete of the old one follows, at the end or in the process of the next `pulumi
//! up`. The meaning of the calls is from pulumi/pulumi, `pkg/resource/deploy/step_generator.go`:
//!
//! - A Check with old inputs is that of a resource in the state; the Diff after it says what happens to it. A Diff without
//!   such a Check decides nothing: it belongs to a refresh, or asks for the consequences of another replacement.
//! - A Check without old inputs announces a create. If one with old inputs came before, the create is a replacement.
//! - A Delete between that Check and the create is the first half of a replacement. All other deletes come at the end.
//!
//! # What this may not do
//!
//! Make a request, or know inputs. Outlive a configuration: two providers share nothing.

use crate::domain::WebhookId;
use crate::engine::urn::Urn;
use std::collections::HashMap;

/// The webhooks that the resources of one deployment hold. `N` is what is remembered about a webhook that will be created.
#[derive(Debug)]
pub(super) struct Held<N> {
    resources: HashMap<Urn, Resource<N>>,
}

/// What is known about one resource. The webhooks are boxed: most resources name only one, and the table has room for twice
/// as many resources.
#[derive(Debug)]
struct Resource<N> {
    /// Whether it was checked with old inputs, and not read since.
    is_in_state: bool,
    /// The webhook that it has and keeps.
    holds: Option<Box<WebhookId>>,
    /// The webhook that it has and gives up.
    leaves: Option<Box<WebhookId>>,
    /// The webhook that its old inputs name, if they do.
    had: Option<Box<WebhookId>>,
    /// The webhook that it is creating.
    makes: Option<Box<WebhookId>>,
    /// The webhook that should have been deleted for its replacement, but whose stack did not exist.
    stayed_behind: Option<Box<WebhookId>>,
    /// What its next create will ask for, after a check without old inputs.
    next: Option<Box<N>>,
}

/// The webhook that a create replaces and that was not deleted in this deployment. It may have been in an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Replaced {
    /// None, as far as known.
    Nothing,
    /// A webhook, but the engine has not said which one.
    Something,
    /// This webhook.
    Webhook(WebhookId),
}

/// What happens to a webhook that the engine wants to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict<N> {
    /// It stays, because a resource holds it.
    Keep,
    /// It is deleted if its replacement can be created.
    GoIf(N),
    /// It is deleted.
    Go,
}

impl<N> Default for Held<N> {
    fn default() -> Held<N> {
        Held {
            resources: HashMap::new(),
        }
    }
}

impl<N> Default for Resource<N> {
    fn default() -> Resource<N> {
        Resource {
            is_in_state: false,
            holds: None,
            leaves: None,
            had: None,
            makes: None,
            stayed_behind: None,
            next: None,
        }
    }
}

impl<N: Clone> Held<N> {
    /// A Check with old inputs, and the webhook that they name, if they do.
    pub(super) fn checked(&mut self, urn: &Urn, had: Option<WebhookId>) {
        let resource = self.resource(urn);
        resource.is_in_state = true;
        resource.had = had.map(Box::new);
        resource.next = None;
    }

    /// A Check without old inputs, for a create of `wanted`: the webhook that the resource held is being replaced.
    pub(super) fn announced(&mut self, urn: &Urn, wanted: N) {
        let resource = self.resource(urn);
        resource.leaves = resource.holds.take().or(resource.leaves.take());
        resource.next = Some(Box::new(wanted));
    }

    /// A Diff of the webhook `id`, and whether it must be replaced.
    pub(super) fn diffed(&mut self, urn: &Urn, id: &WebhookId, replaces: bool) {
        let resource = self.resource(urn);
        if resource.is_in_state && resource.next.is_none() {
            let id = Some(Box::new(id.clone()));
            (resource.holds, resource.leaves) = if replaces { (None, id) } else { (id, None) };
        }
    }

    /// A Read: a Diff after it belongs to a refresh.
    pub(super) fn read(&mut self, urn: &Urn) {
        self.resource(urn).is_in_state = false;
    }

    /// The create of the webhook `id` begins.
    pub(super) fn begun(&mut self, urn: &Urn, id: &WebhookId) {
        self.resource(urn).makes = Some(Box::new(id.clone()));
    }

    /// The create left nothing on the cloud.
    pub(super) fn failed(&mut self, urn: &Urn) {
        self.resource(urn).makes = None;
    }

    /// The resource, other than this one, that has the webhook `id` or is creating it.
    pub(super) fn other(&self, urn: &Urn, id: &WebhookId) -> Option<&Urn> {
        let mut all = self.resources.iter();
        let found = all.find(|(other, resource)| {
            let ids = [&resource.holds, &resource.makes];
            *other != urn && ids.into_iter().flatten().any(|its| **its == *id)
        });
        found.map(|(other, _)| other)
    }

    /// The stack of a webhook that should have been deleted for a replacement does not exist: if it was renamed, the
    /// webhook moved with it.
    pub(super) fn stayed_behind(&mut self, urn: &Urn, id: &WebhookId) {
        self.resource(urn).stayed_behind = Some(Box::new(id.clone()));
    }

    /// The webhook that may have moved with a renamed stack.
    pub(super) fn taken_along(&self, urn: &Urn) -> Option<&WebhookId> {
        self.resources.get(urn)?.stayed_behind.as_deref()
    }

    /// A create or an update that left the webhook `id` on the cloud, whether it succeeded or not.
    pub(super) fn made(&mut self, urn: &Urn, id: &WebhookId) {
        *self.resource(urn) = Resource {
            holds: Some(Box::new(id.clone())),
            ..Resource::default()
        };
    }

    /// A successful Delete, with or without a request.
    pub(super) fn deleted(&mut self, urn: &Urn) {
        let resource = self.resource(urn);
        resource.is_in_state = false;
        (resource.leaves, resource.next) = (None, None);
    }

    /// What a Delete of the webhook `id` must do.
    pub(super) fn on_delete(&self, urn: &Urn, id: &WebhookId) -> Verdict<N> {
        let mut resources = self.resources.values();
        if resources.any(|resource| resource.holds.as_deref() == Some(id)) {
            return Verdict::Keep;
        }
        match self.resources.get(urn).and_then(|one| one.next.as_deref()) {
            Some(wanted) => Verdict::GoIf(wanted.clone()),
            None => Verdict::Go,
        }
    }

    /// The webhook that a create replaces and that was not deleted in this deployment.
    pub(super) fn on_create(&self, urn: &Urn) -> Replaced {
        match self.resources.get(urn) {
            Some(Resource {
                leaves: Some(id), ..
            }) => Replaced::Webhook(WebhookId::clone(id)),
            Some(Resource {
                is_in_state: true,
                had,
                ..
            }) => {
                let had = had.as_deref().cloned();
                had.map_or(Replaced::Something, Replaced::Webhook)
            }
            _ => Replaced::Nothing,
        }
    }

    fn resource(&mut self, urn: &Urn) -> &mut Resource<N> {
        self.resources.entry(urn.clone()).or_default()
    }
}

#[cfg(test)]
mod tests;
