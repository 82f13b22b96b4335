//! Which webhook each resource of a deployment holds, by what the engine has asked so far.
//!
//! The engine may delete an id that a resource of the same deployment has: a replacement that creates first makes the
//! webhook again under its old id, and the old one's delete follows, at the end or in the process of the next
//! `pulumi up`. What the calls mean was read in pulumi/pulumi, `pkg/resource/deploy/step_generator.go`:
//!
//! - A Check with old inputs is that of a resource that is in the state; the Diff behind it says what becomes of it. A
//!   Diff without such a Check decides nothing: it is a refresh's, or asks what a replacement of something else would
//!   bring about.
//! - A Check without old inputs announces a create. If one with old inputs came before, the create is a replacement.
//! - A Delete between that Check and the create is the first half of a replacement. Every other comes at the end.
//!
//! # What this may not do
//!
//! Ask the cloud, or know inputs. Outlive a configuration: two providers share nothing.

use crate::domain::WebhookId;
use crate::engine::urn::Urn;
use std::collections::HashMap;

/// The webhooks that the resources of one deployment hold. `N` is what is remembered of a webhook that will be created.
#[derive(Debug)]
pub(super) struct Held<N> {
    resources: HashMap<Urn, Resource<N>>,
}

/// What is known of one resource. What it names is boxed: most name one webhook and nothing else, and the table has room
/// for twice as many resources.
#[derive(Debug)]
struct Resource<N> {
    /// Whether it was checked with old inputs, and not read since.
    is_in_state: bool,
    /// The webhook that it has and keeps.
    holds: Option<Box<WebhookId>>,
    /// The webhook that it has and leaves.
    leaves: Option<Box<WebhookId>>,
    /// The webhook that its old inputs name, if they do.
    had: Option<Box<WebhookId>>,
    /// The webhook that it is making.
    makes: Option<Box<WebhookId>>,
    /// The webhook that should have been deleted for its replacement, and whose stack was gone.
    stayed_behind: Option<Box<WebhookId>>,
    /// What its next create will ask for, once it was checked without old inputs.
    next: Option<Box<N>>,
}

/// What a create replaces that was not deleted in this deployment. It may have been in an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Replaced {
    /// Nothing, as far as one knows.
    Nothing,
    /// A webhook; the engine has not said which.
    Something,
    /// This one.
    Webhook(WebhookId),
}

/// What is to become of a webhook that the engine wants deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict<N> {
    /// It stays: a resource holds it.
    Keep,
    /// It can be deleted if what replaces it can be created.
    GoIf(N),
    /// It goes.
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

    /// A Check without old inputs, for a create of `wanted`: what the resource held is being replaced.
    pub(super) fn announced(&mut self, urn: &Urn, wanted: N) {
        let resource = self.resource(urn);
        resource.leaves = resource.holds.take().or(resource.leaves.take());
        resource.next = Some(Box::new(wanted));
    }

    /// A Diff of the webhook `id`, and whether it said that the webhook must be replaced.
    pub(super) fn diffed(&mut self, urn: &Urn, id: &WebhookId, replaces: bool) {
        let resource = self.resource(urn);
        if resource.is_in_state && resource.next.is_none() {
            let id = Some(Box::new(id.clone()));
            (resource.holds, resource.leaves) = if replaces { (None, id) } else { (id, None) };
        }
    }

    /// A Read: a Diff that follows is a refresh's.
    pub(super) fn read(&mut self, urn: &Urn) {
        self.resource(urn).is_in_state = false;
    }

    /// A create of the webhook `id` begins.
    pub(super) fn begun(&mut self, urn: &Urn, id: &WebhookId) {
        self.resource(urn).makes = Some(Box::new(id.clone()));
    }

    /// The create that was begun left nothing.
    pub(super) fn failed(&mut self, urn: &Urn) {
        self.resource(urn).makes = None;
    }

    /// The resource, other than this one, that has the webhook `id` or is making it.
    pub(super) fn other(&self, urn: &Urn, id: &WebhookId) -> Option<&Urn> {
        let mut all = self.resources.iter();
        let found = all.find(|(other, resource)| {
            let ids = [&resource.holds, &resource.makes];
            *other != urn && ids.into_iter().flatten().any(|its| **its == *id)
        });
        found.map(|(other, _)| other)
    }

    /// The stack of a webhook that should have been deleted for a replacement is gone: if it was renamed, it took the
    /// webhook along.
    pub(super) fn stayed_behind(&mut self, urn: &Urn, id: &WebhookId) {
        self.resource(urn).stayed_behind = Some(Box::new(id.clone()));
    }

    /// The webhook that a stack which is gone may have taken along.
    pub(super) fn taken_along(&self, urn: &Urn) -> Option<&WebhookId> {
        self.resources.get(urn)?.stayed_behind.as_deref()
    }

    /// A create or an update that left the webhook `id`, whether it succeeded or not.
    pub(super) fn made(&mut self, urn: &Urn, id: &WebhookId) {
        *self.resource(urn) = Resource {
            holds: Some(Box::new(id.clone())),
            ..Resource::default()
        };
    }

    /// A Delete that succeeded, with a call or without.
    pub(super) fn deleted(&mut self, urn: &Urn) {
        let resource = self.resource(urn);
        resource.is_in_state = false;
        (resource.leaves, resource.next) = (None, None);
    }

    /// What a Delete of the webhook `id` is to do.
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

    /// What a create replaces that was not deleted in this deployment.
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
