//! The webhooks whose component wants findings to be errors.
//!
//! A component sees the cloud before its webhooks are made. What another process makes at the same time, each webhook sees
//! only when it is made itself.
//!
//! # What this may not do
//!
//! Judge a webhook that is in no component: it has no `checks`.

use super::doubles;
use super::own_state::OwnState;
use super::replacement::Holders;
use super::wanted::Creation;
use crate::cloud::{Bounds, LiveWebhook};
use crate::domain::{StackRef, WebhookId};
use crate::engine::urn::Urn;
use crate::findings::{self, Code, Declared};
use crate::graph::Edge;
use crate::survey::{Facts, LiveEdge, Survey};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// The URNs of such webhooks.
#[derive(Debug, Default)]
pub struct Strict(Mutex<BTreeSet<Urn>>);

impl Strict {
    /// Adds a webhook that is about to be registered.
    pub fn insert(&self, urn: Urn) {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
            .insert(urn);
    }

    /// Whether a webhook is one of them.
    pub(super) fn contains(&self, urn: &Urn) -> bool {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
            .contains(urn)
    }
}

/// What the webhooks on the cloud are held against: who of this program has which.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own<'a> {
    /// The resources of this deployment, by what this process was asked.
    pub(super) holders: &'a Holders,
    /// The state of the program.
    pub(super) state: &'a OwnState,
    /// This provider's reference.
    pub(super) provider: &'a str,
}

impl Own<'_> {
    /// Whether the state has the webhook, or may have it: a create that saw no end may have made it.
    fn has(&self, id: &WebhookId) -> bool {
        self.state.holds(id) || self.state.may_have_made(id)
    }

    /// Whether the webhook goes in this deployment: a resource of this provider had it, and no program has declared that
    /// again. What another provider has, its own process knows.
    fn is_going(&self, urn: &Urn, id: &WebhookId) -> bool {
        self.state.is_held_through(id, self.provider) && self.holders.other(urn, id).is_none()
    }
}

/// Why a webhook must not be made beside those of its scope: one that is nobody's here does the same.
pub(super) fn double(
    creation: &Creation<'_>,
    there: &[LiveWebhook],
    own: Own<'_>,
) -> Option<String> {
    let scope = &creation.wanted.id.scope;
    let is_foreign = |live: &&LiveWebhook| {
        let id = WebhookId {
            scope: scope.clone(),
            name: live.name.clone(),
        };
        !own.has(&id) && own.holders.other(creation.urn, &id).is_none()
    };
    doubles::advice(creation, there.iter().filter(is_foreign))
}

/// The cycle that a webhook closes which has just been made, by the webhooks that are on the cloud now. What the cloud
/// does not answer is not judged.
pub(super) async fn cycle(
    survey: &Survey,
    edge: &Edge,
    made: &WebhookId,
    creation: &Creation<'_>,
    own: Own<'_>,
) -> Option<String> {
    let walk = below(survey, &edge.downstream, &edge.upstream);
    let facts = Bounds::current().while_there_is_time(walk).await?;
    let live = facts.live_edges();
    let going = live.iter().map(LiveEdge::id);
    let going = going.filter(|id| own.is_going(creation.urn, id));
    let declared = Declared {
        edges: BTreeSet::from([edge.clone()]),
        webhooks: going.map(|id| id.name).chain([made.name.clone()]).collect(),
        ..Declared::default()
    };
    let found = findings::preflight(&declared, &facts).into_iter();
    let mut cycles = found.filter(|finding| finding.code == Code::Cycle);
    cycles.next().map(|finding| finding.to_string())
}

/// The webhooks of a stack and of all that it starts, as far as `end`, as they are now.
async fn below(survey: &Survey, stack: &StackRef, end: &StackRef) -> Facts {
    let mut facts = Facts::default();
    let mut seen = BTreeSet::from([stack.clone()]);
    let mut next = vec![stack.clone()];
    while let Some(stack) = next.pop() {
        let Ok(webhooks) = survey.webhooks_now(&stack).await else {
            continue;
        };
        for live in webhooks.iter().flat_map(|webhooks| webhooks.iter()) {
            let started = LiveEdge::of(&stack, live).filter(|live| live.starts().is_edge());
            let Some(LiveEdge { edge, .. }) = started else {
                continue;
            };
            if edge.downstream != *end && seen.insert(edge.downstream.clone()) {
                next.push(edge.downstream);
            }
        }
        facts.webhooks.insert(stack, webhooks);
    }
    facts
}
